"""One recording, written down, on its way through the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace

from miavo_gateway.catalogue import Kind
from miavo_gateway.errors import InvalidRequest, UpstreamError
from miavo_gateway.flow.begun import Begun
from miavo_gateway.flow.key import Key
from miavo_gateway.flow.metered import Demand, MeteredFlow
from miavo_gateway.flow.sound_bounds import least_of_hearing, most_of_hearing
from miavo_gateway.sound.decoder import length_of
from miavo_gateway.sound.transcription import Heard, Transcript, TranscriptionEngine
from miavo_gateway.usage import UsageBuckets

__all__ = ["TRANSCRIPTION_PATH", "TranscriptionFlow"]

TRANSCRIPTION_PATH = "/v1/audio/transcriptions"

_BROKE_OFF = "The transcript broke off before its end."


@dataclass(frozen=True, slots=True)
class TranscriptionFlow:
    """Routes, dispatches and settles what is written down."""

    metered: MeteredFlow
    engines: Mapping[str, TranscriptionEngine]
    """By slug."""

    async def transcribe(self, slug: str, heard: Heard, key: Key, request_id: str) -> Transcript:
        """What is said; its row is durable on return.

        Raises:
            MiavoError: any of the documented errors; the row says so.
        """
        async with aclosing(self._parts(slug, heard, key, request_id, stream=False)) as parts:
            async for part in parts:
                if isinstance(part, Transcript):
                    return part
        raise UpstreamError(_BROKE_OFF)

    async def stream(
        self, slug: str, heard: Heard, key: Key, request_id: str
    ) -> AsyncGenerator[str | Transcript, None]:
        """Pieces of the text as they are heard, then all of it; closing it is a hang-up.

        What fails before the first of it is raised here, afterwards by what is returned.

        Raises:
            MiavoError: any of the documented errors; the row says so.
        """
        parts = self._parts(slug, heard, key, request_id, stream=True)
        return (await Begun.begin(parts)).parts()

    async def _parts(
        self, slug: str, heard: Heard, key: Key, request_id: str, *, stream: bool
    ) -> AsyncGenerator[str | Transcript, None]:
        model = self.metered.router.model(slug)
        if model.kind is not Kind.TRANSCRIPTION:
            raise InvalidRequest(
                f"'{model.slug}' transcribes nothing: use POST {model.endpoint}.", param="model"
            )
        milliseconds = await asyncio.to_thread(length_of, heard.content)
        most = most_of_hearing(milliseconds)
        demand = Demand(
            TRANSCRIPTION_PATH,
            least=least_of_hearing(milliseconds),
            most=most,
            tokens=most.audio_input,
            stream=stream,
        )
        transcript: Transcript | None = None
        async with self.metered.request(model, key, request_id, demand) as running:
            async with aclosing(self.engines[model.slug].hear(heard)) as events:
                async for event in events:
                    if isinstance(event, Transcript):
                        transcript = event
                    elif stream:
                        running.used(UsageBuckets(milliseconds=milliseconds))
                        running.begun()
                        yield event
            if transcript is None:
                raise UpstreamError(_BROKE_OFF)
            if transcript.simulated:
                running.simulated()
            # What the provider counts is what it bills; not every model says how long it was.
            milliseconds = round(transcript.seconds * 1_000) or milliseconds
            running.used(replace(transcript.usage, milliseconds=milliseconds))
        yield replace(transcript, seconds=milliseconds / 1_000)
