"""What the gateway's admin API answers with: its state, code examples and usage.

Each `from_json` reads one decoded JSON object and raises `UnexpectedShape` when a field is missing
or of another type. Texts are stripped of control characters here, once. Costs are exact decimals
in US dollars; times are aware datetimes in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from miavo_tui import json_fields
from miavo_tui.json_fields import JsonObject

__all__ = ["EngineState", "Examples", "GatewayStatus", "UsagePage", "UsageRow"]


@dataclass(frozen=True, slots=True)
class Examples:
    """Code that calls one model on this gateway, ready to paste."""

    curl: str
    python: str
    typescript: str

    @classmethod
    def from_json(cls, data: JsonObject) -> Examples:
        """Reads the answer of a model's `examples`."""
        return cls(
            json_fields.text(data, "curl"),
            json_fields.text(data, "python"),
            json_fields.text(data, "typescript"),
        )


@dataclass(frozen=True, slots=True)
class EngineState:
    """An engine on the gateway's machine: `cold`, `loading`, `ready` or `unavailable`."""

    slug: str
    state: str


@dataclass(frozen=True, slots=True)
class GatewayStatus:
    """The gateway as it says of itself."""

    version: str
    url: str
    pid: int
    home: str
    started_at: datetime
    requests_in_flight: int
    sandbox: bool
    """Whether any provider is simulated."""
    engines: tuple[EngineState, ...]

    @classmethod
    def from_json(cls, data: JsonObject) -> GatewayStatus:
        """Reads the answer of `/admin/v1/gateway`."""
        return cls(
            version=json_fields.text(data, "version"),
            url=json_fields.text(data, "url"),
            pid=json_fields.field(data, "pid", int),
            home=json_fields.text(data, "home"),
            started_at=json_fields.moment(data, "started_at"),
            requests_in_flight=json_fields.field(data, "requests_in_flight", int),
            sandbox=json_fields.optional(data, "sandbox", bool) or False,
            engines=tuple(
                EngineState(json_fields.text(engine, "slug"), json_fields.text(engine, "state"))
                for engine in json_fields.objects(data, "engines")
            ),
        )


@dataclass(frozen=True, slots=True)
class UsageRow:
    """What one request used and cost."""

    id: int
    request_id: str
    key_id: str | None
    key_name: str | None
    slug: str
    endpoint: str
    stream: bool
    state: str
    """`open`, `completed`, `truncated`, `cancelled`, `failed` or `interrupted`."""
    status: int | None
    error_code: str | None
    finish_reason: str | None
    started_at: datetime
    duration_ms: float | None
    first_token_ms: float | None
    prompt_tokens: int
    cached_tokens: int
    output_tokens: int
    reasoning_tokens: int
    cost_usd: Decimal | None
    """None: unpriced."""
    cost_nano: int | None

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
            endpoint=json_fields.text(data, "endpoint"),
            stream=json_fields.field(data, "stream", bool),
            state=json_fields.text(data, "state"),
            status=json_fields.optional(data, "status", int),
            error_code=json_fields.optional_text(data, "error_code"),
            finish_reason=json_fields.optional_text(data, "finish_reason"),
            started_at=json_fields.moment(data, "started_at"),
            duration_ms=json_fields.optional(data, "duration_ms", float),
            first_token_ms=json_fields.optional(data, "first_token_ms", float),
            prompt_tokens=json_fields.field(data, "prompt_tokens", int),
            cached_tokens=json_fields.field(data, "cached_tokens", int),
            output_tokens=json_fields.field(data, "output_tokens", int),
            reasoning_tokens=json_fields.field(data, "reasoning_tokens", int),
            cost_usd=json_fields.optional_decimal(data, "cost_usd"),
            cost_nano=json_fields.optional(data, "cost_nano", int),
        )


@dataclass(frozen=True, slots=True)
class UsagePage:
    """Usage rows, newest first, and where the next page starts."""

    rows: tuple[UsageRow, ...]
    next_before: int | None

    @classmethod
    def from_json(cls, data: JsonObject) -> UsagePage:
        """Reads one page of `/admin/v1/usage`."""
        rows = tuple(UsageRow.from_json(row) for row in json_fields.objects(data, "data"))
        return cls(rows, json_fields.optional(data, "next_before", int))
