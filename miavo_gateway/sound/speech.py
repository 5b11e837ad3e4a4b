"""What speaks, and what it says of itself while it does: engines of this machine and providers."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from miavo_gateway.errors import MiavoError
from miavo_gateway.sound.formats import Pcm
from miavo_gateway.usage import UsageBuckets

__all__ = ["Asked", "Began", "Samples", "SpeechEngine", "SpeechEvent", "Used"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A text to be spoken, or set to music."""

    text: str
    voice: str | None = None
    """By OpenAI's name or the engine's own; None for its usual one."""
    speed: float = 1.0
    """1 is the voice's own."""
    instructions: str | None = None
    """How to say it, where the model can be told."""


@dataclass(frozen=True, slots=True)
class Began:
    """The first event: what the samples are."""

    pcm: Pcm
    simulated: bool = False
    """Whether the sandbox speaks in place of the provider."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Sound, as it is made."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Used:
    """Tokens, as the provider counts them; characters and seconds are counted by others."""

    usage: UsageBuckets


SpeechEvent: TypeAlias = Began | Samples | Used


class SpeechEngine(Protocol):
    """Speaks for one model. Closing what `speak` gives stops it."""

    @property
    def obstacle(self) -> MiavoError | None:
        """Why it cannot speak now; None if it can. Cheap: asked on each request."""
        ...

    def speak(self, asked: Asked) -> AsyncGenerator[SpeechEvent, None]:
        """Say it.

        Raises:
            InvalidRequest: the engine cannot do what is asked; before the first event.
            UpstreamError: it failed.
        """
        ...

    async def close(self) -> None:
        """Free what is loaded."""
        ...
