"""What the admin API says of the pool."""

from __future__ import annotations

from dataclasses import dataclass

from miavo_tui import json_fields
from miavo_tui.json_fields import JsonObject

__all__ = ["CredentialRow", "CredentialTrial"]


@dataclass(frozen=True, slots=True)
class CredentialRow:
    """A credential of the pool, without its secret, and how it does."""

    id: str
    provider: str
    label: str
    masked: str
    """What a person recognises the secret by."""
    base_url: str | None
    weight: int
    from_environment: bool
    simulated: bool
    """Whether the sandbox answers in place of the provider."""
    state: str
    """`ok`, `cooling`, `open`, `half_open`, `out`, `disabled` or `no_secret`."""
    reason: str
    """The provider's words for its trouble; empty without trouble."""
    back_in_seconds: float | None
    in_flight: int

    @classmethod
    def from_json(cls, data: JsonObject) -> CredentialRow:
        """Reads one credential."""
        return cls(
            id=json_fields.text(data, "id"),
            provider=json_fields.text(data, "provider"),
            label=json_fields.text(data, "label"),
            masked=json_fields.text(data, "masked"),
            base_url=json_fields.optional_text(data, "base_url"),
            weight=json_fields.field(data, "weight", int),
            from_environment=json_fields.field(data, "from_environment", bool),
            simulated=data.get("sandbox") is not None,
            state=json_fields.text(data, "state"),
            reason=json_fields.text(data, "reason"),
            back_in_seconds=json_fields.optional(data, "back_in_seconds", float),
            in_flight=json_fields.field(data, "in_flight", int),
        )


@dataclass(frozen=True, slots=True)
class CredentialTrial:
    """What the cheapest call with a credential gave."""

    ok: bool
    detail: str
    ms: float

    @classmethod
    def from_json(cls, data: JsonObject) -> CredentialTrial:
        """Reads the answer of a credential's `test`."""
        return cls(
            ok=json_fields.field(data, "ok", bool),
            detail=json_fields.text(data, "detail"),
            ms=json_fields.field(data, "ms", float),
        )
