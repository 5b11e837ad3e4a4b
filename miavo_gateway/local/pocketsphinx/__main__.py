"""Hears in a process of its own: the decoder holds the interpreter's lock for as long as it works.

Prints a line when it is ready; then reads samples, four bytes of their size before them, and prints
their words as a line of JSON, until nothing more comes.
"""

from __future__ import annotations

import json
import sys

from miavo_gateway.local.pocketsphinx.hearing import hear, make_decoder


def main() -> None:
    """Serve the process that started this."""
    # Whatever else is printed is no answer.
    answers, sys.stdout = sys.stdout, sys.stderr
    decoder = make_decoder()
    print("ready", file=answers, flush=True)
    while size := sys.stdin.buffer.read(4):
        samples = sys.stdin.buffer.read(int.from_bytes(size, "little"))
        words = [(word.text, word.start, word.end) for word in hear(decoder, samples)]
        print(json.dumps(words), file=answers, flush=True)


if __name__ == "__main__":
    main()
