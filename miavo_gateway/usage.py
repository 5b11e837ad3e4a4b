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
    audio_input: int = 0
    """Prompt tokens of sound; none of them are among those above."""
    audio_output: int = 0
    """Tokens of sound generated; none of them are in `output`."""
    characters: int = 0
    """Characters of text that were spoken or set to music."""
    images: int = 0
    """Images made."""
    milliseconds: int = 0
    """Of video rendered, or of sound made or heard."""

    @property
    def prompt(self) -> int:
        """Prompt tokens in OpenAI's sense: cached ones and those of sound are subsets."""
        return self.uncached_input + self.cache_read + self.cache_write + self.audio_input

    @property
    def completion(self) -> int:
        """Generated tokens in OpenAI's sense: those of sound are a subset."""
        return self.output + self.audio_output

    @property
    def total(self) -> int:
        """Prompt and output tokens together."""
        return self.prompt + self.completion
