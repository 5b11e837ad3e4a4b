"""OpenAI's `/audio/speech` and `/audio/transcriptions`."""

from __future__ import annotations

import base64
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

import orjson

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.sandbox.directions import read_directions, without_directions
from miavo_gateway.sandbox.openai_shaped.refusal import ProviderRefusal
from miavo_gateway.sandbox.openai_shaped.simulator import json_body
from miavo_gateway.sandbox.openai_shaped.writing import json_answer
from miavo_gateway.sandbox.simulator import Part, Received, Simulated
from miavo_gateway.sandbox.sound.fields import allow, chosen, number, text
from miavo_gateway.sandbox.sound.tones import speak
from miavo_gateway.sound.decoder import length_of
from miavo_gateway.sound.encoder import encoder
from miavo_gateway.sound.formats import OPENAI_PCM, SoundFormat

__all__ = ["answer_speech", "answer_transcription"]

_MODELS = "gpt-4o-mini-tts tts-1 tts-1-hd"
_VOICES = "alloy ash ballad cedar coral echo fable marin nova onyx sage shimmer verse"
_OLD_VOICES = "alloy ash coral echo fable nova onyx sage shimmer"
_FORMATS = "mp3 opus aac flac wav pcm"
_TRANSCRIBERS = ("gpt-4o-transcribe", "whisper-1")
_FIELDS = frozenset(
    {
        "model",
        "language",
        "prompt",
        "response_format",
        "temperature",
        "timestamp_granularities[]",
        "stream",
    }
)
_ENDINGS = frozenset({"flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "ogg", "wav", "webm"})
_WORD_SECONDS = 0.3
_TOKENS_A_SECOND = 20


def answer_speech(received: Received) -> Simulated:
    """The sound of a text, in the format asked for."""
    body = json_body(received)
    allow(body, "model input voice instructions response_format speed stream_format")
    model = body.get("model")
    if model not in _MODELS.split():
        raise ProviderRefusal(
            f"The model `{model}` does not exist or you do not have access to it.",
            status=404,
            code="model_not_found",
        )
    said = text(body, "input", 4_096)
    old = str(model).startswith("tts-1")
    chosen(body, "voice", _OLD_VOICES if old else _VOICES, "")
    if old and "instructions" in body:
        raise ProviderRefusal("'instructions' is not taken by this model.", param="instructions")
    events = chosen(body, "stream_format", "audio" if old else "audio sse", "audio") == "sse"
    wanted = SoundFormat(chosen(body, "response_format", _FORMATS, "mp3"))
    speed = number(body, "speed", 0.25, 4, 1)
    if read_directions(said).refuse:
        raise ProviderRefusal("This text cannot be spoken.", code="content_policy_violation")
    writer = encoder(wanted, OPENAI_PCM)
    words = speak(without_directions(said) or "nothing", OPENAI_PCM.rate, speed)
    pieces = [*map(writer.feed, words), writer.finish()]
    if events:
        sound = sum(map(len, words)) * _TOKENS_A_SECOND // OPENAI_PCM.bytes_per_second
        return _events(pieces, len(said) // 4 + 1, max(1, sound))
    parts = tuple(Part(piece, tokens=2) for piece in pieces if piece)
    return Simulated(200, {"content-type": wanted.content_type}, parts)


def _events(pieces: list[bytes], read: int, sound: int) -> Simulated:
    """The sound in events, the last of which tells the tokens."""
    events: list[dict[str, Any]] = [
        {"type": "speech.audio.delta", "audio": base64.b64encode(piece).decode()}
        for piece in pieces
        if piece
    ]
    usage = {"input_tokens": read, "output_tokens": sound, "total_tokens": read + sound}
    events.append({"type": "speech.audio.done", "usage": usage})
    parts = tuple(Part(b"data: " + orjson.dumps(event) + b"\n\n", tokens=2) for event in events)
    return Simulated(200, {"content-type": "text/event-stream"}, parts)


def answer_transcription(received: Received) -> Simulated:
    """A transcript that says what it is: nobody listens here."""
    fields, content = _form(received)
    for name in fields:
        if name not in _FIELDS:
            raise ProviderRefusal(f"Unknown parameter: '{name}'.", param=name)
    model = (fields.get("model") or [""])[0]
    if model not in _TRANSCRIBERS:
        raise ProviderRefusal(
            f"The model `{model}` does not exist or you do not have access to it.",
            status=404,
            code="model_not_found",
        )
    whisper = model == "whisper-1"
    form = (fields.get("response_format") or ["json"])[0]
    if form not in ("json", "verbose_json") or (form == "verbose_json" and not whisper):
        raise ProviderRefusal(
            f"response_format '{form}' is not compatible with model '{model}'.",
            param="response_format",
            code="unsupported_value",
        )
    try:
        seconds = length_of(content) / 1_000
    except InvalidRequest:
        raise ProviderRefusal(
            "Audio file might be corrupted or unsupported", param="file", code="invalid_value"
        ) from None
    said = f"Simulated transcript of a recording of {seconds:.1f} seconds."
    if form == "verbose_json":
        return json_answer(_verbose(said, seconds, fields))
    tokens = round(seconds * 10)
    usage: dict[str, Any] = {"type": "duration", "seconds": seconds}
    if not whisper:
        words = len(said.split())
        usage = {
            "type": "tokens",
            "input_tokens": tokens,
            "output_tokens": words,
            "total_tokens": tokens + words,
            "input_token_details": {"text_tokens": 0, "audio_tokens": tokens},
        }
    return json_answer({"text": said, "usage": usage})


def _verbose(said: str, seconds: float, fields: dict[str, list[str]]) -> dict[str, Any]:
    wanted = fields.get("timestamp_granularities[]") or ["segment"]
    answer: dict[str, Any] = {
        "task": "transcribe",
        "language": "english",
        "duration": seconds,
        "text": said,
        "usage": {"type": "duration", "seconds": seconds},
    }
    if "segment" in wanted:
        segment = {"id": 0, "seek": 0, "start": 0.0, "end": seconds, "text": f" {said}"}
        figures = {"temperature": 0.0, "avg_logprob": -0.25, "compression_ratio": 1.2}
        answer["segments"] = [
            {**segment, **figures, "tokens": [50364, 50414], "no_speech_prob": 0.01}
        ]
    if "word" in wanted:
        answer["words"] = [
            {
                "word": word.strip("."),
                "start": round(at * _WORD_SECONDS, 2),
                "end": round((at + 1) * _WORD_SECONDS, 2),
            }
            for at, word in enumerate(said.split())
        ]
    return answer


def _form(received: Received) -> tuple[dict[str, list[str]], bytes]:
    """The fields of a form, and its file (RFC 7578)."""
    kind = received.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        raise ProviderRefusal(f"Unsupported content type: '{kind}'.")
    head = f"Content-Type: {kind}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + received.body)
    fields: dict[str, list[str]] = {}
    content: bytes | None = None
    for part in message.iter_parts():
        name = str(part.get_param("name", "", header="content-disposition"))
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes), "a part is no form itself"
        if name == "file":
            if (part.get_filename() or "").rpartition(".")[2].lower() not in _ENDINGS:
                raise ProviderRefusal(
                    f"Unrecognized file format. Supported formats: {sorted(_ENDINGS)}",
                    param="file",
                )
            content = payload
        else:
            fields.setdefault(name, []).append(payload.decode())
    if content is None:
        raise ProviderRefusal("Missing required parameter: 'file'.", param="file")
    return fields, content
