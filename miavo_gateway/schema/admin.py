"""The wire models of the admin API."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "EngineView",
    "GatewayView",
    "KeyCreate",
    "KeyView",
    "NewKeyView",
    "UsagePage",
    "UsageView",
]


class KeyCreate(BaseModel):
    """The body of `POST /admin/v1/keys`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(min_length=1, max_length=200)


class KeyView(BaseModel):
    """A key as it can be seen at any time. Times are ISO 8601 in UTC."""

    id: str
    name: str
    prefix: str
    last_four: str
    created_at: str
    last_used_at: str | None
    revoked_at: str | None


class NewKeyView(KeyView):
    """A key just made: the one answer that carries it."""

    key: str


class UsageView(BaseModel):
    """One request. Durations are milliseconds; `cost_usd` null means unpriced."""

    id: int
    request_id: str
    key_id: str
    key_name: str
    slug: str
    endpoint: str
    stream: bool
    state: Literal["open", "completed", "truncated", "cancelled", "failed", "interrupted"]
    status: int | None
    error_code: str | None
    finish_reason: str | None
    started_at: str
    duration_ms: float | None
    first_token_ms: float | None
    prompt_tokens: int
    cached_tokens: int
    output_tokens: int
    reasoning_tokens: int
    cost_usd: str | None
    cost_nano: int | None


class UsagePage(BaseModel):
    """Rows, newest first, and where the next page begins."""

    data: list[UsageView]
    next_before: int | None


class EngineView(BaseModel):
    """An engine of this machine."""

    slug: str
    state: Literal["unavailable", "cold", "loading", "ready"]


class GatewayView(BaseModel):
    """The running gateway."""

    version: str
    url: str
    pid: int
    home: str
    started_at: str
    requests_in_flight: int
    engines: list[EngineView]
