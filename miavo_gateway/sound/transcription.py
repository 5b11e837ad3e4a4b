"""What hears, and what it heard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from miavo_gateway.errors import MiavoError
from miavo_gateway.usage import UsageBuckets

__all__ = ["Heard", "Segment", "Transcript", "TranscriptionEngine", "Word"]


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording to be written down."""

    content: bytes
    """The file as it came."""
    name: str
    """Its name, whose ending tells its format."""
    language: str | None = None
    """ISO 639-1; None to let the model find out."""
    prompt: str | None = None
    """What may help with names and style."""
    temperature: float | None = None
    timed: bool = False
    """Whether the times of its parts are wanted."""
    words: bool = False
    """Whether the times of its words are."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word and when it was said, in seconds."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of speech and when it was said, in seconds."""

    text: str
    start: float
    end: float
    figures: Mapping[str, Any] = field(default_factory=dict)
    """What Whisper says of how it heard it: `avg_logprob`, `no_speech_prob` and more."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard."""

    text: str
    seconds: float
    """How long the recording sounds."""
    language: str | None = None
    segments: tuple[Segment, ...] = ()
    """Empty where the model tells no times."""
    words: tuple[Word, ...] = ()
    usage: UsageBuckets = field(default_factory=UsageBuckets)
    """Tokens, where the provider counts any."""
    simulated: bool = False


class TranscriptionEngine(Protocol):
    """Hears for one model."""

    @property
    def obstacle(self) -> MiavoError | None:
        """Why it cannot hear now; None if it can. Cheap: asked on each request."""
        ...

    async def transcribe(self, heard: Heard) -> Transcript:
        """Write it down.

        Raises:
            InvalidRequest: it is no recording, or the engine cannot do what is asked.
            UpstreamError: the engine failed.
        """
        ...

    async def close(self) -> None:
        """Free what is loaded."""
        ...
