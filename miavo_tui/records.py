"""What the gateway's admin API answers with: its state and code examples.

Each `from_json` reads one decoded JSON object and raises `UnexpectedShape` when a field is missing
or of another type. Texts are stripped of control characters here, once. Times are aware
datetimes in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from miavo_tui import json_fields
from miavo_tui.json_fields import JsonObject

__all__ = ["EngineState", "Examples", "GatewayStatus"]


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
