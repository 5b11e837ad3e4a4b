"""The one shape of an engine that answers chat requests on this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from miavo_gateway.schema.chat import ChatCompletionRequest, ChunkChoice
from miavo_gateway.usage import UsageBuckets

__all__ = ["ChatEngine", "ChatEvent", "Counted", "Loading", "Piece"]


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
    """Output tokens in this piece as far as the engine knows, so that a reply cut short is
    billed for what was delivered."""
    raw: bytes | None = None
    """The event as the provider sent it, where that is OpenAI's format already: it is passed on
    without being written anew. Empty for a piece that came in the same event as the one before."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The final counts, once, after the last piece."""

    usage: UsageBuckets
    raw: bytes | None = None
    """As in `Piece`."""


ChatEvent: TypeAlias = Loading | Piece | Counted


class ChatEngine(Protocol):
    """Answers chat requests as a stream of events; a plain reply is the same stream, folded.

    Closing the stream (`aclose`, or cancelling its reader) stops the generation.
    """

    @property
    def state(self) -> Literal["unavailable", "cold", "loading", "ready"]:
        """How far the engine is from answering: `cold` loads on the first request."""
        ...

    @property
    def unavailable(self) -> str | None:
        """Why this engine cannot answer now and what would mend it; None if it can.

        Cheap: asked on each request and for each row of the catalogue.
        """
        ...

    def stream(self, request: ChatCompletionRequest) -> AsyncIterator[ChatEvent]:
        """Generate the reply.

        Each choice's first piece carries the role, its last one the finish reason; one `Counted`
        ends the stream.

        Raises:
            InvalidRequest: the request asks for what the engine cannot do; raised before the
                first piece.
            UpstreamError: the engine failed.
        """
        ...

    async def close(self) -> None:
        """Stop what is running and free what is loaded."""
        ...
