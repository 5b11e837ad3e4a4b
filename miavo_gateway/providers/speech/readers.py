"""How answers come: in one piece, or as server-sent events. What they say is the provider's."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from miavo_gateway.providers.exchange import Garbled
from miavo_gateway.providers.speech.adapter import SoundRead
from miavo_gateway.providers.sse import SseParser

__all__ = ["EventReader", "WholeReader"]


class WholeReader:
    """Gathers an answer and has it read when it is whole. It is a `SpeechReader`."""

    def __init__(self, read: Callable[[bytes], SoundRead]) -> None:
        self._read = read
        self._body = bytearray()

    def feed(self, chunk: bytes) -> SoundRead:
        """Nothing yet."""
        self._body += chunk
        return ()

    def finish(self) -> SoundRead:
        """All of it."""
        return self._read(bytes(self._body))


class EventReader:
    """Has the data of events read as they come. It is a `SpeechReader`."""

    def __init__(self, read: Callable[[Sequence[bytes]], SoundRead]) -> None:
        self._read = read
        self._framing = SseParser()

    def feed(self, chunk: bytes) -> SoundRead:
        """The events that this chunk ends."""
        try:
            return self._read(self._framing.feed(chunk))
        except ValueError as error:
            return Garbled(str(error))

    def finish(self) -> SoundRead:
        """What is left."""
        try:
            return self._read(self._framing.finish())
        except ValueError as error:
            return Garbled(str(error))
