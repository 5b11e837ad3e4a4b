"""What answers a chat request, event by event, whoever answers: an engine here or a provider."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from miavo_gateway.schema.chunk import ChunkChoice
from miavo_gateway.usage import UsageBuckets

__all__ = ["ChatEvent", "ChatEvents", "Counted", "Loading", "Piece"]


@dataclass(frozen=True, slots=True)
class Loading:
    """The engine is getting ready; nothing has been generated yet."""

    what: str
    """What is being loaded, for a person: `local-smollm2-135m`."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Something generated: what one chunk adds to one choice."""

    choice: ChunkChoice
    tokens: int = 0
    """Output tokens in this piece as far as is known, so that a reply cut short is billed for
    what was delivered."""
    raw: bytes | None = None
    """The event as the provider sent it, where that is OpenAI's format already: it is passed on
    without being written anew. Empty for a piece that came in the same event as the one before."""


@dataclass(frozen=True, slots=True)
class Counted:
    """All that the reply has used so far; each replaces what was counted or guessed before it."""

    usage: UsageBuckets
    raw: bytes | None = None
    """As in `Piece`."""


ChatEvent: TypeAlias = Loading | Piece | Counted
ChatEvents: TypeAlias = Sequence[ChatEvent]
"""What became known at one moment: it is counted, covered and sent on together."""
