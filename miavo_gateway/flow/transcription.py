"""One recording, written down, on its way through the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from miavo_gateway.catalogue import Kind
from miavo_gateway.errors import InvalidRequest
from miavo_gateway.flow.keys import Key
from miavo_gateway.flow.metered import Demand, MeteredFlow
from miavo_gateway.flow.sound_bounds import least_of_hearing, most_of_hearing
from miavo_gateway.sound.decoder import length_of
from miavo_gateway.sound.transcription import Heard, Transcript, TranscriptionEngine

__all__ = ["TRANSCRIPTION_PATH", "TranscriptionFlow"]

TRANSCRIPTION_PATH = "/v1/audio/transcriptions"


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
        )
        async with self.metered.request(model, key, request_id, demand) as running:
            transcript = await self.engines[model.slug].transcribe(heard)
            if transcript.simulated:
                running.simulated()
            # What the provider counts is what it bills; not every model says how long it was.
            milliseconds = round(transcript.seconds * 1_000) or milliseconds
            running.used(replace(transcript.usage, milliseconds=milliseconds))
        return replace(transcript, seconds=milliseconds / 1_000)
