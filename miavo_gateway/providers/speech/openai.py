"""OpenAI's `POST /audio/speech` (the `openai` package 3.54, `types/audio/speech_create_params`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from miavo_gateway.catalogue import Model
from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.adapter import Access
from miavo_gateway.providers.exchange import ProviderError, WireRequest
from miavo_gateway.providers.openai_shaped.errors import read_error
from miavo_gateway.providers.speech.adapter import SoundRead
from miavo_gateway.sound.formats import OPENAI_PCM
from miavo_gateway.sound.speech import Asked, Began, Samples

__all__ = ["OPENAI_BASE", "VOICES", "OpenAISpeech", "RawReader", "bearer", "check_length"]

OPENAI_BASE = "https://api.openai.com/v1"
VOICES = (
    "alloy",
    "ash",
    "ballad",
    "cedar",
    "coral",
    "echo",
    "fable",
    "marin",
    "nova",
    "onyx",
    "sage",
    "shimmer",
    "verse",
)
_OLD_VOICES = ("alloy", "ash", "coral", "echo", "fable", "nova", "onyx", "sage", "shimmer")
"""What tts-1 and tts-1-hd have."""
_MOST_CHARACTERS = 4_096


@dataclass(frozen=True, slots=True)
class OpenAISpeech:
    """It is a `SpeechAdapter`. Samples are asked for: every other format is made here."""

    provider: str = "openai"
    repeatable: bool = True

    def request(self, asked: Asked, model: Model, access: Access) -> WireRequest:
        """The request; OpenAI's own field names."""
        check_length(asked, _MOST_CHARACTERS)
        old = model.upstream.startswith("tts-1")
        voices = _OLD_VOICES if old else VOICES
        voice = asked.voice or voices[0]
        # Those of a customer's own have ids.
        if voice not in voices and not voice.startswith("voice_"):
            raise InvalidRequest(
                f"'voice': '{voice[:40]}' is no voice of '{model.slug}'. It has "
                f"{', '.join(voices)}.",
                param="voice",
            )
        body: dict[str, object] = {
            "model": model.upstream,
            "input": asked.text,
            "voice": voice,
            "response_format": "pcm",
            "speed": asked.speed,
        }
        if asked.instructions and not old:
            body["instructions"] = asked.instructions
        return WireRequest(
            method="POST",
            url=f"{access.base_url or OPENAI_BASE}/audio/speech",
            headers={**bearer(access), "content-type": "application/json"},
            body=orjson.dumps(body),
        )

    def reader(self, asked: Asked) -> RawReader:
        """Samples as they come."""
        del asked
        return RawReader()

    def error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """OpenAI's error."""
        del headers
        return read_error(body, status)


class RawReader:
    """Reads a body that is samples and nothing else."""

    def __init__(self) -> None:
        self._begun = False

    def feed(self, chunk: bytes) -> SoundRead:
        """The samples."""
        if not chunk:
            return ()
        first = () if self._begun else (Began(OPENAI_PCM),)
        self._begun = True
        return (*first, Samples(chunk))

    def finish(self) -> SoundRead:
        """Nothing is held back."""
        return ()


def bearer(access: Access) -> dict[str, str]:
    """The header that carries a key."""
    return {"authorization": f"Bearer {access.secret}"}


def check_length(asked: Asked, most: int, *, unit: str = "characters") -> None:
    """Refuse a text that a provider would refuse.

    Raises:
        InvalidRequest: it is too long.
    """
    size = len(asked.text.encode()) if unit == "bytes" else len(asked.text)
    if size > most:
        raise InvalidRequest(
            f"'input': has {size:,} {unit}, and this model takes {most:,} at once.", param="input"
        )
