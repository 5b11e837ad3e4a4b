"""How quick the app is, in a terminal of its own, beside what it is compared with.

    python -m tests.benchmarks.app [--rounds 7] [--requests 3000]

First frame: from the start of the process to when the rows of the catalogue are being written,
on a home that the app knows, beside a bare Textual app with as many rows. Key to frame: from a key
typed into the catalogue's search to when its result has been written. Throughput: requests a second
of the gateway in the app's process, with the Usage screen in view, beside `miavo serve`.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks import processes
from tests.benchmarks.load import Load
from tests.benchmarks.processes import Server
from tests.terminal import Terminal, terminal

_MIAVO = str(Path(sys.executable).with_name("miavo"))
_FILE_SECRETS = {"MIAVO_SECRETS": "file"}
_WORDS = ("claude", "gpt-5", "gemini", "local", "glm", "opus", "bedrock", "mini")
_QUIT, _BACKSPACE = "\x11", "\x7f"
_FRAME_GAP_SECONDS = 0.03
"""A frame has been written once nothing more has come for so long."""
_SIZE = {"columns": 160, "rows": 48}


def _first_frame(command: list[str], marker: bytes) -> float:
    """Seconds until a text has been written."""
    began = time.perf_counter()
    with terminal(command, **_SIZE, **_FILE_SECRETS) as person:
        person.until(lambda: marker in person.raw, repr(marker), each=0.5)
        seconds = person.written_at - began
        person.press(_QUIT)
        person.ended()
    return seconds


def _first_frames(home: Path, rounds: int) -> None:
    bare, miavo = [], []
    for _ in range(rounds):
        bare.append(_first_frame([sys.executable, "-m", "tests.benchmarks.bare_app"], b"bare-0"))
        command = [_MIAVO, "--home", str(home), "--port", "0"]
        miavo.append(_first_frame(command, b"local-smollm2-135m"))
    under, over = statistics.median(bare), statistics.median(miavo)
    _tell(
        f"first frame: bare {under * 1_000:.0f} ms, Miavo {over * 1_000:.0f} ms, "
        f"{over / under:.2f} times (median of {rounds})"
    )


def _typed(person: Terminal, key: str, field: str) -> float:
    """Milliseconds from a key to when the field and what it found stand on the screen."""
    began = time.perf_counter()
    person.press(key)

    def shown() -> bool:
        while person.read(_FRAME_GAP_SECONDS):
            pass
        return _field(person) == field

    person.until(shown, f"the search for {field!r}")
    return (person.written_at - began) * 1_000


def _field(person: Terminal) -> str:
    line = person.lines()[1].removeprefix(" / ")
    return line.split("  ")[0].rstrip(" █")


def _search(home: Path, rounds: int) -> None:
    times = []
    with terminal([_MIAVO, "--home", str(home), "--port", "0"], **_SIZE, **_FILE_SECRETS) as person:
        person.sees("● ready")
        person.sees("93 of 93")
        person.press("/")
        person.until(lambda: "? help" not in person.text(), "the search field")
        for _ in range(rounds):
            for word in _WORDS:
                for end in range(1, len(word) + 1):
                    times.append(_typed(person, word[end - 1], word[:end]))
                    while person.read(0.15):
                        pass
                person.press(_BACKSPACE * len(word))
                person.sees("93 of 93")
        person.press(_QUIT)
        person.ended()
    times.sort()
    _tell(
        f"key to frame in search: p50 {times[len(times) // 2]:.1f} ms, "
        f"p99 {times[-1 - len(times) // 100]:.1f} ms, most {times[-1]:.1f} ms ({len(times)} keys)"
    )


def _load(server: Server, requests: int, *, stream: bool) -> float:
    """Requests a second."""
    body = {
        "model": "gpt-5.4-mini",
        "messages": [{"role": "user", "content": "Say something of about fifty words, please."}],
        "max_tokens": 100,
        "stream": stream,
    }
    load = Load(
        url=f"{server.url}/v1/chat/completions",
        body=body,
        requests=requests,
        connections=32,
        warm_up=50,
        headers={"authorization": f"Bearer {server.key}"},
        ends_with="data: [DONE]\n\n" if stream else "}",
    )
    return requests / processes.run_load(load, server)[0].seconds


def _throughput(folder: Path, rounds: int, requests: int) -> None:
    ratios: dict[bool, list[float]] = {False: [], True: []}
    with (
        processes.stub() as upstream,
        processes.miavo(upstream, folder / "served") as headless,
    ):
        home = folder / "watched"
        for turn in range(rounds):
            alone = {stream: _load(headless, requests, stream=stream) for stream in ratios}
            with terminal([_MIAVO, "--home", str(home), "--port", "0"], **_FILE_SECRETS) as person:
                person.sees("● ready")
                url = processes.announced(home)
                if turn == 0:
                    person.press("\x1b")
                    person.sees("93 of 93")
                    processes.equip(url, home, upstream)
                    person.press("6")  # where the app begins from then on
                person.sees("● live")
                pid = person.program.pid
                watched = Server(url, pid, processes.unlimited_key(url, home))
                with person.drained():
                    for stream, of in ratios.items():
                        of.append(_load(watched, requests, stream=stream) / alone[stream])
                person.press(_QUIT)
                person.ended()
    for stream, of in ratios.items():
        _tell(
            f"throughput with the app tailing, {'streams' if stream else 'plain'}: "
            f"{statistics.median(of):.0%} of the headless gateway's (median of {rounds})"
        )


def _tell(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.app", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="of each measurement [default: 7]")
    parser.add_argument("--requests", type=int, default=2_000, help="per run of throughput")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="miavo-benchmark-") as name:
        folder = Path(name)
        home = folder / "home"
        with terminal([_MIAVO, "--home", str(home), "--port", "0"], **_FILE_SECRETS) as person:
            person.sees("● ready")
            person.press("\x1b")  # the welcome
            person.sees("93 of 93")
            cache = home / "models-cache.json"
            person.until(cache.exists, "the catalogue kept for the next start")
            person.press(_QUIT)
            person.ended()
        _first_frames(home, given.rounds)
        _search(home, max(1, given.rounds // 3))
        _throughput(folder, max(1, given.rounds // 2), given.requests)


if __name__ == "__main__":
    main()
