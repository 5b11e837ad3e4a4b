"""What is known of a reply while it is being made."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import cast

from miavo_gateway.chat_events import Answering, ChatEvents, Counted, Piece
from miavo_gateway.usage import UsageBuckets

__all__ = ["Tally"]


@dataclass(slots=True)
class Tally:
    """Counts that are right at any moment the reply may be cut."""

    first_token: float | None = None
    """`time.monotonic()` of the first token."""
    finish_reason: str | None = None
    open_choices: set[int] = field(default_factory=set)
    """Choices that have begun and not ended."""
    seen: bool = False
    usage_event: bytes | None = None
    """The provider's own event with the counts."""
    answered_by: str | None = None
    """The slug of the model that stands in for the one asked for."""
    simulated: bool = False
    """Whether the sandbox answers."""
    output: int = 0
    """Output tokens so far, as counted or as guessed."""
    _counted: UsageBuckets = field(default_factory=UsageBuckets)

    @property
    def usage(self) -> UsageBuckets:
        """All counts so far."""
        if self._counted.output == self.output:
            return self._counted
        return replace(self._counted, output=self.output)

    @property
    def ended(self) -> bool:
        """Whether every choice that began has its finish reason."""
        return self.seen and not self.open_choices

    async def watch(self, events: AsyncIterator[ChatEvents]) -> AsyncGenerator[ChatEvents, None]:
        """The same events, counted as they pass."""
        async with aclosing(cast("AsyncGenerator[ChatEvents, None]", events)) as source:
            async for batch in source:
                for event in batch:
                    if isinstance(event, Piece):
                        self._count(event)
                    elif isinstance(event, Counted):
                        self._counted = event.usage
                        self.output = event.usage.output
                        self.usage_event = event.raw
                    elif isinstance(event, Answering):
                        self.answered_by = event.slug or self.answered_by
                        self.simulated = self.simulated or event.simulated
                yield batch

    def _count(self, piece: Piece) -> None:
        choice = piece.choice
        self.seen = True
        if piece.tokens:
            self.first_token = self.first_token or time.monotonic()
            self.output += piece.tokens
        if choice.finish_reason is None:
            self.open_choices.add(choice.index)
        else:
            self.open_choices.discard(choice.index)
            self.finish_reason = self.finish_reason or choice.finish_reason
