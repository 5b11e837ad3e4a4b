"""Counts as the Messages API tells them: bit by bit, each replacing what it names."""

from __future__ import annotations

from miavo_gateway.providers.anthropic.events import TokenUsage
from miavo_gateway.usage import UsageBuckets

__all__ = ["RunningCount"]


class RunningCount:
    """What a reply has used so far; `message_delta` may leave out what `message_start` said."""

    def __init__(self) -> None:
        self._input = self._read = self._written = self._output = self._thinking = 0

    def with_more(self, usage: TokenUsage) -> UsageBuckets:
        """All counts, now that these are known too; a negative one counts as none."""
        self._input = _newer(usage.input_tokens, self._input)
        self._read = _newer(usage.cache_read_input_tokens, self._read)
        self._written = _newer(usage.cache_creation_input_tokens, self._written)
        self._output = _newer(usage.output_tokens, self._output)
        if usage.output_tokens_details is not None:
            self._thinking = _newer(usage.output_tokens_details.thinking_tokens, self._thinking)
        return UsageBuckets(
            uncached_input=self._input,
            cache_read=self._read,
            cache_write=self._written,
            output=self._output,
            reasoning=min(self._thinking, self._output),
        )


def _newer(count: int | None, known: int) -> int:
    return known if count is None else max(0, count)
