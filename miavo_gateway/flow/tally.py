"""What is known of a reply while it is being made."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

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
    covered: int = 0
    """Output tokens that the hold is known to pay for."""
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

    def count(self, events: ChatEvents) -> None:
        """Take what became known at one moment."""
        for event in events:
            if isinstance(event, Piece):
                self._add(event)
            elif isinstance(event, Counted):
                self._counted = event.usage
                self.output = event.usage.output
                self.usage_event = event.raw
            elif isinstance(event, Answering):
                self.answered_by = event.slug or self.answered_by
                self.covered = 0  # at other prices
                self.simulated = self.simulated or event.simulated

    def _add(self, piece: Piece) -> None:
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
