"""MiniMax's `t2a_v2` and `music_generation`; errors within an answer of status 200."""

from __future__ import annotations

import re
from typing import Any

import orjson

from miavo_gateway.sandbox.directions import read_directions, without_directions
from miavo_gateway.sandbox.openai_shaped.refusal import ProviderRefusal
from miavo_gateway.sandbox.openai_shaped.simulator import json_body
from miavo_gateway.sandbox.openai_shaped.writing import json_answer
from miavo_gateway.sandbox.simulator import Part, Received, Simulated
from miavo_gateway.sandbox.sound.fields import allow, chosen, number, text
from miavo_gateway.sandbox.sound.tones import sing, speak

__all__ = ["answer_music", "answer_speech"]

_MODELS = "speech-02-hd speech-2.5-turbo-preview speech-2.6-hd"
_RATES = (8_000, 16_000, 22_050, 24_000, 32_000, 44_100)
_SONG_RATES = (16_000, 24_000, 32_000, 44_100)
_FINE = {"status_code": 0, "status_msg": "success"}
_SENSITIVE = 1_026
_VOICE = re.compile(r"(?!nobody)[A-Za-z][\w\-() ]{7,}")
"""Its own voices and a customer's; a name that begins with `nobody` is nobody's."""


def answer_speech(received: Received) -> Simulated:
    """The samples of a text, whole or as a stream, in hexadecimal digits."""
    body = json_body(received)
    allow(
        body,
        "model text stream stream_options language_boost output_format voice_setting "
        "audio_setting pronunciation_dict timbre_weights voice_modify subtitle_enable "
        "aigc_watermark",
    )
    if body.get("model") not in _MODELS.split():
        return _fault(2_013, f"invalid params, model {body.get('model')} does not exist")
    said = text(body, "text", 9_999)
    voice = _object(body, "voice_setting")
    allow(voice, "voice_id speed vol pitch emotion text_normalization latex_read", "voice_setting.")
    if not _VOICE.fullmatch(text(voice, "voice_id", 100)):
        return _fault(20_132, "invalid params, voice_id is wrong")
    speed = number(voice, "speed", 0.5, 2, 1)
    audio = _object(body, "audio_setting")
    allow(audio, "sample_rate bitrate format channel force_cbr", "audio_setting.")
    rate = audio.get("sample_rate", 32_000)
    if rate not in _RATES or audio.get("format", "mp3") != "pcm" or audio.get("channel", 1) != 1:
        # The sandbox speaks samples of one channel alone; the provider has more.
        return _fault(2_013, "invalid params, the sandbox has pcm of one channel alone")
    chosen(body, "output_format", "hex url", "hex")
    if read_directions(said).refuse:
        return _fault(_SENSITIVE, "input new_sensitive")
    words = speak(without_directions(said) or "nothing", rate, speed)
    size = sum(map(len, words))
    extra = {
        "audio_length": size * 1_000 // (2 * rate),
        "audio_sample_rate": rate,
        "audio_size": size,
        "usage_characters": len(said),
        "audio_format": "pcm",
        "audio_channel": 1,
    }
    whole = b"".join(words).hex()
    if not body.get("stream"):
        return json_answer(
            {"data": {"audio": whole, "status": 2}, "extra_info": extra, "base_resp": _FINE}
        )
    events: list[dict[str, Any]] = [
        {"data": {"audio": word.hex(), "status": 1}, "trace_id": "sandbox", "base_resp": _FINE}
        for word in words
    ]
    repeats = not (body.get("stream_options") or {}).get("exclude_aggregated_audio")
    events.append(
        {
            "data": {"audio": whole if repeats else "", "status": 2},
            "extra_info": extra,
            "trace_id": "sandbox",
            "base_resp": _FINE,
        }
    )
    parts = tuple(Part(b"data: " + orjson.dumps(event) + b"\n\n", tokens=2) for event in events)
    return Simulated(200, {"content-type": "text/event-stream"}, parts)


def answer_music(received: Received) -> Simulated:
    """A song, as MP3 in hexadecimal digits."""
    body = json_body(received)
    allow(body, "model prompt lyrics output_format stream audio_setting aigc_watermark")
    if body.get("model") != "music-1.5":
        return _fault(2_013, f"invalid params, model {body.get('model')} does not exist")
    prompt, lyrics = text(body, "prompt", 300), text(body, "lyrics", 3_000)
    if len(prompt) < 10 or len(lyrics) < 10:
        return _fault(2_013, "invalid params, prompt and lyrics need 10 characters at least")
    audio = _object(body, "audio_setting")
    allow(audio, "sample_rate bitrate format", "audio_setting.")
    if audio.get("sample_rate", 44_100) not in _SONG_RATES or audio.get("format", "mp3") != "mp3":
        return _fault(2_013, "invalid params, the sandbox has mp3 alone")
    if read_directions(lyrics).refuse:
        return _fault(_SENSITIVE, "input new_sensitive")
    song = sing(without_directions(lyrics))
    return json_answer(
        {
            "data": {"status": 2, "audio": song.hex()},
            "trace_id": "sandbox",
            "extra_info": {
                "music_sample_rate": 44_100,
                "music_channel": 1,
                "music_size": len(song),
            },
            "base_resp": _FINE,
        },
        tokens=20,
    )


def _object(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name, {})
    if not isinstance(value, dict):
        raise ProviderRefusal(f"'{name}' must be an object.", param=name)
    return value


def _fault(code: int, message: str) -> Simulated:
    return json_answer({"base_resp": {"status_code": code, "status_msg": message}})
