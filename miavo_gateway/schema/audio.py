"""Speech and transcription on the wire (the `openai` package 3.54, `types/audio`)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from miavo_gateway.schema.chat import Wire, voice_id
from miavo_gateway.sound.formats import SoundFormat

__all__ = [
    "SpeechRequest",
    "TranscriptSegment",
    "TranscriptWord",
    "TranscriptionForm",
    "TranscriptionText",
    "TranscriptionVerbose",
]

TranscriptForm = Literal["json", "text", "verbose_json", "srt", "vtt"]


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("there is nothing in it to say")
    return text


class SpeechRequest(Wire):
    """The body of `POST /v1/audio/speech`."""

    model: str = Field(min_length=1)
    input: Annotated[str, AfterValidator(_said)] = Field(min_length=1, max_length=10_000)
    """The text to speak, or for a model of music what to compose."""
    voice: Annotated[str | None, BeforeValidator(voice_id)] = Field(default=None, max_length=100)
    instructions: str | None = Field(default=None, max_length=4_096)
    response_format: SoundFormat = SoundFormat.MP3
    speed: float = Field(default=1.0, ge=0.25, le=4)
    stream_format: Literal["audio", "sse"] = "audio"


class TranscriptionForm(Wire):
    """The form of `POST /v1/audio/transcriptions`, as OpenAI's SDKs send it."""

    model: str = Field(min_length=1)
    file: bytes
    """The recording, with a name whose ending tells its format."""
    language: str | None = Field(default=None, max_length=20)
    prompt: str | None = Field(default=None, max_length=4_096)
    response_format: TranscriptForm = "json"
    temperature: float | None = Field(default=None, ge=0, le=1)
    timestamp_granularities: list[Literal["word", "segment"]] = Field(default_factory=list)
    stream: bool = False


class DurationUsage(BaseModel):
    """What a transcription used, by the clock."""

    type: Literal["duration"] = "duration"
    seconds: float


class TokenDetails(BaseModel):
    """What the tokens of a recording and its prompt were."""

    text_tokens: int
    audio_tokens: int


class TokenUsage(BaseModel):
    """What a transcription used, by the token, where the model's provider counts so."""

    type: Literal["tokens"] = "tokens"
    input_tokens: int
    output_tokens: int
    total_tokens: int
    input_token_details: TokenDetails


class TranscriptionText(BaseModel):
    """`json`: the text."""

    text: str
    usage: TokenUsage | DurationUsage


class TranscriptWord(BaseModel):
    """A word and its seconds."""

    word: str
    start: float
    end: float


class TranscriptSegment(BaseModel):
    """A stretch of speech and its seconds; Whisper's own figures where it heard it."""

    id: int
    seek: int = 0
    start: float
    end: float
    text: str
    tokens: list[int] = Field(default_factory=list)
    temperature: float = 0.0
    avg_logprob: float = 0.0
    compression_ratio: float = 1.0
    no_speech_prob: float = 0.0


class TranscriptionVerbose(BaseModel):
    """`verbose_json`: the text and its times."""

    task: Literal["transcribe"] = "transcribe"
    language: str
    duration: float
    text: str
    segments: list[TranscriptSegment] | None = None
    words: list[TranscriptWord] | None = None
    usage: DurationUsage
