"""A transcript in the forms that callers ask for."""

from __future__ import annotations

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.schema.audio import (
    DurationUsage,
    TokenDetails,
    TokenUsage,
    TranscriptionForm,
    TranscriptionText,
    TranscriptionVerbose,
    TranscriptSegment,
    TranscriptWord,
)
from miavo_gateway.sound.transcription import Transcript

__all__ = ["token_usage", "written"]

_JSON = "application/json"


def written(transcript: Transcript, form: TranscriptionForm) -> tuple[bytes, str]:
    """The body and its content type.

    Raises:
        InvalidRequest: times are asked for, and the model told none.
    """
    usage = DurationUsage(seconds=round(transcript.seconds, 3))
    match form.response_format:
        case "text":
            return f"{transcript.text}\n".encode(), "text/plain; charset=utf-8"
        case "json":
            text = TranscriptionText(text=transcript.text, usage=token_usage(transcript) or usage)
            return text.model_dump_json().encode(), _JSON
        case "verbose_json":
            verbose = _verbose(transcript, form, usage)
            return verbose.model_dump_json(exclude_none=True).encode(), _JSON
        case "srt":
            return _subtitles(transcript, form, ",").encode(), "text/plain; charset=utf-8"
        case "vtt":
            cues = _subtitles(transcript, form, ".")
            return f"WEBVTT\n\n{cues}".encode(), "text/vtt; charset=utf-8"


def token_usage(transcript: Transcript) -> TokenUsage | None:
    """The tokens that its provider counted; None where it counts none."""
    used = transcript.usage
    if not used.total:
        return None
    heard = used.uncached_input + used.audio_input
    return TokenUsage(
        input_tokens=heard,
        output_tokens=used.output,
        total_tokens=heard + used.output,
        input_token_details=TokenDetails(
            text_tokens=used.uncached_input, audio_tokens=used.audio_input
        ),
    )


def _verbose(
    transcript: Transcript, form: TranscriptionForm, usage: DurationUsage
) -> TranscriptionVerbose:
    wanted = form.timestamp_granularities or ["segment"]
    _need_times(transcript, form)
    return TranscriptionVerbose(
        language=transcript.language or form.language or "unknown",
        duration=round(transcript.seconds, 3),
        text=transcript.text,
        segments=[
            TranscriptSegment(
                **each.figures, id=number, start=each.start, end=each.end, text=each.text
            )
            for number, each in enumerate(transcript.segments)
        ]
        if "segment" in wanted
        else None,
        words=[
            TranscriptWord(word=each.text, start=each.start, end=each.end)
            for each in transcript.words
        ]
        if "word" in wanted
        else None,
        usage=usage,
    )


def _subtitles(transcript: Transcript, form: TranscriptionForm, point: str) -> str:
    """Cues with their times (SubRip, and W3C's WebVTT, which differ in the decimal point)."""
    _need_times(transcript, form)
    cues = []
    for number, each in enumerate(transcript.segments, start=1):
        head = f"{number}\n" if point == "," else ""
        span = f"{_clock(each.start, point)} --> {_clock(each.end, point)}"
        # An arrow within a text would end it.
        cues.append(f"{head}{span}\n{each.text.strip().replace('-->', '->')}\n")
    return "\n".join(cues)


def _need_times(transcript: Transcript, form: TranscriptionForm) -> None:
    if transcript.text and not transcript.segments:
        raise InvalidRequest(
            f"'response_format': '{form.model}' tells no times: ask for json or text.",
            param="response_format",
        )


def _clock(seconds: float, point: str) -> str:
    milliseconds = round(seconds * 1_000)
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{rest // 1_000:02d}{point}{rest % 1_000:03d}"
