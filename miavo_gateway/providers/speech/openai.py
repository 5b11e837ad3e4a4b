"""OpenAI's `POST /audio/speech` (the `openai` package 3.54, `types/audio/speech_create_params`).

Only its events tell the tokens that were used, and only the models that are billed by the token
have events.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson

from miavo_gateway.catalogue import Model
from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.adapter import Access
from miavo_gateway.providers.exchange import Garbled, ProviderError, WireRequest
from miavo_gateway.providers.openai_shaped.errors import read_error
from miavo_gateway.providers.speech.adapter import SoundRead
from miavo_gateway.providers.speech.voices import OPENAI
from miavo_gateway.providers.sse import SseParser
from miavo_gateway.sound.formats import OPENAI_PCM
from miavo_gateway.sound.speech import Asked, Began, Samples, Used
from miavo_gateway.usage import UsageBuckets

__all__ = ["OPENAI_BASE", "OpenAISpeech", "check_length"]

OPENAI_BASE = "https://api.openai.com/v1"
_OLD_VOICES = ("alloy", "ash", "coral", "echo", "fable", "nova", "onyx", "sage", "shimmer")
"""What tts-1 and tts-1-hd have."""
_MOST_CHARACTERS = 4_096


_FIELDS = (b"data:", b"event:", b":")
"""What a stream of events begins with."""
_DONE = "speech.audio.done"


class _Counts(msgspec.Struct):
    input_tokens: int = 0
    output_tokens: int = 0


class _Event(msgspec.Struct):
    type: str = ""
    audio: str = ""
    usage: _Counts | None = None
    error: Any = None


@dataclass(frozen=True, slots=True)
class OpenAISpeech:
    """It is a `SpeechAdapter`. Samples are asked for: every other format is made here."""

    provider: str = "openai"
    repeatable: bool = True

    def request(self, asked: Asked, model: Model, access: Access) -> WireRequest:
        """The request; OpenAI's own field names."""
        check_length(asked, _MOST_CHARACTERS)
        old = model.upstream.startswith("tts-1")
        voices = _OLD_VOICES if old else OPENAI
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
        if not old:
            body["stream_format"] = "sse"
            if asked.instructions:
                body["instructions"] = asked.instructions
        return WireRequest(
            method="POST",
            url=f"{access.base_url or OPENAI_BASE}/audio/speech",
            headers={**access.bearer, "content-type": "application/json"},
            body=orjson.dumps(body),
        )

    def reader(self, asked: Asked) -> OpenAIReader:
        """Samples as they come, plain or in events."""
        del asked
        return OpenAIReader()

    def error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """OpenAI's error."""
        del headers
        return read_error(body, status)


class OpenAIReader:
    """Reads a body that is samples and nothing else, or the events that carry them.

    Which of them it is shows in its first bytes: an older server knows no events.
    """

    def __init__(self) -> None:
        self._head = b""
        self._framing: SseParser | None = None
        self._plain = False
        self._begun = False
        self._done = False

    def feed(self, chunk: bytes) -> SoundRead:
        """The samples."""
        if self._plain:
            return self._samples(chunk)
        if self._framing is None:
            self._head += chunk
            if any(field.startswith(self._head) for field in _FIELDS if field != self._head):
                return ()
            chunk, self._head = self._head, b""
            if not chunk.startswith(_FIELDS):
                self._plain = True
                return self._samples(chunk)
            self._framing = SseParser()
        try:
            return self._read(self._framing.feed(chunk))
        except ValueError as error:
            return Garbled(str(error))

    def finish(self) -> SoundRead:
        """What was held back."""
        if self._framing is None:
            return self._samples(self._head)
        try:
            read = self._read(self._framing.finish())
        except ValueError as error:
            return Garbled(str(error))
        told = self._done or isinstance(read, ProviderError | Garbled)
        return read if told else Garbled("the sound broke off before its last event")

    def _samples(self, data: bytes) -> Sequence[Began | Samples | Used]:
        if not data:
            return ()
        first = () if self._begun else (Began(OPENAI_PCM),)
        self._begun = True
        return (*first, Samples(data))

    def _read(self, events: list[bytes]) -> SoundRead:
        read: list[Began | Samples | Used] = []
        for data in events:
            if data.strip() in (b"", b"[DONE]"):
                continue
            try:
                event = msgspec.json.decode(data, type=_Event)
                sound = base64.b64decode(event.audio)
            except (msgspec.MsgspecError, RecursionError, ValueError):
                return Garbled("an event is not what OpenAI's format says")
            if event.error:
                return read_error(data)
            read += self._samples(sound)
            self._done = self._done or event.type == _DONE
            if (counts := event.usage) is not None:
                used = UsageBuckets(
                    uncached_input=max(0, counts.input_tokens),
                    audio_output=max(0, counts.output_tokens),
                )
                read.append(Used(used))
        return read


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
