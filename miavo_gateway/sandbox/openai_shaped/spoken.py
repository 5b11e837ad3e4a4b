"""Replies that OpenAI's chat model speaks: `message.audio`, or `delta.audio` in a stream."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from miavo_gateway.sandbox.openai_shaped.refusal import ProviderRefusal
from miavo_gateway.sandbox.openai_shaped.writing import Body, Delta, Saying
from miavo_gateway.sandbox.sound.tones import speak
from miavo_gateway.sound.encoder import encoder
from miavo_gateway.sound.formats import OPENAI_PCM, SoundFormat

__all__ = ["audio_deltas", "audio_tokens", "check_spoken", "speaks", "whole_audio"]

_FORMATS = ("wav", "aac", "mp3", "flac", "opus", "pcm16")
_TOKENS_PER_SECOND = 20
_KEPT_SECONDS = 3_600
_VOICES = (
    "alloy ash ballad cedar coral echo fable marin nova onyx sage shimmer verse".split()  # noqa: SIM905
)


def speaks(body: Body) -> bool:
    """Whether a spoken reply is asked for."""
    return "audio" in (body.get("modalities") or ())


def check_spoken(body: Body) -> None:
    """Refuse what OpenAI would.

    Raises:
        ProviderRefusal: names the field.
    """
    audio = body.get("audio")
    if not isinstance(audio, dict):
        raise ProviderRefusal("Missing required parameter: 'audio'.", param="audio")
    for name in audio:
        if name not in ("voice", "format"):
            raise ProviderRefusal(f"Unknown parameter: 'audio.{name}'.", param=f"audio.{name}")
    if audio.get("voice") not in _VOICES:
        raise ProviderRefusal("Invalid value for 'audio.voice'.", param="audio.voice")
    if audio.get("format") not in _FORMATS:
        raise ProviderRefusal("Invalid value for 'audio.format'.", param="audio.format")
    if body.get("stream") and audio["format"] != "pcm16":
        raise ProviderRefusal(
            "audio.format must be 'pcm16' when stream=true.",
            code="unsupported_value",
            param="audio.format",
        )


def audio_deltas(saying: Saying) -> Iterator[Delta]:
    """What is said, word by word, and its sound."""
    audio_id = f"audio_{saying.digest[:24]}"
    yield {"audio": {"id": audio_id, "transcript": ""}}, 0
    for token in saying.composition.text_tokens():
        yield {"audio": {"id": audio_id, "transcript": token}}, 1
    for word in speak(saying.composition.text or "nothing", OPENAI_PCM.rate):
        yield {"audio": {"id": audio_id, "data": base64.b64encode(word).decode()}}, 1
    yield {"audio": {"id": audio_id, "expires_at": saying.created + _KEPT_SECONDS}}, 0


def whole_audio(saying: Saying) -> dict[str, Any]:
    """The sound in one piece, in the format asked for."""
    wanted = saying.body["audio"]["format"]
    form = SoundFormat.PCM if wanted == "pcm16" else SoundFormat(wanted)
    writer = encoder(form, OPENAI_PCM)
    samples = b"".join(speak(saying.composition.text or "nothing", OPENAI_PCM.rate))
    sound = writer.feed(samples) + writer.finish()
    return {
        "id": f"audio_{saying.digest[:24]}",
        "data": base64.b64encode(sound).decode(),
        "expires_at": saying.created + _KEPT_SECONDS,
        "transcript": saying.composition.text,
    }


def audio_tokens(saying: Saying) -> int:
    """The tokens of a spoken reply."""
    size = sum(map(len, speak(saying.composition.text or "nothing", OPENAI_PCM.rate)))
    return max(1, size * _TOKENS_PER_SECOND // OPENAI_PCM.bytes_per_second)
