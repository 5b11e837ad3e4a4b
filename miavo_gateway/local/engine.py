"""The one shape of an engine that answers chat requests on this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Literal, Protocol

from miavo_gateway.chat_events import ChatEvents
from miavo_gateway.schema.chat import ChatCompletionRequest

__all__ = ["ChatEngine"]


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

    def stream(self, request: ChatCompletionRequest) -> AsyncIterator[ChatEvents]:
        """Generate the reply.

        Each choice's first piece carries the role, its last one the finish reason; a `Counted`
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
