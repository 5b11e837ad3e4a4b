"""One text, spoken or set to music, on its way through the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace

from miavo_gateway.catalogue import Kind, Model
from miavo_gateway.errors import InvalidRequest, UpstreamError
from miavo_gateway.flow.begun import Begun
from miavo_gateway.flow.key import Key
from miavo_gateway.flow.metered import Demand, MeteredFlow
from miavo_gateway.flow.pricing import cost_nano
from miavo_gateway.flow.sound_bounds import (
    TOKENS_PER_SECOND,
    least_of_speech,
    most_of_speech,
)
from miavo_gateway.sound.encoder import encoder
from miavo_gateway.sound.formats import Pcm, SoundFormat
from miavo_gateway.sound.speech import Asked, Began, Samples, SpeechEngine
from miavo_gateway.usage import UsageBuckets

__all__ = ["SPEECH_PATH", "Speaking", "SpeechFlow"]

SPEECH_PATH = "/v1/audio/speech"

_AHEAD = UsageBuckets(audio_output=10 * TOKENS_PER_SECOND, milliseconds=10_000)
"""What is held beyond what was spoken, where that is more than what was thought to be the most."""


@dataclass(frozen=True, slots=True)
class Speaking:
    """A text that is being spoken."""

    sound: AsyncGenerator[bytes, None]
    """As it is made; closing it is the caller's hang-up."""
    _counted: _Sound

    @property
    def usage(self) -> UsageBuckets:
        """All that it has used so far."""
        return self._counted.used


@dataclass(frozen=True, slots=True)
class SpeechFlow:
    """Routes, dispatches and settles what is spoken."""

    metered: MeteredFlow
    engines: Mapping[str, SpeechEngine]
    """By slug."""

    async def speak(
        self, slug: str, asked: Asked, wanted: SoundFormat, key: Key, request_id: str
    ) -> Speaking:
        """The sound in the format wanted, as it is made.

        What fails before the first of it is raised here; afterwards it breaks off.

        Raises:
            MiavoError: any of the documented errors; the row says so.
        """
        model = self.metered.router.model(slug)
        if model.kind not in (Kind.SPEECH, Kind.MUSIC):
            raise InvalidRequest(
                f"'{model.slug}' speaks nothing: use POST {model.endpoint}.", param="model"
            )
        sound = _Sound(wanted, UsageBuckets(characters=len(asked.text)))
        parts = self._parts(model, asked, sound, key, request_id)
        try:
            begun = await Begun.begin(parts)
        except StopAsyncIteration:
            raise UpstreamError("The model made no sound.") from None
        return Speaking(begun.parts(), sound)

    async def _parts(
        self, model: Model, asked: Asked, sound: _Sound, key: Key, request_id: str
    ) -> AsyncGenerator[bytes, None]:
        most = most_of_speech(model, asked)
        demand = Demand(
            SPEECH_PATH,
            least=least_of_speech(asked),
            most=most,
            tokens=most.uncached_input,
            stream=True,
        )
        ahead = cost_nano(model.prices, _AHEAD) or 0
        async with self.metered.request(model, key, request_id, demand) as running:
            async with aclosing(self.engines[model.slug].speak(asked)) as events:
                async for event in events:
                    if isinstance(event, Began):
                        await sound.begin(event.pcm)
                        if event.simulated:
                            running.simulated()
                    elif isinstance(event, Samples):
                        encoded = await sound.encoded(event.data)
                        await running.cover(sound.used, ahead)
                        if encoded:
                            running.begun()
                            yield encoded
                    else:
                        sound.counted(event.usage)
                        running.used(sound.used)
            last = await sound.rest()
        # Settled: now the last of it may leave.
        if last:
            yield last


class _Sound:
    """Encodes samples, and counts what they come to."""

    def __init__(self, wanted: SoundFormat, used: UsageBuckets) -> None:
        self.used = used
        """All that was used so far."""
        self._wanted = wanted
        self._size = 0

    async def begin(self, pcm: Pcm) -> None:
        """Make the encoder: its library is slow to import."""
        self._pcm = pcm
        self._encoder = await asyncio.to_thread(encoder, self._wanted, pcm)

    async def encoded(self, samples: bytes) -> bytes:
        """What these samples add; empty while the encoder gathers."""
        self._size += len(samples)
        self.used = replace(self.used, milliseconds=self._pcm.milliseconds(self._size))
        return await asyncio.to_thread(self._encoder.feed, samples)

    async def rest(self) -> bytes:
        """What is left in the encoder."""
        if not self._size:
            raise UpstreamError("The model made no sound.")
        return await asyncio.to_thread(self._encoder.finish)

    def counted(self, usage: UsageBuckets) -> None:
        """Tokens, as the provider counts them."""
        used = self.used
        self.used = replace(usage, characters=used.characters, milliseconds=used.milliseconds)
