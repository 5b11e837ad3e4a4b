"""What a request used, counted in buckets that do not overlap."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["UsageBuckets"]


@dataclass(frozen=True, slots=True)
class UsageBuckets:
    """Counts that are disjoint, so one formula prices every kind of model.

    Reasoning tokens are billed as output everywhere, so they are told apart (`reasoning`) but
    counted inside `output`.
    """

    uncached_input: int = 0
    """Prompt tokens read afresh."""
    cache_read: int = 0
    """Prompt tokens served from the provider's or the engine's cache."""
    cache_write: int = 0
    """Prompt tokens written to such a cache."""
    output: int = 0
    """Tokens generated, reasoning included."""
    reasoning: int = 0
    """The part of `output` that was reasoning."""

    @property
    def prompt(self) -> int:
        """Prompt tokens in OpenAI's sense: cached ones are a subset."""
        return self.uncached_input + self.cache_read + self.cache_write

    @property
    def total(self) -> int:
        """Prompt and output tokens together."""
        return self.prompt + self.output
