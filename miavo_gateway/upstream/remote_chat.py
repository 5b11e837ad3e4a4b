"""A model at a provider, asked over HTTP with the credentials of the pool."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from miavo_gateway.catalogue import Model
from miavo_gateway.errors import NoUpstream
from miavo_gateway.local.engine import ChatEvent
from miavo_gateway.providers.exchange import ProviderError
from miavo_gateway.providers.openai_shaped import DONE, OpenAIShaped
from miavo_gateway.providers.openai_shaped import Unreadable as UnreadableEvent
from miavo_gateway.providers.sse import EventTooLarge, SseParser
from miavo_gateway.schema.chat import ChatCompletionRequest
from miavo_gateway.upstream.credential import Credential
from miavo_gateway.upstream.dispatch import Attempt, as_error, first_answer
from miavo_gateway.upstream.faults import Cut, Unreadable, UpstreamFault
from miavo_gateway.upstream.pool import Pool
from miavo_gateway.upstream.refusal import refusal
from miavo_gateway.upstream.secrets import Secret

if TYPE_CHECKING:
    from miavo_gateway.upstream.transport import Transport, UpstreamStream

__all__ = ["RemoteChat"]

_OK = 200


@dataclass(frozen=True, slots=True)
class RemoteChat:
    """Answers chat requests for one model as the local engines do."""

    model: Model
    row: OpenAIShaped
    provider_name: str
    pool: Pool
    secrets: Callable[[], Iterable[Secret]]
    transport: Callable[[], Awaitable[Transport]]

    @property
    def state(self) -> Literal["unavailable", "cold", "loading", "ready"]:
        """Ready while a credential can be used."""
        return "ready" if self.unavailable is None else "unavailable"

    @property
    def obstacle(self) -> NoUpstream | None:
        """Why no credential can be used now, and when one can; None if one can."""
        try:
            self.pool.attempts(self.row.provider)
        except NoUpstream as error:
            return error
        return None

    @property
    def unavailable(self) -> str | None:
        """The obstacle's words; None if there is none."""
        obstacle = self.obstacle
        return obstacle.message if obstacle else None

    async def stream(self, request: ChatCompletionRequest) -> AsyncIterator[ChatEvent]:
        """Ask the provider; see `ChatEngine.stream`.

        Raises:
            NoUpstream: no credential can be used.
            InvalidRequest: the provider refused the request for what it is.
            UpstreamError: every attempt failed, or the answer broke off.
        """
        transport = await self.transport()
        tried: list[Attempt] = []

        async def call(credential: Credential) -> _Answer:
            assert credential.secret is not None, "the pool chooses usable credentials"
            wire = self.row.chat_request(request, self.model.upstream, credential.secret.reveal())
            stream = await transport.stream(
                wire.method,
                (credential.base_url or self.row.base_url) + wire.path,
                headers=wire.headers,
                content=wire.body,
            )
            return await _Answer.begin(self.row, stream)

        answered = await first_answer(
            self.pool,
            self.pool.attempts(self.row.provider),
            call,
            name=self.provider_name,
            secrets=self.secrets,
            tried=tried,
        )
        with answered:
            try:
                async with aclosing(answered.value.events()) as events:
                    async for event in events:
                        yield event
            except UpstreamFault as fault:
                answered.failed(fault)
                raise as_error(fault, self.provider_name, self.secrets()) from None

    async def close(self) -> None:
        """Nothing of its own is open."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer whose first event is here: from now on no other credential is tried."""

    row: OpenAIShaped
    stream: UpstreamStream
    pieces: AsyncIterator[bytes]
    parser: SseParser
    first: tuple[bytes, ...]

    @classmethod
    async def begin(cls, row: OpenAIShaped, stream: UpstreamStream) -> _Answer:
        """Read up to the first event, so that an error in its place can still be retried.

        Raises:
            UpstreamFault: the answer is an error, or breaks off before it has begun.
        """
        begun = False
        try:
            if stream.status != _OK:
                error = row.error(await stream.read())
                raise _refused(stream, error)
            pieces = stream.chunks()
            parser = SseParser()
            first: list[bytes] = []
            async for piece in pieces:
                first += _fed(parser, piece)
                if first:
                    break
            else:
                first = parser.finish()
            if not first:
                raise Cut("ended its answer before it began")
            events = _read(row, first[0])
            if isinstance(events, ProviderError):
                raise _refused(stream, events)
            begun = True
            return cls(row, stream, pieces, parser, tuple(first))
        finally:
            if not begun:
                await asyncio.shield(stream.close())

    async def events(self) -> AsyncGenerator[ChatEvent, None]:
        """What the provider generates.

        Raises:
            UpstreamFault: the answer broke off, fell silent, or cannot be read.
        """
        try:
            for data in self.first:
                for event in self._events_of(data):
                    yield event
            async for piece in self.pieces:
                for data in _fed(self.parser, piece):
                    for event in self._events_of(data):
                        yield event
            for data in self.parser.finish():
                for event in self._events_of(data):
                    yield event
        finally:
            await self.stream.close()

    def _events_of(self, data: bytes) -> list[ChatEvent]:
        events = _read(self.row, data)
        if isinstance(events, ProviderError):
            raise _refused(self.stream, events)
        return events


def _fed(parser: SseParser, piece: bytes) -> list[bytes]:
    try:
        return parser.feed(piece)
    except EventTooLarge as error:
        raise Unreadable(f"sent what cannot be read: {error}") from None


def _read(row: OpenAIShaped, data: bytes) -> list[ChatEvent] | ProviderError:
    if data.strip() == DONE:
        return []
    try:
        return row.chat_events(data)
    except UnreadableEvent as error:
        raise Unreadable(f"sent what cannot be read: {error}") from None


def _refused(stream: UpstreamStream, error: ProviderError) -> UpstreamFault:
    message = error.message or f"answered with status {stream.status}"
    return refusal(
        stream.status, stream.headers, f"said: {message}", now=time.time(), code=error.code
    )
