"""A model that speaks at a provider, asked over HTTP with the credentials of the pool."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from miavo_gateway.catalogue import Model
from miavo_gateway.errors import InvalidRequest, MiavoError
from miavo_gateway.providers.exchange import WireRequest
from miavo_gateway.providers.speech.adapter import Encoded, SoundRead, SpeechAdapter, SpeechReader
from miavo_gateway.sound.decoder import decoded
from miavo_gateway.sound.speech import Asked, Began, Samples, SpeechEvent
from miavo_gateway.upstream.answer import refused, understood
from miavo_gateway.upstream.credential import Credential
from miavo_gateway.upstream.dispatch import as_error, first_answer
from miavo_gateway.upstream.exchange_terms import Timeouts
from miavo_gateway.upstream.faults import Cut, Unreadable, UpstreamFault
from miavo_gateway.upstream.remote_chat import Reach
from miavo_gateway.upstream.sending import send_authorized

if TYPE_CHECKING:
    from miavo_gateway.upstream.transport import UpstreamStream

__all__ = ["RemoteSpeech"]

_OK = 200
_MOST_SECONDS = 600.0
_PIECE = 192 * 1024
"""Bytes: a second of the richest sound, four of speech."""
_HEAD_SECONDS = 300.0
"""A song is composed before its answer begins."""


@dataclass(frozen=True, slots=True)
class RemoteSpeech:
    """Speaks for one model as the local engine does. It is a `SpeechEngine`."""

    model: Model
    adapter: SpeechAdapter
    provider_name: str
    reach: Reach

    @property
    def obstacle(self) -> MiavoError | None:
        """Why no credential can be used now, and when one can; None if one can."""
        return self.reach.pool.obstacle(self.adapter.provider)

    async def speak(self, asked: Asked) -> AsyncGenerator[SpeechEvent, None]:
        """Ask the provider; see `SpeechEngine.speak`.

        Raises:
            NoUpstream: no credential can be used.
            InvalidRequest: the provider refused the request for what it is, or cannot do it.
            UpstreamError: every attempt failed, or the answer broke off.
        """
        reach, adapter = self.reach, self.adapter
        transport = await reach.transport()

        async def send(wire: WireRequest) -> _Speaking:
            stream = await transport.stream(
                wire.method,
                wire.url,
                headers=wire.headers,
                content=wire.body,
                timeouts=Timeouts(head=_HEAD_SECONDS),
            )
            return await _Speaking.begin(adapter, adapter.reader(asked), stream)

        async def call(credential: Credential) -> _Speaking:
            wire = adapter.request(asked, self.model, credential.access)
            return await send_authorized(reach.authorizer, wire, send, self.model)

        attempts = reach.pool.attempts(adapter.provider)
        answered = await first_answer(
            reach.pool,
            attempts if adapter.repeatable else attempts[:1],
            call,
            name=self.provider_name,
            secrets=reach.secrets,
        )
        with answered:
            try:
                simulated = answered.lease.credential.simulated
                async with aclosing(answered.value.events()) as events:
                    async for event in events:
                        if isinstance(event, Began) and simulated:
                            event = Began(event.pcm, simulated=True)
                        yield event
            except UpstreamFault as fault:
                answered.failed(fault)
                raise as_error(fault, self.provider_name, reach.secrets()) from None

    async def close(self) -> None:
        """Nothing of its own is open."""


@dataclass(slots=True)
class _Speaking:
    """An answer whose first sound is here: from now on no other credential is tried."""

    stream: UpstreamStream
    reader: SpeechReader
    pieces: AsyncIterator[bytes]
    first: list[SpeechEvent] = field(default_factory=list)
    ended: bool = False

    @classmethod
    async def begin(
        cls, adapter: SpeechAdapter, reader: SpeechReader, stream: UpstreamStream
    ) -> _Speaking:
        """Read up to the first samples, so that an error in their place can still be retried.

        Raises:
            UpstreamFault: the answer is an error, or breaks off before it has begun.
        """
        begun = False
        try:
            if stream.status != _OK:
                body = await stream.read()
                raise refused(stream, adapter.error(stream.status, stream.headers, body))
            speaking = cls(stream, reader, stream.chunks())
            async for chunk in speaking.pieces:
                speaking.first += await speaking.read(reader.feed(chunk))
                if any(isinstance(event, Samples) for event in speaking.first):
                    break
            else:
                speaking.first += await speaking.read(reader.finish())
                speaking.ended = True
            if not any(isinstance(event, Samples) for event in speaking.first):
                raise Cut("ended its answer before it made a sound")
            begun = True
            return speaking
        finally:
            if not begun:
                await asyncio.shield(stream.close())

    async def events(self) -> AsyncGenerator[SpeechEvent, None]:
        """All of it.

        Raises:
            UpstreamFault: the answer broke off, fell silent, or cannot be read.
        """
        try:
            for event in self.first:
                yield event
            if self.ended:
                return
            async for chunk in self.pieces:
                for event in await self.read(self.reader.feed(chunk)):
                    yield event
            for event in await self.read(self.reader.finish()):
                yield event
        finally:
            await self.stream.close()

    async def read(self, read: SoundRead) -> list[SpeechEvent]:
        """The events that a piece of the answer says.

        Raises:
            UpstreamFault: it says an error, or cannot be read.
        """
        events: list[SpeechEvent] = []
        for event in understood(self.stream, read):
            whole = await _samples(event) if isinstance(event, Encoded) else (event,)
            for each in whole:
                events += _pieces(each.data) if isinstance(each, Samples) else (each,)
        return events


def _pieces(samples: bytes) -> Iterator[Samples]:
    """What came in one piece goes on in several: the first is encoded and heard before the last."""
    for start in range(0, len(samples), _PIECE):
        yield Samples(samples[start : start + _PIECE])


async def _samples(recording: Encoded) -> Sequence[SpeechEvent]:
    try:
        found = await asyncio.to_thread(decoded, recording.data, most_seconds=_MOST_SECONDS)
    except InvalidRequest:
        raise Unreadable("sent a recording that cannot be decoded") from None
    return (Began(found.pcm), Samples(found.samples))
