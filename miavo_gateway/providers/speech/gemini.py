"""Speech of Gemini: `generateContent` with the modality AUDIO (google-genai 3.4.0, `types`)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import orjson

from miavo_gateway.catalogue import Model
from miavo_gateway.providers.adapter import Access
from miavo_gateway.providers.exchange import ErrorClass, Garbled, ProviderError, WireRequest
from miavo_gateway.providers.gemini.adapter import api_base, model_path
from miavo_gateway.providers.gemini.errors import read_error
from miavo_gateway.providers.speech.adapter import SoundRead
from miavo_gateway.providers.speech.voices import GOOGLE, STARS, voice_of
from miavo_gateway.sound.formats import Pcm
from miavo_gateway.sound.speech import Asked, Began, Samples, Used
from miavo_gateway.usage import UsageBuckets

__all__ = ["GeminiSpeech"]

_RATE = re.compile(r"rate=(\d{4,6})")
_USUAL_RATE = 24_000


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


@dataclass(frozen=True, slots=True)
class GeminiSpeech:
    """It is a `SpeechAdapter`."""

    provider: str = "google"
    repeatable: bool = True

    def request(self, asked: Asked, model: Model, access: Access) -> WireRequest:
        """The text, with instructions and pace before it: the model has no fields for them."""
        voice = voice_of(asked.voice, GOOGLE, STARS, model.slug)
        said = [each for each in (asked.instructions, _pace(asked.speed)) if each]
        text = f"{' '.join(said)}: {asked.text}" if said else asked.text
        body = {
            "contents": [{"role": "user", "parts": [{"text": text}]}],
            "generationConfig": {
                "responseModalities": ["AUDIO"],
                "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": voice}}},
            },
        }
        return WireRequest(
            method="POST",
            url=f"{api_base(access)}/{model_path(model.upstream)}:generateContent",
            headers={"x-goog-api-key": access.secret, "content-type": "application/json"},
            body=orjson.dumps(body),
        )

    def reader(self, asked: Asked) -> _GeminiReader:
        """What reads the answer, which comes whole."""
        del asked
        return _GeminiReader()

    def error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """Google's error."""
        del headers
        return read_error(status, body)


class _GeminiReader:
    def __init__(self) -> None:
        self._body = bytearray()

    def feed(self, chunk: bytes) -> SoundRead:
        self._body += chunk
        return ()

    def finish(self) -> SoundRead:
        try:
            reply = msgspec.json.decode(bytes(self._body), type=_Reply)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            return Garbled("the answer is not what Gemini's format says")
        candidate = next(iter(reply.candidates or ()), None)
        parts = (candidate.content.parts if candidate and candidate.content else None) or ()
        blobs = [part.inline_data for part in parts if part.inline_data is not None]
        if not blobs:
            reason = candidate.finish_reason if candidate else None
            return ProviderError(
                reason or "", f"no sound: {reason or 'it says nothing'}", ErrorClass.CONTENT_FILTER
            )
        try:
            sound = b"".join(base64.b64decode(blob.data) for blob in blobs)
        except binascii.Error:
            return Garbled("the sound is not base64")
        rate = _RATE.search(blobs[0].mime_type)
        counts = reply.usage_metadata or _Counts()
        used = UsageBuckets(
            uncached_input=max(0, counts.prompt_token_count or 0),
            audio_output=max(0, counts.candidates_token_count or 0),
        )
        return (Began(Pcm(int(rate[1]) if rate else _USUAL_RATE)), Samples(sound), Used(used))


def _pace(speed: float) -> str:
    if speed >= 1.2:
        return "Speak fast."
    return "Speak slowly." if speed <= 0.85 else ""
