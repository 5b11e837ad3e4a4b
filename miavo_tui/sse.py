"""Server-sent events, read from bytes as they arrive.

The grammar is that of the HTML standard, section 9.2.6, as far as the gateway uses it: `event`,
`id` and `data` fields, and comments. Lines may end in LF, CR or CRLF and may be cut anywhere by the
network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Comment", "Event", "EventParser"]

_LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Comment:
    """A line that began with a colon, without it."""

    text: str


@dataclass(frozen=True, slots=True)
class Event:
    """The `data` lines of one event, joined by newlines."""

    data: str
    name: str = ""
    """What the `event` field said; empty where there was none."""
    id: str = ""
    """What its `id` field said; empty where there was none."""


class EventParser:
    """Turns chunks of bytes into events. One parser reads one stream."""

    def __init__(self) -> None:
        # Pieces of a line that has not ended: joined once it has, for a line may be megabytes long.
        self._rest: list[bytes] = []
        self._data: list[str] = []
        self._name = ""
        self._id = ""

    def feed(self, chunk: bytes) -> Iterator[Comment | Event]:
        """Yields what became complete with `chunk`."""
        self._rest.append(chunk)
        waiting = len(self._rest) > 1 and self._rest[-2].endswith(b"\r")
        if not waiting and b"\n" not in chunk and b"\r" not in chunk:
            return
        # A CR at the very end may be half of a CRLF: it waits for the next chunk.
        rest = b"".join(self._rest)
        held = b"\r" if rest.endswith(b"\r") else b""
        lines = _LINE_END.split(rest[: len(rest) - len(held)])
        self._rest = [lines.pop() + held]
        for line in lines:
            yield from self._line(line.decode("utf-8", "replace"))

    def _line(self, line: str) -> Iterator[Comment | Event]:
        if not line:
            if self._data:
                yield Event("\n".join(self._data), self._name, self._id)
                self._data = []
            self._name = self._id = ""
        elif line.startswith(":"):
            yield Comment(line[1:].removeprefix(" "))
        else:
            name, _, value = line.partition(":")
            if name == "data":
                self._data.append(value.removeprefix(" "))
            elif name == "event":
                self._name = value.removeprefix(" ")
            elif name == "id":
                self._id = value.removeprefix(" ")
