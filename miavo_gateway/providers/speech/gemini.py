"""Speech of Gemini: `generateContent` with the modality AUDIO (google-genai 3.4.0, `types`)."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson

from miavo_gateway.catalogue import Model
from miavo_gateway.providers.adapter import Access
from miavo_gateway.providers.exchange import ErrorClass, Garbled, ProviderError, WireRequest
from miavo_gateway.providers.gemini.adapter import api_base, model_path
from miavo_gateway.providers.gemini.errors import read_error
from miavo_gateway.providers.speech.adapter import SoundRead
from miavo_gateway.providers.speech.voices import GOOGLE, STARS, voice_of
from miavo_gateway.providers.sse import SseParser
from miavo_gateway.sound.formats import Pcm
from miavo_gateway.sound.speech import Asked, Began, Samples, Used
from miavo_gateway.usage import UsageBuckets

__all__ = ["GeminiSpeech"]

_RATE = re.compile(r"rate=(\d{4,6})")
_USUAL_RATE = 24_000
_EVENTS = b"data:"


class _Blob(msgspec.Struct, rename="camel"):
    mime_type: str = ""
    data: str = ""


class _Part(msgspec.Struct, rename="camel"):
    inline_data: _Blob | None = None


class _Content(msgspec.Struct):
    parts: list[_Part] | None = None


class _Candidate(msgspec.Struct, rename="camel"):
    content: _Content | None = None
    finish_reason: str | None = None


class _Counts(msgspec.Struct, rename="camel"):
    prompt_token_count: int | None = None
    candidates_token_count: int | None = None


class _Reply(msgspec.Struct, rename="camel"):
    candidates: list[_Candidate] | None = None
    usage_metadata: _Counts | None = None
    error: Any = None


@dataclass(frozen=True, slots=True)
class GeminiSpeech:
    """It is a `SpeechAdapter`."""

    provider: str = "google"
    repeatable: bool = True

    def request(self, asked: Asked, model: Model, access: Access) -> WireRequest:
        """The text, with instructions and pace before it: the model has no fields for them."""
        voice = voice_of(asked.voice, GOOGLE, model.slug, STARS)
        said = [each for each in (asked.instructions, _pace(asked.speed)) if each]
        text = f"{' '.join(said)}: {asked.text}" if said else asked.text
        body = {
            "contents": [{"role": "user", "parts": [{"text": text}]}],
            "generationConfig": {
                "responseModalities": ["AUDIO"],
                "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": voice}}},
            },
        }
        streamed = model.upstream.startswith("gemini-3")
        method = "streamGenerateContent?alt=sse" if streamed else "generateContent"
        return WireRequest(
            method="POST",
            url=f"{api_base(access)}/{model_path(model.upstream)}:{method}",
            headers={"x-goog-api-key": access.secret, "content-type": "application/json"},
            body=orjson.dumps(body),
        )

    def reader(self, asked: Asked) -> _GeminiReader:
        """What reads the answer: Gemini 3 sends it in events, 2.5 whole."""
        del asked
        return _GeminiReader()

    def error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """Google's error."""
        del headers
        return read_error(status, body)


class _GeminiReader:
    """Reads an answer that is one object, or events of such."""

    def __init__(self) -> None:
        self._whole = bytearray()
        self._framing: SseParser | None = None
        self._begun = False
        self._reason = ""

    def feed(self, chunk: bytes) -> SoundRead:
        if self._framing is None:
            self._whole += chunk
            if not _EVENTS.startswith(bytes(self._whole[: len(_EVENTS)])):
                return ()
            if len(self._whole) < len(_EVENTS):
                return ()
            chunk, self._framing = bytes(self._whole), SseParser()
        try:
            return self._all(self._framing.feed(chunk))
        except ValueError as error:
            return Garbled(str(error))

    def finish(self) -> SoundRead:
        try:
            rest = [bytes(self._whole)] if self._framing is None else self._framing.finish()
        except ValueError as error:
            return Garbled(str(error))
        read = self._all(rest)
        if self._begun or not isinstance(read, list):
            return read
        reason = self._reason
        return ProviderError(
            reason, f"no sound: {reason or 'it says nothing'}", ErrorClass.CONTENT_FILTER
        )

    def _all(self, answers: list[bytes]) -> list[Began | Samples | Used] | ProviderError | Garbled:
        events: list[Began | Samples | Used] = []
        for answer in answers:
            try:
                reply = msgspec.json.decode(answer, type=_Reply)
                if reply.error:
                    return read_error(200, answer)
                events += self._said(reply)
            except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
                return Garbled("the answer is not what Gemini's format says")
            except ValueError:
                return Garbled("the sound is not base64")
        return events

    def _said(self, reply: _Reply) -> Iterator[Began | Samples | Used]:
        candidate = next(iter(reply.candidates or ()), None)
        if candidate is not None:
            self._reason = candidate.finish_reason or self._reason
        parts = (candidate.content.parts if candidate and candidate.content else None) or ()
        for part in parts:
            if part.inline_data is None:
                continue
            sound = base64.b64decode(part.inline_data.data)
            if not self._begun:
                self._begun = True
                rate = _RATE.search(part.inline_data.mime_type)
                yield Began(Pcm(int(rate[1]) if rate else _USUAL_RATE))
            yield Samples(sound)
        if (counts := reply.usage_metadata) is not None:
            yield Used(
                UsageBuckets(
                    uncached_input=max(0, counts.prompt_token_count or 0),
                    audio_output=max(0, counts.candidates_token_count or 0),
                )
            )


def _pace(speed: float) -> str:
    if speed >= 1.2:
        return "Speak fast."
    return "Speak slowly." if speed <= 0.85 else ""
