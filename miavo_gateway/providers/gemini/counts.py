"""Gemini's counts as disjoint buckets."""

from __future__ import annotations

from miavo_gateway.providers.gemini.events import UsageMetadata
from miavo_gateway.usage import UsageBuckets

__all__ = ["buckets"]


def buckets(usage: UsageMetadata, *, guessed: int = 0) -> UsageBuckets:
    """The counts; what is missing or negative counts as none.

    Cached tokens are a subset of the prompt's. Thoughts come on top of the candidates', unless the
    total shows that they are among them (litellm 1.109.1, `_calculate_usage`). What a tool on
    Google's side put into the prompt is counted apart.

    Args:
        usage: as it came.
        guessed: the output tokens so far by other means, for an event that does not count them.
    """
    prompt = _count(usage.prompt_token_count)
    tool_use = _count(usage.tool_use_prompt_token_count)
    cached = min(prompt, _count(usage.cached_content_token_count))
    said = _count(usage.candidates_token_count)
    thought = _count(usage.thoughts_token_count)
    total = _count(usage.total_token_count)
    if usage.candidates_token_count is None and usage.thoughts_token_count is None:
        output = max(guessed, total - prompt - tool_use)
    elif usage.total_token_count is not None and thought and prompt + tool_use + said == total:
        output = max(said, thought)
    else:
        output = said + thought
    return UsageBuckets(
        uncached_input=prompt - cached + tool_use,
        cache_read=cached,
        output=output,
        reasoning=min(output, thought),
    )


def _count(value: int | None) -> int:
    return max(0, value or 0)
