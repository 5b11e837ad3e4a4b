"""A real terminal for the tests: a pseudo-terminal with a program in it, and what stands on it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pexpect
import pyte

__all__ = ["Terminal", "terminal"]

_CHUNK = 1 << 16


@dataclass
class Terminal:
    """A program in a terminal, as the person before it sees it."""

    program: pexpect.spawn
    _screen: pyte.Screen
    _stream: pyte.ByteStream
    raw: bytearray = field(default_factory=bytearray)
    """All that the program has written."""
    _fed: int = 0
    """How much of it stands on the screen."""
    written_at: float = 0.0
    """When it last wrote (`time.perf_counter`)."""

    def lines(self) -> list[str]:
        """What stands in each line, without the spaces at its end."""
        # Only now, since it takes longer than a program that is measured may wait for its reader.
        self._stream.feed(bytes(self.raw[self._fed :]))
        self._fed = len(self.raw)
        return [line.rstrip() for line in self._screen.display]

    def text(self) -> str:
        return "\n".join(self.lines())

    def press(self, keys: str) -> None:
        """Types what a terminal sends for keys."""
        self.program.send(keys)

    def read(self, seconds: float = 0.05) -> bool:
        """Takes in what the program writes next; whether it did so in time."""
        try:
            chunk = self.program.read_nonblocking(_CHUNK, timeout=seconds)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return False
        self.written_at = time.perf_counter()
        self.raw += chunk
        return True

    def until(
        self, seen: Callable[[], object], what: str, *, seconds: float = 30.0, each: float = 0.05
    ) -> None:
        """Reads until something is there to see; fails with the screen if it does not come."""
        deadline = time.monotonic() + seconds
        while not seen():
            if time.monotonic() > deadline:
                raise AssertionError(f"{what} did not come:\n{self.text()}")
            self.read(each)

    def sees(self, text: str, *, seconds: float = 30.0) -> None:
        """Reads until a text stands on the screen."""
        self.until(lambda: text in self.text(), repr(text), seconds=seconds)

    @contextmanager
    def drained(self) -> Iterator[None]:
        """Takes in what is written as a terminal does, without looking at it, meanwhile."""
        over = threading.Event()

        def drain() -> None:
            while not over.is_set():
                with suppress(pexpect.TIMEOUT):
                    self.program.read_nonblocking(_CHUNK, timeout=0.1)

        reader = threading.Thread(target=drain)
        reader.start()
        try:
            yield
        finally:
            over.set()
            reader.join()

    def ended(self, *, seconds: float = 30.0) -> int:
        """Waits for the program to end; its exit status."""
        deadline = time.monotonic() + seconds
        while self.program.isalive():
            if time.monotonic() > deadline:
                raise AssertionError(f"it did not end:\n{self.text()}")
            self.read()
        while self.read():
            pass
        self.program.close()
        return int(self.program.exitstatus if self.program.exitstatus is not None else -1)


@contextmanager
def terminal(
    command: Sequence[str], *, columns: int = 120, rows: int = 40, **environment: str
) -> Iterator[Terminal]:
    """Runs a program in a terminal of its own; ends it if it is still there afterwards."""
    program = pexpect.spawn(
        command[0],
        list(command[1:]),
        dimensions=(rows, columns),
        env=os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor"} | environment,
        timeout=None,
    )
    # pexpect waits before each key, so that programs that ask for passwords can stop the echo.
    program.delaybeforesend = None
    screen = pyte.Screen(columns, rows)
    try:
        yield Terminal(program, screen, pyte.ByteStream(screen))
    finally:
        program.close(force=True)
