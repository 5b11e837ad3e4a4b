"""The usage of a reply: OpenAI's object as disjoint buckets, and back."""

from __future__ import annotations

from typing import Any

from miavo_gateway.usage import UsageBuckets

__all__ = ["added", "beyond", "read_usage", "usage_view"]


def read_usage(usage: Any) -> UsageBuckets:
    """The counts of `response.usage`; what is missing or negative counts as none.

    Cached tokens are a subset of the input's, of text and of audio. Images count as text.
    """
    if not isinstance(usage, dict):
        return UsageBuckets()
    given = _object(usage, "input_token_details")
    made = _object(usage, "output_token_details")
    cached_parts = _object(given, "cached_tokens_details")
    total_in, total_out = _count(usage, "input_tokens"), _count(usage, "output_tokens")
    audio_in = min(total_in, _count(given, "audio_tokens"))
    audio_out = min(total_out, _count(made, "audio_tokens"))
    cached = min(total_in, _count(given, "cached_tokens"))
    cached_audio = min(cached, audio_in, _count(cached_parts, "audio_tokens"))
    if not cached_parts:
        # Untold, the cache is taken to hold text first.
        cached_audio = max(0, cached - (total_in - audio_in))
    fresh_audio = audio_in - cached_audio
    return UsageBuckets(
        uncached_input=total_in - cached - fresh_audio,
        cache_read=cached,
        audio_input=fresh_audio,
        output=total_out - audio_out,
        audio_output=audio_out,
    )


def usage_view(usage: UsageBuckets) -> dict[str, Any]:
    """`response.usage` of a reply that another than OpenAI made."""
    text_in = usage.uncached_input + usage.cache_write
    total_in = text_in + usage.cache_read + usage.audio_input
    total_out = usage.output + usage.audio_output
    return {
        "total_tokens": total_in + total_out,
        "input_tokens": total_in,
        "output_tokens": total_out,
        "input_token_details": {
            "text_tokens": text_in + usage.cache_read,
            "audio_tokens": usage.audio_input,
            "image_tokens": 0,
            "cached_tokens": usage.cache_read,
            "cached_tokens_details": {"text_tokens": usage.cache_read, "audio_tokens": 0},
        },
        "output_token_details": {
            "text_tokens": usage.output,
            "audio_tokens": usage.audio_output,
        },
    }


def added(one: UsageBuckets, other: UsageBuckets) -> UsageBuckets:
    """Two usages together."""
    names = UsageBuckets.__dataclass_fields__
    return UsageBuckets(**{name: getattr(one, name) + getattr(other, name) for name in names})


def beyond(usage: UsageBuckets, counted: UsageBuckets) -> UsageBuckets:
    """What has been used beyond what is counted already."""
    names = UsageBuckets.__dataclass_fields__
    return UsageBuckets(
        **{name: max(0, getattr(usage, name) - getattr(counted, name)) for name in names}
    )


def _object(holder: Any, name: str) -> dict[str, Any]:
    value = holder.get(name)
    return value if isinstance(value, dict) else {}


def _count(holder: dict[str, Any], name: str) -> int:
    value = holder.get(name)
    return max(0, value) if isinstance(value, int) else 0
