"""Counts in OpenAI's arithmetic, where cached tokens are a subset of the prompt's."""

from __future__ import annotations

from msgspec import Struct

from miavo_gateway.usage import UsageBuckets

__all__ = ["WireUsage", "buckets"]


class PromptDetails(Struct):
    """A subset of `prompt_tokens`."""

    cached_tokens: int | None = None


class OutputDetails(Struct):
    """A subset of `completion_tokens`."""

    reasoning_tokens: int | None = None


class WireUsage(Struct):
    """`usage`, as far as it is read."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: PromptDetails | None = None
    completion_tokens_details: OutputDetails | None = None


def buckets(usage: WireUsage) -> UsageBuckets:
    """The counts as disjoint buckets; what is missing or negative counts as none."""
    prompt = max(0, usage.prompt_tokens or 0)
    details, output = usage.prompt_tokens_details, usage.completion_tokens_details
    cached = min(prompt, max(0, (details.cached_tokens or 0) if details else 0))
    return UsageBuckets(
        uncached_input=prompt - cached,
        cache_read=cached,
        output=max(0, usage.completion_tokens or 0),
        reasoning=max(0, (output.reasoning_tokens or 0) if output else 0),
    )
