"""Google's Cloud Text-to-Speech with the voices of Chirp 3 HD (`texttospeech_v1/cloud_tts`)."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import orjson

from miavo_gateway.catalogue import Model
from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.adapter import Access
from miavo_gateway.providers.exchange import Garbled, ProviderError, WireRequest
from miavo_gateway.providers.gemini.errors import read_error
from miavo_gateway.providers.speech.adapter import Encoded, SoundRead
from miavo_gateway.providers.speech.openai import check_length
from miavo_gateway.providers.speech.readers import WholeReader
from miavo_gateway.providers.speech.voices import GOOGLE, STARS, voice_of
from miavo_gateway.providers.vertex.address import authorized_headers
from miavo_gateway.sound.speech import Asked

__all__ = ["Chirp"]

_HOST = "https://texttospeech.googleapis.com"
_MOST_BYTES = 5_000
_NAME = re.compile(r"(?P<locale>[a-z]{2,3}-[A-Z]{2})-Chirp3-HD-(?P<star>[A-Za-z]+)")
_USUAL_LOCALE = "en-US"
_FASTEST = 2.0


class _Reply(msgspec.Struct, rename="camel"):
    audio_content: str


@dataclass(frozen=True, slots=True)
class Chirp:
    """It is a `SpeechAdapter`. A voice may be named whole: `de-DE-Chirp3-HD-Kore`."""

    provider: str = "vertex"
    repeatable: bool = True

    def request(self, asked: Asked, model: Model, access: Access) -> WireRequest:
        """The request; there are no instructions, so they are left out."""
        check_length(asked, _MOST_BYTES, unit="bytes")
        locale, star = _voice(asked.voice, model.slug)
        headers, authorization, _ = authorized_headers(access)
        body = {
            "input": {"text": asked.text},
            "voice": {"languageCode": locale, "name": f"{locale}-Chirp3-HD-{star}"},
            "audioConfig": {
                "audioEncoding": "LINEAR16",
                "speakingRate": min(asked.speed, _FASTEST),
            },
        }
        return WireRequest(
            method="POST",
            url=f"{access.base_url or _HOST}/v1/text:synthesize",
            headers=headers,
            body=orjson.dumps(body),
            authorization=authorization,
        )

    def reader(self, asked: Asked) -> WholeReader:
        """What reads the answer, which comes whole."""
        del asked
        return WholeReader(_read)

    def error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """Google's error."""
        del headers
        return read_error(status, body)


def _read(body: bytes) -> SoundRead:
    try:
        reply = msgspec.json.decode(body, type=_Reply)
        # A WAV file: LINEAR16 comes with its header.
        return (Encoded(base64.b64decode(reply.audio_content)),)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return Garbled("the answer is not what Cloud Text-to-Speech's format says")


def _voice(wanted: str | None, slug: str) -> tuple[str, str]:
    """The locale and the star's name."""
    whole = _NAME.fullmatch(wanted or "")
    if whole is None:
        return _USUAL_LOCALE, voice_of(wanted, GOOGLE, slug, STARS)
    if whole["star"] not in STARS:
        raise InvalidRequest(f"'voice': '{wanted}' is no voice of '{slug}'.", param="voice")
    return whole["locale"], whole["star"]
