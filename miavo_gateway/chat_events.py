"""What answers a chat request, event by event, whoever answers: an engine here or a provider.

There is one for each token, so they are structs that are quick to make.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from msgspec import Struct

from miavo_gateway.schema.chunk import ChunkChoice
from miavo_gateway.sound.formats import Pcm
from miavo_gateway.usage import UsageBuckets

__all__ = ["Answering", "ChatEvent", "ChatEvents", "Counted", "Loading", "Piece", "Sounding"]


class Answering(Struct, frozen=True):
    """Who answers, where that is not who was asked; comes before the first piece."""

    slug: str | None = None
    """The model that stands in for the one that was asked for."""
    simulated: bool = False
    """Whether the sandbox answers in place of the provider."""


class Loading(Struct, frozen=True):
    """The engine is getting ready; nothing has been generated yet."""

    what: str
    """What is being loaded, for a person: `local-smollm2-135m`."""


class Piece(Struct, frozen=True):
    """Something generated: what a chunk adds to one choice, or a run of chunks with text alone."""

    choice: ChunkChoice
    tokens: int = 0
    """Output tokens in this piece as far as is known, so that a reply cut short is billed for
    what was delivered."""
    raw: bytes | None = None
    """The events as the provider sent them, where that is OpenAI's format already: they are passed
    on without being written anew. Empty for a piece that came in the same event as the one
    before."""


class Counted(Struct, frozen=True):
    """All that the reply has used so far; each replaces what was counted or guessed before it."""

    usage: UsageBuckets
    raw: bytes | None = None
    """As in `Piece`."""


class Sounding(Struct, frozen=True):
    """What the samples of a plain reply are, where they are not `OPENAI_PCM`; before the first."""

    pcm: Pcm


ChatEvent: TypeAlias = Answering | Loading | Piece | Counted | Sounding
ChatEvents: TypeAlias = Sequence[ChatEvent]
"""What became known at one moment: it is counted, covered and sent on together."""
