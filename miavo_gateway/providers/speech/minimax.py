"""MiniMax's speech, `t2a_v2`, and music, `music_generation`: samples in hexadecimal digits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson

from miavo_gateway.catalogue import Model
from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.adapter import Access
from miavo_gateway.providers.exchange import Garbled, ProviderError, WireRequest
from miavo_gateway.providers.openai_shaped.minimax import MINIMAX as CHAT
from miavo_gateway.providers.speech.adapter import Encoded, SoundRead
from miavo_gateway.providers.speech.openai import check_length
from miavo_gateway.providers.speech.readers import EventReader, WholeReader
from miavo_gateway.providers.speech.voices import MINIMAX, open_voice_of
from miavo_gateway.sound.formats import Pcm
from miavo_gateway.sound.speech import Asked, Began, Samples

__all__ = ["MiniMaxMusic", "MiniMaxSpeech"]

_PCM = Pcm(24_000)
_MOST_CHARACTERS = 9_999
_SLOWEST, _FASTEST = 0.5, 2.0
_PROMPT = (10, 300)
_LYRICS = (10, 3_000)


class _Data(msgspec.Struct):
    audio: str | None = None
    status: int | None = None


class _Base(msgspec.Struct):
    status_code: int = 0


class _Reply(msgspec.Struct):
    data: _Data | None = None
    extra_info: Any = None
    base_resp: _Base | None = None
    error: Any = None


@dataclass(frozen=True, slots=True)
class MiniMaxSpeech:
    """It is a `SpeechAdapter`."""

    provider: str = "minimax"
    repeatable: bool = True

    def request(self, asked: Asked, model: Model, access: Access) -> WireRequest:
        """The request, for a stream of samples; there are no instructions to it."""
        check_length(asked, _MOST_CHARACTERS)
        body = {
            "model": model.upstream,
            "text": asked.text,
            "stream": True,
            # The last event would repeat all of it.
            "stream_options": {"exclude_aggregated_audio": True},
            "output_format": "hex",
            "voice_setting": {
                "voice_id": open_voice_of(asked.voice, MINIMAX, model.slug),
                "speed": min(_FASTEST, max(_SLOWEST, asked.speed)),
                "vol": 1,
                "pitch": 0,
            },
            "audio_setting": {"sample_rate": _PCM.rate, "format": "pcm", "channel": 1},
        }
        return _request(access, "t2a_v2", body)

    def reader(self, asked: Asked) -> EventReader:
        """What reads the stream."""
        del asked
        return EventReader(_Stream().read)

    def error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """MiniMax's error."""
        return CHAT.error(status, headers, body)


@dataclass(frozen=True, slots=True)
class MiniMaxMusic:
    """It is a `SpeechAdapter`: the text is the lyrics, the instructions the style."""

    provider: str = "minimax"
    repeatable: bool = False

    def request(self, asked: Asked, model: Model, access: Access) -> WireRequest:
        """The request; music-1.5 wants a style and lyrics."""
        style = asked.instructions or _USUAL_STYLE
        if not _PROMPT[0] <= len(style) <= _PROMPT[1]:
            raise InvalidRequest(
                f"'instructions': describe the style in {_PROMPT[0]} to {_PROMPT[1]} characters.",
                param="instructions",
            )
        lyrics = asked.text if "[" in asked.text else f"[Verse]\n{asked.text}"
        if not _LYRICS[0] <= len(lyrics) <= _LYRICS[1]:
            raise InvalidRequest(
                f"'input': the lyrics have to have {_LYRICS[0]} to {_LYRICS[1]:,} characters.",
                param="input",
            )
        body = {
            "model": model.upstream,
            "prompt": style,
            "lyrics": lyrics,
            "output_format": "hex",
            "stream": False,
            "audio_setting": {"sample_rate": 44_100, "bitrate": 128_000, "format": "mp3"},
        }
        return _request(access, "music_generation", body)

    def reader(self, asked: Asked) -> WholeReader:
        """What reads the answer, which comes whole."""
        del asked
        return WholeReader(_read_song)

    def error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """MiniMax's error."""
        return CHAT.error(status, headers, body)


_USUAL_STYLE = "A gentle song with a clear voice, in a style that suits its words."


class _Stream:
    def __init__(self) -> None:
        self._begun = False

    def read(self, data: Sequence[bytes]) -> SoundRead:
        events: list[Began | Samples] = []
        for each in data:
            reply = _decoded(each)
            if not isinstance(reply, _Reply):
                return reply
            # An event with counts repeats what was said, if it has any sound.
            if reply.extra_info or reply.data is None or not reply.data.audio:
                continue
            sound = _from_hex(reply.data.audio)
            if sound is None:
                return Garbled("the sound is not in hexadecimal digits")
            if not self._begun:
                self._begun = True
                events.append(Began(_PCM))
            events.append(Samples(sound))
        return events


def _read_song(body: bytes) -> SoundRead:
    reply = _decoded(body)
    if not isinstance(reply, _Reply):
        return reply
    song = _from_hex(reply.data.audio) if reply.data and reply.data.audio else None
    return (Encoded(song),) if song else Garbled("there is no song in the answer")


def _decoded(data: bytes) -> _Reply | ProviderError | Garbled:
    try:
        reply = msgspec.json.decode(data, type=_Reply)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return Garbled("the answer is not what MiniMax's format says")
    if reply.error or (reply.base_resp and reply.base_resp.status_code):
        return CHAT.error(200, {}, data)
    return reply


def _from_hex(digits: str) -> bytes | None:
    try:
        return bytes.fromhex(digits)
    except ValueError:
        return None


def _request(access: Access, path: str, body: Mapping[str, Any]) -> WireRequest:
    return WireRequest(
        method="POST",
        url=f"{access.base_url or CHAT.base_url}/{path}",
        headers={**access.bearer, "content-type": "application/json"},
        body=orjson.dumps(body),
    )
