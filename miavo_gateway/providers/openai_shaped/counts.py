"""Counts in OpenAI's arithmetic, where cached tokens are a subset of the prompt's."""

from __future__ import annotations

from msgspec import Struct

from miavo_gateway.usage import UsageBuckets

__all__ = ["WireUsage", "buckets"]


class PromptDetails(Struct):
    """Subsets of `prompt_tokens`."""

    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    audio_tokens: int | None = None


class OutputDetails(Struct):
    """Subsets of `completion_tokens`."""

    reasoning_tokens: int | None = None
    audio_tokens: int | None = None


class WireUsage(Struct):
    """`usage`, as far as it is read."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: PromptDetails | None = None
    completion_tokens_details: OutputDetails | None = None
    cached_tokens: int | None = None
    """Moonshot's place for it; its newer replies have both."""
    prompt_cache_hit_tokens: int | None = None
    """DeepSeek's name for it."""

    @property
    def empty(self) -> bool:
        """Whether it counts nothing, as what MiniMax sends before it has counted."""
        return not self.prompt_tokens and not self.completion_tokens


def buckets(usage: WireUsage) -> UsageBuckets:
    """The counts as disjoint buckets; what is missing or negative counts as none."""
    prompt = max(0, usage.prompt_tokens or 0)
    output = max(0, usage.completion_tokens or 0)
    details, parts = usage.prompt_tokens_details, usage.completion_tokens_details
    hit = details.cached_tokens if details is not None else None
    cached = hit or usage.cached_tokens or usage.prompt_cache_hit_tokens or 0
    cached = min(prompt, max(0, cached))
    written = (details.cache_write_tokens or 0) if details is not None else 0
    written = min(prompt - cached, max(0, written))
    heard = (details.audio_tokens or 0) if details is not None else 0
    heard = min(prompt - cached - written, max(0, heard))
    spoken = (parts.audio_tokens or 0) if parts is not None else 0
    spoken = min(output, max(0, spoken))
    output -= spoken
    reasoning = (parts.reasoning_tokens or 0) if parts is not None else 0
    return UsageBuckets(
        uncached_input=prompt - cached - written - heard,
        cache_read=cached,
        cache_write=written,
        output=output,
        reasoning=min(output, max(0, reasoning)),
        audio_input=heard,
        audio_output=spoken,
    )
