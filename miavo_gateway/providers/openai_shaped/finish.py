"""Why a choice ended: OpenAI's reasons, and what its imitators say instead.

Zhipu has `sensitive`, `network_error` and `model_context_window_exceeded` (docs.z.ai, chat
completion), DeepSeek `insufficient_system_resource`, vLLM `repetition`, `abort` and `error`
(`vllm/v1/engine`), and Ollama passes its runner's reasons on (`load`, `unload`).
"""

from __future__ import annotations

from collections.abc import Mapping

from miavo_gateway.schema.chunk import FinishReason

__all__ = ["FAILURES", "finish_reason"]

_REASONS: Mapping[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
    "function_call": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "sensitive": "content_filter",
}

FAILURES: Mapping[str, str] = {
    "network_error": "The generation was interrupted.",
    "insufficient_system_resource": "The generation was cut short for want of resources.",
    "abort": "The generation was aborted.",
    "error": "The generation failed.",
    "load": "The model was loaded and answered nothing.",
    "unload": "The model was unloaded while it answered.",
}
"""Reasons that are failures of the provider, and what happened."""


def finish_reason(said: object) -> FinishReason | None:
    """OpenAI's reason; None if none is given. One that nobody knows is an ordinary end."""
    if not isinstance(said, str) or not said:
        return None
    return _REASONS.get(said, "stop")
