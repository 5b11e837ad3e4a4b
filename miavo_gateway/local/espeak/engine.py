"""`local-espeak`: speaks without a provider."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from miavo_gateway.errors import InvalidRequest, MiavoError, NoUpstream, UpstreamError
from miavo_gateway.local.espeak.library import Espeak, load
from miavo_gateway.local.espeak.passages import passages
from miavo_gateway.local.espeak.voices import NAMED_VOICES, USUAL_VOICE
from miavo_gateway.log import log
from miavo_gateway.sound.formats import Pcm
from miavo_gateway.sound.speech import Asked, Began, Samples, SpeechEvent

__all__ = ["EspeakEngine"]

_WORDS_A_MINUTE = 155
_SLOWEST, _FASTEST = 80, 620
"""From half of the usual pace to four times."""


class EspeakEngine:
    """One voice at a time: the library has one state. It is a `SpeechEngine`."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="espeak")
        self._broken: str | None = None

    @property
    def obstacle(self) -> MiavoError | None:
        """None, until the library has failed to load."""
        return NoUpstream(self._broken, param="model") if self._broken else None

    async def speak(self, asked: Asked) -> AsyncGenerator[SpeechEvent, None]:
        """Say it; see `SpeechEngine.speak`."""
        loop = asyncio.get_running_loop()
        try:
            espeak = await loop.run_in_executor(self._thread, load)
        except OSError as error:
            log.warning("eSpeak NG cannot be used: %s", error)
            self._broken = (
                "eSpeak NG cannot be loaded here; install it, as `espeak-ng` of your system."
            )
            raise NoUpstream(self._broken, param="model") from None
        voice = _voice(asked.voice, espeak)
        pace = min(_FASTEST, max(_SLOWEST, round(_WORDS_A_MINUTE * asked.speed)))
        parts = passages(asked.text)
        stop = threading.Event()
        try:
            yield Began(Pcm(espeak.rate))
            # Each passage is a turn of its own: a caller that is slow to take what was said keeps
            # nobody else waiting.
            for number, part in enumerate(parts, start=1):
                say = partial(
                    espeak.speak, part, voice, pace, stop.is_set, more=number < len(parts)
                )
                samples = await loop.run_in_executor(self._thread, say)
                if samples is None:
                    raise UpstreamError("eSpeak NG could not say this.")
                yield Samples(samples)
        finally:
            stop.set()

    async def close(self) -> None:
        """End the thread."""
        await asyncio.get_running_loop().run_in_executor(
            None, partial(self._thread.shutdown, wait=True, cancel_futures=True)
        )


def _voice(wanted: str | None, espeak: Espeak) -> str:
    if wanted is None:
        return USUAL_VOICE
    named = NAMED_VOICES.get(wanted.lower())
    if named is not None:
        return named
    language, _, variant = wanted.lower().partition("+")
    if language in espeak.languages and (not variant or variant in espeak.variants):
        return f"{language}+{espeak.variants[variant]}" if variant else language
    raise InvalidRequest(
        f"'voice': '{wanted[:40]}' is no voice of this model. It has {', '.join(NAMED_VOICES)}, "
        "and languages such as en-us, de, fr, es and ja, with a variant if wanted: de+f3.",
        param="voice",
    )
