"""What hears, and what it heard."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Protocol

from miavo_gateway.errors import MiavoError, UpstreamError
from miavo_gateway.usage import UsageBuckets

__all__ = ["Heard", "Segment", "Transcript", "TranscriptionEngine", "Word", "whole"]


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

    def hear(self, heard: Heard) -> AsyncGenerator[str | Transcript, None]:
        """Write it down: pieces of the text as they are heard, where they are, then the whole.

        The pieces put together are the whole's text. Closing it stops the work.

        Raises:
            InvalidRequest: it is no recording, or the engine cannot do what is asked.
            UpstreamError: the engine failed.
        """
        ...

    async def close(self) -> None:
        """Free what is loaded."""
        ...


async def whole(engine: TranscriptionEngine, heard: Heard) -> Transcript:
    """All that is said in a recording.

    Raises:
        UpstreamError: the engine failed, or ended without a word.
        InvalidRequest: as `TranscriptionEngine.hear`.
    """
    async with aclosing(engine.hear(heard)) as events:
        async for event in events:
            if isinstance(event, Transcript):
                return event
    raise UpstreamError("The transcript broke off before its end.")
