"""Server-sent events out of bytes, however these were cut (the HTML standard, section 9.2)."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["EventTooLarge", "SseParser", "as_events"]

_LARGEST_EVENT = 64 * 1024 * 1024


def as_events(data: Sequence[bytes]) -> bytes:
    """The events that have this data; data of several lines has them again."""
    if any(b"\n" in each for each in data):
        data = [each.replace(b"\n", b"\ndata: ") for each in data]
    return b"data: " + b"\n\ndata: ".join(data) + b"\n\n"


class EventTooLarge(ValueError):
    """An event without an end; reading on would fill the memory."""


class SseParser:
    """Feed it bytes; it gives the `data` of each event that has ended.

    Comments, keep-alives and the fields `event`, `id` and `retry` are passed over. Lines may end
    in LF, CRLF or CR.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []
        self._size = 0

    def feed(self, chunk: bytes) -> list[bytes]:
        """The events that this chunk ends.

        Raises:
            EventTooLarge: an event has grown past 64 MB.
        """
        buffer = self._rest + chunk
        # A CR at the very end may be half of a CRLF: it waits for the next byte.
        held = b""
        if buffer.endswith(b"\r"):
            buffer, held = buffer[:-1], b"\r"
        if b"\r" in buffer:
            buffer = buffer.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *lines, rest = buffer.split(b"\n")
        self._rest = rest + held
        events: list[bytes] = []
        for line in lines:
            if line:
                self._field(line)
            elif self._data:
                events.append(b"\n".join(self._data))
                self._data, self._size = [], 0
        if self._size + len(self._rest) > _LARGEST_EVENT:
            raise EventTooLarge("an event is larger than 64 MB")
        return events

    def finish(self) -> list[bytes]:
        """What is left when the stream has ended: some servers leave out the last empty line."""
        return self.feed(b"\n\n")

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        if name == b"data":
            value = value.removeprefix(b" ")
            self._data.append(value)
            self._size += len(value)
