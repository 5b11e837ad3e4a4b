"""OpenAI's `POST /audio/transcriptions` (the `openai` package 3.54, `types/audio`)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from miavo_gateway.catalogue import Model
from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.adapter import Access
from miavo_gateway.providers.exchange import Garbled, ProviderError, WireRequest
from miavo_gateway.providers.openai_shaped.errors import read_error
from miavo_gateway.providers.speech.adapter import TranscriptRead
from miavo_gateway.providers.speech.openai import OPENAI_BASE
from miavo_gateway.sound.transcription import Heard, Segment, Transcript, Word
from miavo_gateway.usage import UsageBuckets

__all__ = ["OpenAITranscription"]

_ENDINGS = frozenset({"flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "ogg", "wav", "webm"})
_STARTS = {
    b"RIFF": "wav",
    b"fLaC": "flac",
    b"OggS": "ogg",
    b"\x1a\x45\xdf\xa3": "webm",
    b"ID3": "mp3",
    b"\xff\xfb": "mp3",
    b"\xff\xf3": "mp3",
    b"\xff\xf2": "mp3",
}
"""How files begin that come without such an ending."""
_UNSAFE = re.compile(r'[\r\n"\\]')


class _Details(msgspec.Struct):
    text_tokens: int = 0
    audio_tokens: int = 0


class _Usage(msgspec.Struct):
    type: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0
    input_token_details: _Details | None = None


class _Word(msgspec.Struct):
    start: float = 0
    end: float = 0
    word: str = ""


class _Segment(msgspec.Struct):
    start: float = 0
    end: float = 0
    text: str = ""
    seek: int = 0
    tokens: list[int] = []
    temperature: float = 0
    avg_logprob: float = 0
    compression_ratio: float = 1
    no_speech_prob: float = 0


_FIGURES = (
    "seek",
    "tokens",
    "temperature",
    "avg_logprob",
    "compression_ratio",
    "no_speech_prob",
)


class _Reply(msgspec.Struct):
    text: str
    language: str | None = None
    duration: float = 0
    segments: list[_Segment] | None = None
    words: list[_Word] | None = None
    usage: _Usage | None = None
    error: Any = None


@dataclass(frozen=True, slots=True)
class OpenAITranscription:
    """It is a `TranscriptionAdapter`."""

    provider: str = "openai"

    def request(self, heard: Heard, model: Model, access: Access) -> WireRequest:
        """A form, as OpenAI wants one; `verbose_json` where times are wanted."""
        timed = heard.timed or heard.words
        if timed and not model.upstream.startswith("whisper"):
            raise InvalidRequest(
                f"'response_format': '{model.slug}' tells no times: ask for json or text.",
                param="response_format",
            )
        fields: list[tuple[str, str]] = [
            ("model", model.upstream),
            ("response_format", "verbose_json" if timed else "json"),
        ]
        if heard.language:
            fields.append(("language", heard.language))
        if heard.prompt:
            fields.append(("prompt", heard.prompt))
        if heard.temperature is not None:
            fields.append(("temperature", f"{heard.temperature:g}"))
        if heard.words:
            # Segments come with each: the caller may want both.
            fields += [(f"{_GRANULARITIES}[]", each) for each in ("word", "segment")]
        boundary = "miavo-" + secrets.token_hex(16)
        return WireRequest(
            method="POST",
            url=f"{access.base_url or OPENAI_BASE}/audio/transcriptions",
            headers={
                **access.bearer,
                "content-type": f"multipart/form-data; boundary={boundary}",
            },
            body=_form(boundary, fields, heard),
        )

    def reply(self, body: bytes, heard: Heard) -> TranscriptRead:
        """The transcript."""
        del heard
        try:
            reply = msgspec.json.decode(body, type=_Reply)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            return Garbled("the transcript is not what OpenAI's format says")
        if reply.error:
            return read_error(body)
        return Transcript(
            text=reply.text,
            seconds=reply.duration or (reply.usage.seconds if reply.usage else 0),
            language=reply.language,
            segments=tuple(
                Segment(
                    each.text.strip(),
                    each.start,
                    each.end,
                    {name: getattr(each, name) for name in _FIGURES},
                )
                for each in reply.segments or ()
            ),
            words=tuple(Word(each.word, each.start, each.end) for each in reply.words or ()),
            usage=_buckets(reply.usage),
        )

    def error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """OpenAI's error."""
        del headers
        return read_error(body, status)


_GRANULARITIES = "timestamp_granularities"


def _buckets(usage: _Usage | None) -> UsageBuckets:
    if usage is None or usage.type != "tokens":
        return UsageBuckets()
    details = usage.input_token_details or _Details(audio_tokens=usage.input_tokens)
    return UsageBuckets(
        uncached_input=max(0, details.text_tokens),
        audio_input=max(0, details.audio_tokens),
        output=max(0, usage.output_tokens),
    )


def _form(boundary: str, fields: Iterable[tuple[str, str]], heard: Heard) -> bytes:
    """A form with its file (RFC 7578)."""
    line = f"--{boundary}\r\n".encode()
    parts = [
        line + f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields
    ]
    name = _UNSAFE.sub("_", _named(heard))
    head = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n'
    kind = "Content-Type: application/octet-stream\r\n\r\n"
    file = line + (head + kind).encode() + heard.content + b"\r\n"
    return b"".join([*parts, file, f"--{boundary}--\r\n".encode()])


def _named(heard: Heard) -> str:
    """The file's name, with the ending by which OpenAI tells formats apart, if it has another."""
    if heard.name.rpartition(".")[2].lower() in _ENDINGS:
        return heard.name
    if heard.content[4:8] == b"ftyp":
        return f"{heard.name}.mp4"
    for start, ending in _STARTS.items():
        if heard.content.startswith(start):
            return f"{heard.name}.{ending}"
    return heard.name
