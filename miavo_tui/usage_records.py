"""What the admin API says of requests: their rows, and sums over them.

Costs are exact decimals in US dollars; durations are milliseconds; times are aware datetimes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from miavo_tui import json_fields
from miavo_tui.json_fields import JsonObject

__all__ = [
    "Attempt",
    "Latency",
    "Span",
    "UsageExtent",
    "UsagePage",
    "UsageRow",
    "UsageTotals",
]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a request at a provider, with one of its credentials."""

    provider: str
    label: str
    """The credential's."""
    outcome: str
    """`ok`, or what went wrong, such as `throttled` or `timed_out`."""
    status: int | None
    ms: float

    @classmethod
    def from_json(cls, data: JsonObject) -> Attempt:
        """Reads one attempt."""
        return cls(
            provider=json_fields.text(data, "provider"),
            label=json_fields.text(data, "label"),
            outcome=json_fields.text(data, "outcome"),
            status=json_fields.optional(data, "status", int),
            ms=json_fields.field(data, "ms", float),
        )


@dataclass(frozen=True, slots=True)
class UsageRow:
    """What one request used and cost."""

    id: int
    request_id: str
    key_id: str | None
    key_name: str | None
    slug: str
    """The model that was asked for."""
    answered_by: str | None
    """The fallback that answered in its place."""
    provider: str
    endpoint: str
    stream: bool
    state: str
    """`open`, `completed`, `truncated`, `cancelled`, `failed` or `interrupted`."""
    status: int | None
    error_code: str | None
    error_message: str | None
    finish_reason: str | None
    started_at: datetime
    duration_ms: float | None
    first_token_ms: float | None
    prompt_tokens: int
    cached_tokens: int
    """The part of `prompt_tokens` that was read from a cache."""
    cache_write_tokens: int
    """The part of `prompt_tokens` that was written to a cache."""
    output_tokens: int
    reasoning_tokens: int
    """The part of `output_tokens` that was reasoning."""
    audio_input_tokens: int
    """The part of `prompt_tokens` that was sound."""
    audio_output_tokens: int
    """The part of `output_tokens` that was sound."""
    characters: int
    images: int
    seconds: float
    """Of video rendered, or of sound made or heard."""
    cost_usd: Decimal | None
    """None: unpriced."""
    cost_nano: int | None
    simulated: bool
    """Whether the sandbox answered."""
    attempts: tuple[Attempt, ...]

    @classmethod
    def from_json(cls, data: JsonObject) -> UsageRow:
        """Reads one usage row."""
        key_id = data.get("key_id")
        return cls(
            id=json_fields.field(data, "id", int),
            request_id=json_fields.text(data, "request_id"),
            key_id=None if key_id is None else str(key_id),
            key_name=json_fields.optional_text(data, "key_name"),
            slug=json_fields.text(data, "slug"),
            answered_by=json_fields.optional_text(data, "answered_by"),
            provider=json_fields.text(data, "provider"),
            endpoint=json_fields.text(data, "endpoint"),
            stream=json_fields.field(data, "stream", bool),
            state=json_fields.text(data, "state"),
            status=json_fields.optional(data, "status", int),
            error_code=json_fields.optional_text(data, "error_code"),
            error_message=json_fields.optional_text(data, "error_message"),
            finish_reason=json_fields.optional_text(data, "finish_reason"),
            started_at=json_fields.moment(data, "started_at"),
            duration_ms=json_fields.optional(data, "duration_ms", float),
            first_token_ms=json_fields.optional(data, "first_token_ms", float),
            prompt_tokens=json_fields.field(data, "prompt_tokens", int),
            cached_tokens=json_fields.field(data, "cached_tokens", int),
            cache_write_tokens=json_fields.field(data, "cache_write_tokens", int),
            output_tokens=json_fields.field(data, "output_tokens", int),
            reasoning_tokens=json_fields.field(data, "reasoning_tokens", int),
            audio_input_tokens=json_fields.field(data, "audio_input_tokens", int),
            audio_output_tokens=json_fields.field(data, "audio_output_tokens", int),
            characters=json_fields.field(data, "characters", int),
            images=json_fields.field(data, "images", int),
            seconds=json_fields.field(data, "seconds", float),
            cost_usd=json_fields.optional_decimal(data, "cost_usd"),
            cost_nano=json_fields.optional(data, "cost_nano", int),
            simulated=json_fields.field(data, "simulated", bool),
            attempts=tuple(map(Attempt.from_json, json_fields.objects(data, "attempts"))),
        )


@dataclass(frozen=True, slots=True)
class UsagePage:
    """Usage rows, newest first, and where the pages beside this one start."""

    rows: tuple[UsageRow, ...]
    next_before: int | None
    """None where there is nothing older."""

    @classmethod
    def from_json(cls, data: JsonObject) -> UsagePage:
        """Reads one page of `/admin/v1/usage`."""
        rows = tuple(UsageRow.from_json(row) for row in json_fields.objects(data, "data"))
        return cls(rows, json_fields.optional(data, "next_before", int))


@dataclass(frozen=True, slots=True)
class UsageExtent:
    """How many rows there are, and the numbers of the oldest and newest."""

    count: int
    oldest: int | None
    newest: int | None

    @classmethod
    def from_json(cls, data: JsonObject) -> UsageExtent:
        """Reads the answer of `/admin/v1/usage/extent`."""
        return cls(
            json_fields.field(data, "count", int),
            json_fields.optional(data, "oldest", int),
            json_fields.optional(data, "newest", int),
        )


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds that half, 95 and 99 of 100 requests took at most; None without any."""

    p50: float | None = None
    p95: float | None = None
    p99: float | None = None

    @classmethod
    def from_json(cls, data: JsonObject, name: str) -> Latency:
        """Reads the latency under `name`."""
        table: JsonObject = json_fields.field(data, name, dict)
        p50, p95, p99 = (json_fields.optional(table, each, float) for each in ("p50", "p95", "p99"))
        return cls(p50, p95, p99)


@dataclass(frozen=True, slots=True)
class UsageTotals:
    """Requests put together."""

    requests: int
    errors: int
    unpriced: int
    prompt_tokens: int
    cached_tokens: int
    output_tokens: int
    cost_usd: Decimal
    duration: Latency
    first_token: Latency
    group: str | None = None
    """What they have in common: a slug, or the id of a key or provider."""
    name: str | None = None
    """The same for a person."""

    @classmethod
    def from_json(cls, data: JsonObject) -> UsageTotals:
        """Reads one group, or one span."""
        return cls(
            requests=json_fields.field(data, "requests", int),
            errors=json_fields.field(data, "errors", int),
            unpriced=json_fields.field(data, "unpriced", int),
            prompt_tokens=json_fields.field(data, "prompt_tokens", int),
            cached_tokens=json_fields.field(data, "cached_tokens", int),
            output_tokens=json_fields.field(data, "output_tokens", int),
            cost_usd=json_fields.decimal(data, "cost_usd"),
            duration=Latency.from_json(data, "duration_ms"),
            first_token=Latency.from_json(data, "first_token_ms"),
            group=json_fields.optional_text(data, "group"),
            name=json_fields.optional_text(data, "name"),
        )


@dataclass(frozen=True, slots=True)
class Span:
    """The requests that began in one span of time."""

    start: datetime
    totals: UsageTotals

    @classmethod
    def from_json(cls, data: JsonObject) -> Span:
        """Reads one span of `/admin/v1/usage/buckets`."""
        return cls(json_fields.moment(data, "start"), UsageTotals.from_json(data))
