"""`local-espeak`: speaks without a provider."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from miavo_gateway.errors import InvalidRequest, MiavoError, NoUpstream, UpstreamError
from miavo_gateway.local.espeak.library import Espeak, load
from miavo_gateway.local.espeak.voices import NAMED_VOICES, USUAL_VOICE
from miavo_gateway.log import log
from miavo_gateway.sound.formats import Pcm
from miavo_gateway.sound.speech import Asked, Began, Samples, SpeechEvent

__all__ = ["EspeakEngine"]

_WORDS_A_MINUTE = 155
_SLOWEST, _FASTEST = 80, 450
_WAITING = 64
"""Pieces that wait to be taken before the library waits too."""


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
            self._broken = "eSpeak NG cannot be loaded here; `miavo doctor` says more."
            raise NoUpstream(self._broken, param="model") from None
        voice = _voice(asked.voice, espeak)
        pace = round(_WORDS_A_MINUTE * asked.speed)
        pieces: asyncio.Queue[bytes | None] = asyncio.Queue()
        room = asyncio.Semaphore(_WAITING)
        stopped = False

        def take(samples: bytes) -> bool:
            """Called in the library's thread; waits while nobody takes what is there."""
            if stopped:
                return False
            asyncio.run_coroutine_threadsafe(room.acquire(), loop).result()
            loop.call_soon_threadsafe(pieces.put_nowait, samples)
            return not stopped

        def say() -> bool:
            try:
                limited = min(_FASTEST, max(_SLOWEST, pace))
                return espeak.speak(asked.text, voice, limited, take)
            finally:
                loop.call_soon_threadsafe(pieces.put_nowait, None)

        speaking = loop.run_in_executor(self._thread, say)
        try:
            yield Began(Pcm(espeak.rate))
            while (samples := await pieces.get()) is not None:
                room.release()
                yield Samples(samples)
            if not await speaking:
                raise UpstreamError("eSpeak NG could not say this.")
        finally:
            stopped = True
            # The library's thread may wait for room.
            for _ in range(_WAITING):
                room.release()

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
    language = wanted.partition("+")[0].lower()
    if language in espeak.languages:
        return wanted.lower()
    raise InvalidRequest(
        f"'voice': '{wanted[:40]}' is no voice of this model. It has {', '.join(NAMED_VOICES)}, "
        "and languages such as en-us, de, fr, es and ja, with a variant if wanted: de+f3.",
        param="voice",
    )
