"""What the admin API says of the gateway's own running: pulse, health, log and settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from miavo_tui import json_fields
from miavo_tui.json_fields import JsonObject
from miavo_tui.usage_records import Latency

__all__ = ["LogLine", "LogPage", "ProviderStanding", "Pulse", "Setting", "Settings"]


@dataclass(frozen=True, slots=True)
class Pulse:
    """What the gateway does at a moment. The sums are since its start."""

    uptime_seconds: float
    requests_in_flight: int
    requests: int
    errors: int
    output_tokens: int
    duration: Latency
    """Of the last ten seconds, milliseconds."""
    first_token: Latency
    writes_waiting: int
    resident_bytes: int
    cpu_seconds: float

    @classmethod
    def from_json(cls, data: JsonObject) -> Pulse:
        """Reads the answer of `/admin/v1/pulse`."""
        return cls(
            uptime_seconds=json_fields.field(data, "uptime_seconds", float),
            requests_in_flight=json_fields.field(data, "requests_in_flight", int),
            requests=json_fields.field(data, "requests", int),
            errors=json_fields.field(data, "errors", int),
            output_tokens=json_fields.field(data, "output_tokens", int),
            duration=Latency.from_json(data, "duration_ms"),
            first_token=Latency.from_json(data, "first_token_ms"),
            writes_waiting=json_fields.field(data, "writes_waiting", int),
            resident_bytes=json_fields.field(data, "resident_bytes", int),
            cpu_seconds=json_fields.field(data, "cpu_seconds", float),
        )


@dataclass(frozen=True, slots=True)
class ProviderStanding:
    """A provider, and whether its models can be called now."""

    id: str
    name: str
    problem: str | None
    """Why the first of its models that cannot be called cannot; None if all can be."""
    models: int
    models_reachable: int
    credentials: int

    @classmethod
    def from_json(cls, data: JsonObject) -> ProviderStanding:
        """Reads one provider of `/admin/v1/health`."""
        return cls(
            id=json_fields.text(data, "id"),
            name=json_fields.text(data, "name"),
            problem=json_fields.optional_text(data, "problem"),
            models=json_fields.field(data, "models", int),
            models_reachable=json_fields.field(data, "models_reachable", int),
            credentials=json_fields.field(data, "credentials", int),
        )


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the gateway's log."""

    time: datetime | None
    level: str
    message: str
    fields: tuple[tuple[str, str], ...]
    exception: str | None

    @classmethod
    def from_json(cls, data: JsonObject) -> LogLine:
        """Reads one line."""
        fields: JsonObject = json_fields.field(data, "fields", dict)
        try:
            time = json_fields.moment(data, "time")
        except json_fields.UnexpectedShape:
            time = None  # a line that is not the gateway's own
        return cls(
            time=time,
            level=json_fields.text(data, "level"),
            message=json_fields.text(data, "message"),
            fields=tuple((name, json_fields.shown(value)) for name, value in fields.items()),
            exception=json_fields.optional_text(data, "exception"),
        )


@dataclass(frozen=True, slots=True)
class LogPage:
    """Lines, newest first."""

    lines: tuple[LogLine, ...]
    next_before: str | None
    """None at the start of the log."""
    end: str | None
    """Where to follow on from."""

    @classmethod
    def from_json(cls, data: JsonObject) -> LogPage:
        """Reads one page of `/admin/v1/logs`."""
        return cls(
            tuple(map(LogLine.from_json, json_fields.objects(data, "data"))),
            json_fields.optional_text(data, "next_before"),
            json_fields.optional_text(data, "end"),
        )


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting in force."""

    name: str
    value: object
    """As JSON has it; a password in an address is masked."""
    origin: str
    """`flag`, `variable`, `config.toml` or `default`."""
    default: object
    variable: str
    changeable: bool
    """Whether it can be changed while the gateway runs."""

    @classmethod
    def from_json(cls, data: JsonObject) -> Setting:
        """Reads one setting."""
        return cls(
            name=json_fields.text(data, "name"),
            value=data.get("value"),
            origin=json_fields.text(data, "origin"),
            default=data.get("default"),
            variable=json_fields.text(data, "variable"),
            changeable=json_fields.field(data, "changeable", bool),
        )

    @property
    def held(self) -> bool:
        """Whether a flag or a variable sets it, and would win over a change."""
        return self.origin in ("flag", "variable")


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, and the file that a change is written to."""

    config_file: str
    settings: tuple[Setting, ...]

    @classmethod
    def from_json(cls, data: JsonObject) -> Settings:
        """Reads the answer of `/admin/v1/settings`."""
        return cls(
            json_fields.text(data, "config_file"),
            tuple(map(Setting.from_json, json_fields.objects(data, "data"))),
        )
