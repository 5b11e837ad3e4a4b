"""An answer of a provider: begun, read to its end, or turned into the fault that it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from miavo_gateway.chat_events import ChatEvent, ChatEvents, Piece
from miavo_gateway.providers.adapter import ChatAdapter, Framing, PlainText, ReplyReader
from miavo_gateway.providers.exchange import Garbled, Kept, ProviderError, Read
from miavo_gateway.upstream.faults import Cut, Refused, Unreadable, UpstreamFault
from miavo_gateway.upstream.refusal import refusal

if TYPE_CHECKING:
    from miavo_gateway.upstream.exchange_terms import Answer
    from miavo_gateway.upstream.transport import UpstreamStream

__all__ = ["BegunAnswer", "fault_of", "refused", "understood"]

T = TypeVar("T")

_WRONG = (ProviderError, Garbled)
_OK = 200
_LARGEST_REPLY = 64 * 1024 * 1024


@dataclass(slots=True)
class BegunAnswer:
    """An answer whose first piece is here: from now on no other credential is tried."""

    stream: UpstreamStream
    reader: ReplyReader
    framing: Framing
    keep: Callable[[str, Any], None]
    """Called with a tool call's id and the state to keep for it."""
    _pieces: AsyncIterator[bytes] | None = None
    _first: ChatEvents = ()
    _data: list[bytes] | None = None
    """Events that came with the first piece and are still to be read."""
    _fault: UpstreamFault | None = None
    """What came with pieces that go out before it is raised."""

    @classmethod
    async def begin(
        cls,
        adapter: ChatAdapter,
        reader: ReplyReader,
        stream: UpstreamStream,
        keep: Callable[[str, Any], None],
    ) -> BegunAnswer:
        """Read up to the first piece, so that an error in its place can still be retried.

        Raises:
            UpstreamFault: the answer is an error, or breaks off before it has begun.
        """
        answer = cls(stream, reader, adapter.framing(), keep)
        begun = False
        try:
            if stream.status != _OK:
                body = await stream.read()
                raise refused(stream, adapter.error(stream.status, stream.headers, body))
            if stream.headers.get("content-type", "").startswith("application/json"):
                body = await stream.read(largest=_LARGEST_REPLY)
                answer._first = answer._events(reader.reply(body))
            else:
                await answer._read_to_first_piece()
            if not any(isinstance(event, Piece) for event in answer._first):
                raise Cut("ended its answer before it began")
            begun = True
            return answer
        finally:
            if not begun:
                await asyncio.shield(stream.close())

    async def events(self) -> AsyncGenerator[ChatEvents, None]:
        """What the provider generates.

        Raises:
            UpstreamFault: the answer broke off, fell silent, or cannot be read.
        """
        try:
            batch = [*self._first, *self._read(self._data or ())]
            yield batch
            self._raise_fault()
            if self._pieces is None:
                return
            async for chunk in self._pieces:
                if batch := self._read(self._fed(chunk)):
                    yield batch
                    self._raise_fault()
            if batch := self._read(self._rest()):
                yield batch
                self._raise_fault()
            if batch := self._events(self.reader.finish()):
                yield batch
        finally:
            await self.stream.close()

    async def _read_to_first_piece(self) -> None:
        self._pieces = self.stream.chunks()
        first: list[ChatEvent] = []
        self._first = first
        async for chunk in self._pieces:
            data = self._fed(chunk)
            for position, each in enumerate(data, start=1):
                first += self._events(self.reader.event(each))
                if any(isinstance(event, Piece) for event in first):
                    self._data = data[position:]
                    return
        first += self._read(self._rest())
        first += self._events(self.reader.finish())
        self._pieces = None

    def _fed(self, chunk: bytes) -> list[bytes]:
        try:
            return self.framing.feed(chunk)
        except ValueError as error:
            raise Unreadable(f"sent what cannot be read: {error}") from None

    def _rest(self) -> list[bytes]:
        try:
            return self.framing.finish()
        except ValueError as error:
            raise Cut(f"broke off its answer: {error}") from None

    def _read(self, data: Sequence[bytes]) -> list[ChatEvent]:
        """What events say. Pieces that came with a fault are delivered, and billed, before it."""
        batch: list[ChatEvent] = []
        # Looked up by name: asking whether it is a `ReadsPlainText` takes longer than it saves.
        plain_text: PlainText | None = getattr(self.reader, "plain_text", None)
        position = 0
        while position < len(data):
            if plain_text is not None:
                position = plain_text(data, position, batch)
                if position == len(data):
                    break
            try:
                batch += self._events(self.reader.event(data[position]))
                position += 1
            except UpstreamFault as fault:
                if not batch:
                    raise
                self._fault = fault
                break
        return batch

    def _raise_fault(self) -> None:
        if self._fault is not None:
            raise self._fault

    def _events(self, read: Read) -> list[ChatEvent]:
        if isinstance(read, _WRONG):
            raise fault_of(self.stream, read)
        events: list[ChatEvent] = []
        for event in read:
            if isinstance(event, Kept):
                self.keep(event.call_id, event.state)
            else:
                events.append(event)
        return events


def understood(answer: UpstreamStream | Answer, read: T | ProviderError | Garbled) -> T:
    """What a piece of an answer says.

    Raises:
        UpstreamFault: it says an error, or cannot be read.
    """
    if isinstance(read, _WRONG):
        raise fault_of(answer, read)
    return read


def fault_of(answer: UpstreamStream | Answer, read: ProviderError | Garbled) -> UpstreamFault:
    """The fault of an answer that says an error, or cannot be read."""
    if isinstance(read, ProviderError):
        return refused(answer, read)
    return Unreadable(f"sent what cannot be read: {read.problem}")


def refused(answer: UpstreamStream | Answer, error: ProviderError) -> Refused:
    """The fault that a provider's error is."""
    return refusal(answer.status, answer.headers, error)
