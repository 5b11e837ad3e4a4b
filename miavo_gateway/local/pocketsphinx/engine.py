"""`local-pocketsphinx`: hears English without a provider."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from miavo_gateway.errors import InvalidRequest, MiavoError, NoUpstream, UpstreamError
from miavo_gateway.local.pocketsphinx.hearing import PCM, parts, segments_of
from miavo_gateway.local.pocketsphinx.process import HearingProcess
from miavo_gateway.log import log
from miavo_gateway.sound.decoder import decoded
from miavo_gateway.sound.transcription import Heard, Transcript, Word

__all__ = ["PocketSphinxEngine"]

_MOST_SECONDS = 600.0


class PocketSphinxEngine:
    """One part of a recording at a time, in a process of its own. It is a `TranscriptionEngine`."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pocketsphinx")
        self._process = HearingProcess()
        self._broken: str | None = None

    @property
    def obstacle(self) -> MiavoError | None:
        """None, until the library has failed to load."""
        return NoUpstream(self._broken, param="model") if self._broken else None

    async def hear(self, heard: Heard) -> AsyncGenerator[str | Transcript, None]:
        """Write it down; see `TranscriptionEngine.hear`."""
        if heard.language not in (None, "en", "en-US", "english"):
            raise InvalidRequest(
                f"'language': this model hears English, not '{heard.language}'.", param="language"
            )
        recording = await asyncio.to_thread(decoded, heard.content, PCM, most_seconds=_MOST_SECONDS)
        loop = asyncio.get_running_loop()
        words: list[Word] = []
        # Each part is a turn of its own: a long recording lets short ones in between, and hearing
        # stops soon after a caller has hung up.
        for at, samples in await asyncio.to_thread(list, parts(recording.samples)):
            found = await loop.run_in_executor(self._thread, self._heard, samples, at)
            if found:
                said = " ".join(word.text for word in found)
                yield f" {said}" if words else said
            words += found
        segments = segments_of(words)
        yield Transcript(
            text=" ".join(segment.text for segment in segments),
            seconds=recording.milliseconds / 1_000,
            language="english",
            segments=tuple(segments),
            words=tuple(words),
        )

    async def close(self) -> None:
        """End the process and the thread that waits for it."""
        self._process.close()
        await asyncio.get_running_loop().run_in_executor(
            None, partial(self._thread.shutdown, wait=True, cancel_futures=True)
        )
        await asyncio.to_thread(self._process.reap)

    def _heard(self, samples: bytes, at: float) -> list[Word]:
        if not samples:
            return []
        try:
            return self._process.hear(samples, at)
        except RuntimeError as error:
            log.warning("PocketSphinx cannot be used: %s", error)
            self._broken = "PocketSphinx cannot be loaded here; is the package installed?"
            raise NoUpstream(self._broken, param="model") from None
        except OSError as error:
            log.warning("PocketSphinx broke off: %s", error)
            raise UpstreamError("PocketSphinx broke off.") from None
