"""Google's speech and music: Gemini's, Cloud Text-to-Speech's, and Lyria's interactions."""

from __future__ import annotations

import base64
import re
from typing import Any, Final, Literal
from urllib.parse import unquote

import orjson

from miavo_gateway.sandbox.directions import read_directions, without_directions
from miavo_gateway.sandbox.gemini.refusals import GoogleRefusal
from miavo_gateway.sandbox.simulator import Part, Received, Simulated
from miavo_gateway.sandbox.sound.tones import sing, speak
from miavo_gateway.sound.encoder import encoder
from miavo_gateway.sound.formats import OPENAI_PCM, SoundFormat

__all__ = ["google_sound"]

Api = Literal["google", "vertex"]

_JSON: Final = "application/json; charset=UTF-8"
_SPEAK: Final = re.compile(
    r"/v1(?:beta)?/models/(?P<model>[^/:]*-tts[^/:]*):(?P<method>generateContent|streamGenerateContent)"
)
_SYNTHESIZE: Final = "/v1/text:synthesize"
_INTERACTIONS: Final = re.compile(r"/v1beta1/(?:projects/[^/]+/locations/global/)?interactions")
_MODELS: Final = frozenset({"gemini-3.1-flash-tts-preview", "gemini-2.5-flash-preview-tts"})
_VOICE: Final = re.compile(r"[A-Z][a-z]+")
_CHIRP: Final = re.compile(r"(?P<locale>[a-z]{2,3}-[A-Z]{2})-Chirp3-HD-[A-Z][a-z]+")
_MOST_BYTES: Final = 5_000


def google_sound(received: Received, api: Api) -> Simulated | None:
    """The answer to a request about sound; None to any other."""
    path = unquote(received.path)
    if received.method != "POST":
        return None
    if api == "google" and (found := _SPEAK.fullmatch(path)):
        streamed = found["method"] != "generateContent"
        if streamed and received.query.get("alt") != "sse":
            raise GoogleRefusal("The sandbox streams with alt=sse alone.")
        return _spoken(_body(received), found["model"], streamed=streamed)
    if api == "vertex" and path == _SYNTHESIZE:
        return _synthesized(_body(received))
    if api == "vertex" and _INTERACTIONS.fullmatch(path):
        return _composed(_body(received))
    return None


def _spoken(body: dict[str, Any], model: str, *, streamed: bool) -> Simulated:
    if model not in _MODELS:
        raise GoogleRefusal(f"models/{model} is not found for API version v1beta.", status=404)
    _allow(body, "contents generationConfig safetySettings")
    config = body.get("generationConfig") or {}
    _allow(config, "responseModalities speechConfig temperature seed topP", "generation_config.")
    if config.get("responseModalities") != ["AUDIO"]:
        raise GoogleRefusal("The requested combination of response modalities is not supported.")
    voice = (
        ((config.get("speechConfig") or {}).get("voiceConfig") or {}).get("prebuiltVoiceConfig")
        or {}
    ).get("voiceName")
    if not isinstance(voice, str) or not _VOICE.fullmatch(voice):
        raise GoogleRefusal(f"Voice name {voice} is not supported.")
    said = " ".join(
        str(part.get("text", ""))
        for content in body.get("contents") or ()
        for part in content.get("parts") or ()
    ).strip()
    if not said:
        raise GoogleRefusal("* GenerateContentRequest.contents: contents is not specified")
    counts = {"promptTokenCount": len(said) // 4 + 1, "totalTokenCount": len(said) // 4 + 1}
    if read_directions(said).refuse:
        candidate = {"finishReason": "SAFETY", "index": 0}
        refusal = {"candidates": [candidate], "usageMetadata": counts, "modelVersion": model}
        return _events([refusal]) if streamed else _json(refusal)
    words = speak(without_directions(said) or "nothing", OPENAI_PCM.rate)
    heard = max(1, sum(map(len, words)) * 25 // OPENAI_PCM.bytes_per_second)
    total = counts["promptTokenCount"] + heard
    counts |= {"candidatesTokenCount": heard, "totalTokenCount": total}
    pieces = words if streamed else [b"".join(words)]
    answers: list[dict[str, Any]] = [
        {"candidates": [_candidate(piece)], "modelVersion": model} for piece in pieces
    ]
    answers[-1]["candidates"][0]["finishReason"] = "STOP"
    answers[-1]["usageMetadata"] = counts
    return _events(answers) if streamed else _json(answers[0], heard)


def _candidate(sound: bytes) -> dict[str, Any]:
    blob = {
        "mimeType": f"audio/L16;codec=pcm;rate={OPENAI_PCM.rate}",
        "data": base64.b64encode(sound).decode(),
    }
    return {"content": {"parts": [{"inlineData": blob}], "role": "model"}, "index": 0}


def _events(answers: list[dict[str, Any]]) -> Simulated:
    parts = tuple(
        Part(b"data: " + orjson.dumps(answer) + b"\r\n\r\n", tokens=10) for answer in answers
    )
    return Simulated(200, {"content-type": "text/event-stream"}, parts)


def _synthesized(body: dict[str, Any]) -> Simulated:
    _allow(body, "input voice audioConfig")
    given = body.get("input") or {}
    _allow(given, "text markup ssml customPronunciations", "input.")
    said = given.get("text")
    if not isinstance(said, str) or not said.strip():
        raise GoogleRefusal("Request contains an invalid argument: input is empty.")
    if len(said.encode()) > _MOST_BYTES:
        raise GoogleRefusal(
            "Either `input.text` or `input.ssml` is longer than the limit of 5000 bytes."
        )
    voice = body.get("voice") or {}
    _allow(voice, "languageCode name ssmlGender voiceClone", "voice.")
    found = _CHIRP.fullmatch(str(voice.get("name")))
    if found is None or voice.get("languageCode") != found["locale"]:
        raise GoogleRefusal(f"Voice '{voice.get('name')}' does not exist. Is it misspelled?")
    audio = body.get("audioConfig") or {}
    _allow(audio, "audioEncoding speakingRate sampleRateHertz volumeGainDb", "audio_config.")
    if audio.get("audioEncoding") != "LINEAR16":
        raise GoogleRefusal("The sandbox has LINEAR16 alone.")
    pace = audio.get("speakingRate", 1)
    if isinstance(pace, bool) or not isinstance(pace, int | float) or not 0.25 <= pace <= 2:
        raise GoogleRefusal("Invalid speaking_rate. Value must be in the range [0.25, 2.0].")
    if read_directions(said).refuse:
        raise GoogleRefusal("This text cannot be spoken.")
    writer = encoder(SoundFormat.WAV, OPENAI_PCM)
    words = speak(without_directions(said) or "nothing", OPENAI_PCM.rate, pace)
    sound = writer.feed(b"".join(words)) + writer.finish()
    return _json({"audioContent": base64.b64encode(sound).decode()}, 20)


def _composed(body: dict[str, Any]) -> Simulated:
    # It refuses any wish for a format, as Lyria does.
    _allow(body, "model input")
    if body.get("model") != "lyria-3-pro-preview":
        raise GoogleRefusal(f"Model {body.get('model')} was not found.", status=404)
    said = body.get("input")
    if not isinstance(said, str) or not said.strip():
        raise GoogleRefusal("input: is empty.")
    content: list[dict[str, Any]] = [{"type": "text", "text": "[Simulated song]"}]
    if not read_directions(said).refuse:
        song = base64.b64encode(sing(without_directions(said) or "la la la")).decode()
        content.append({"type": "audio", "data": song, "mime_type": "audio/mpeg"})
    step = {"type": "model_output", "content": content}
    return _json({"id": "sandbox", "status": "completed", "steps": [step]}, 20)


def _body(received: Received) -> dict[str, Any]:
    try:
        body = orjson.loads(received.body)
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        raise GoogleRefusal("Invalid JSON payload received. Unexpected token.")
    return body


def _allow(body: Any, names: str, at: str = "") -> None:
    if not isinstance(body, dict):
        raise GoogleRefusal(f"Invalid value at '{at.rstrip('.')}'.")
    for name in body:
        if name not in names.split():
            raise GoogleRefusal(
                f'Invalid JSON payload received. Unknown name "{at}{name}": Cannot find field.'
            )


def _json(body: dict[str, Any], tokens: int = 0) -> Simulated:
    return Simulated(200, {"content-type": _JSON}, (Part(orjson.dumps(body), tokens),))
