"""Zhipu's `POST /audio/speech`: samples in server-sent events (zai-sdk, `api_resource/audio`)."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson

from miavo_gateway.catalogue import Model
from miavo_gateway.providers.adapter import Access
from miavo_gateway.providers.exchange import Garbled, ProviderError, WireRequest
from miavo_gateway.providers.openai_shaped.zhipu import ZHIPU as CHAT
from miavo_gateway.providers.speech.adapter import SoundRead
from miavo_gateway.providers.speech.openai import check_length
from miavo_gateway.providers.speech.readers import EventReader
from miavo_gateway.providers.speech.voices import ZHIPU, open_voice_of
from miavo_gateway.sound.formats import Pcm
from miavo_gateway.sound.speech import Asked, Began, Samples

__all__ = ["ZhipuSpeech"]

_USUAL_RATE = 24_000
_MOST_CHARACTERS = 1_024
_SLOWEST, _FASTEST = 0.5, 2.0
_DONE = b"[DONE]"


class _Delta(msgspec.Struct):
    content: str | None = None
    return_sample_rate: int | None = None


class _Choice(msgspec.Struct):
    delta: _Delta | None = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice] | None = None
    error: Any = None


@dataclass(frozen=True, slots=True)
class ZhipuSpeech:
    """It is a `SpeechAdapter`."""

    provider: str = "zhipu"
    repeatable: bool = True

    def request(self, asked: Asked, model: Model, access: Access) -> WireRequest:
        """The request, for a stream of samples; there are no instructions to it."""
        check_length(asked, _MOST_CHARACTERS)
        body = {
            "model": model.upstream,
            "input": asked.text,
            "voice": open_voice_of(asked.voice, ZHIPU, model.slug),
            "response_format": "pcm",
            "encode_format": "base64",
            "speed": min(_FASTEST, max(_SLOWEST, asked.speed)),
            "stream": True,
        }
        return WireRequest(
            method="POST",
            url=f"{access.base_url or CHAT.base_url}/audio/speech",
            headers={**access.bearer, "content-type": "application/json"},
            body=orjson.dumps(body),
        )

    def reader(self, asked: Asked) -> EventReader:
        """What reads the stream."""
        del asked
        return EventReader(_Stream().read)

    def error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """Zhipu's error."""
        return CHAT.error(status, headers, body)


class _Stream:
    def __init__(self) -> None:
        self._begun = False

    def read(self, data: Sequence[bytes]) -> SoundRead:
        events: list[Began | Samples] = []
        for each in data:
            if each.strip() in (_DONE, b""):
                continue
            try:
                chunk = msgspec.json.decode(each, type=_Chunk)
            except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
                return Garbled("the answer is not what Zhipu's format says")
            if chunk.error:
                return CHAT.error(200, {}, each)
            for choice in chunk.choices or ():
                if choice.delta is None or not choice.delta.content:
                    continue
                try:
                    sound = base64.b64decode(choice.delta.content)
                except ValueError:
                    return Garbled("the sound is not base64")
                if not self._begun:
                    self._begun = True
                    events.append(Began(Pcm(choice.delta.return_sample_rate or _USUAL_RATE)))
                events.append(Samples(sound))
        return events
