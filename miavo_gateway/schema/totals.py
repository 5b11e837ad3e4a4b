"""The wire models of totals over usage rows."""

from __future__ import annotations

from pydantic import BaseModel

__all__ = ["BucketList", "BucketView", "GroupView", "LatencyView", "TotalsList", "TotalsView"]


class LatencyView(BaseModel):
    """Milliseconds that half, 95 and 99 of 100 requests took at most; null without any."""

    p50: float | None
    p95: float | None
    p99: float | None


class TotalsView(BaseModel):
    """Requests put together."""

    requests: int
    errors: int
    """Those that ended `failed`, `truncated` or `interrupted`."""
    unpriced: int
    """Ended requests without a cost."""
    prompt_tokens: int
    cached_tokens: int
    """The part of `prompt_tokens` that a cache served."""
    output_tokens: int
    reasoning_tokens: int
    """The part of `output_tokens` that was reasoning."""
    characters: int
    """Of text that was spoken or set to music."""
    images: int
    seconds: float
    """Of video rendered, and of sound made or heard."""
    cost_usd: str
    cost_nano: int
    duration_ms: LatencyView
    first_token_ms: LatencyView


class GroupView(TotalsView):
    """The requests that have one thing in common."""

    group: str | None
    """The slug, the id of the key or provider, or the state; null for all requests."""
    name: str | None
    """The key's name; otherwise as `group`."""


class TotalsList(BaseModel):
    """Groups, the dearest first."""

    data: list[GroupView]


class BucketView(TotalsView):
    """The requests that started in one span of time."""

    start: str


class BucketList(BaseModel):
    """Spans without a gap, oldest first; the first and last may be cut by `since` and `until`."""

    seconds: int
    data: list[BucketView]
