"""Renders one storyboard in a process of its own, which can be stopped at any moment.

Reads a job as JSON from stdin, writes the file it names, and prints how far it is: whole per cent,
one a line.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from miavo_gateway.local.storyboard.drawing import draw
from miavo_gateway.local.storyboard.script import write_script
from miavo_gateway.local.storyboard.sound import compose
from miavo_gateway.media.clip import SAMPLE_RATE, write_clip

_RATE = 24


def main() -> None:
    """Render the job on stdin."""
    if hasattr(os, "nice"):
        os.nice(5)  # what answers requests goes first
    job: dict[str, Any] = json.load(sys.stdin)
    seconds, size = job["seconds"], (job["width"], job["height"])
    script = write_script(job["prompt"], seconds, job["seed"])
    still = Image.open(job["image"]) if job["image"] else None
    sound = None
    if job["audio"]:
        sound = compose(seconds, len(script.scenes) + 1, script.seed, SAMPLE_RATE)
    pictures = seconds * _RATE
    drawn = draw(script, size, pictures=pictures, rate=_RATE, still=still)
    write_clip(
        Path(job["target"]),
        _told(drawn, pictures),
        size=size,
        rate=_RATE,
        sound=sound,
    )


def _told(drawn: Iterator[Image.Image], pictures: int) -> Iterator[Image.Image]:
    told = -1
    for number, picture in enumerate(drawn):
        done = number * 100 // pictures
        if done > told:
            told = done
            # A gateway that was killed reads no more: the broken pipe ends this too.
            sys.stdout.write(f"{done}\n")
            sys.stdout.flush()
        yield picture


if __name__ == "__main__":
    main()
