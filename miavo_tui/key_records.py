"""A key as the admin API shows it: never the key itself, but for the one answer that makes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from miavo_tui import json_fields
from miavo_tui.json_fields import JsonObject
from miavo_tui.plain_text import printable

__all__ = ["KeyRow", "NewKey"]


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as it is listed: never the key itself."""

    id: str
    account_id: str
    """Who pays for it."""
    name: str
    prefix: str
    last_four: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    restorable_until: datetime | None
    """Until when its revocation can be undone; None if it is not revoked."""
    previous_until: datetime | None
    """Until when the value before the last rotation is still taken; None if it is not."""
    plan: str
    """`free` or `paid`: whose limits hold where the key has none of its own."""
    rpm_limit: int
    """Requests in any 60 seconds."""
    tpm_limit: int
    """Tokens in any 60 seconds."""
    own_rpm_limit: int | None
    """None where the plan's holds."""
    own_tpm_limit: int | None
    allow: tuple[str, ...]
    """The allow-list; empty admits every model."""
    max_parallel: int | None
    expires_at: datetime | None
    budget_usd: Decimal | None
    budget_reset: str
    """`never`, `daily`, `weekly` or `monthly`."""
    budget_resets_at: datetime | None
    """When the budget begins anew; None if it never does."""
    spent_usd: Decimal
    """What was spent in the budget's current period."""
    held_usd: Decimal
    """What its requests in flight hold."""
    window_requests: int
    """Requests in the last 60 seconds."""
    window_tokens: int
    in_flight: int
    empty_in_seconds: float
    """Until the window is empty again if nothing more is asked."""

    @property
    def shown(self) -> str:
        """What a person recognises it by: `sk-maas-Ab12…wxyz`."""
        return f"{self.prefix}…{self.last_four}"

    @classmethod
    def from_json(cls, data: JsonObject) -> KeyRow:
        """Reads one key."""
        window: JsonObject = json_fields.field(data, "window", dict)
        allow = json_fields.field(data, "allow", list)
        return cls(
            id=json_fields.text(data, "id"),
            account_id=json_fields.text(data, "account_id"),
            name=json_fields.text(data, "name"),
            prefix=json_fields.text(data, "prefix"),
            last_four=json_fields.text(data, "last_four"),
            created_at=json_fields.moment(data, "created_at"),
            last_used_at=json_fields.optional_moment(data, "last_used_at"),
            revoked_at=json_fields.optional_moment(data, "revoked_at"),
            restorable_until=json_fields.optional_moment(data, "restorable_until"),
            previous_until=json_fields.optional_moment(data, "previous_until"),
            plan=json_fields.text(data, "plan"),
            rpm_limit=json_fields.field(data, "rpm_limit", int),
            tpm_limit=json_fields.field(data, "tpm_limit", int),
            own_rpm_limit=json_fields.optional(data, "own_rpm_limit", int),
            own_tpm_limit=json_fields.optional(data, "own_tpm_limit", int),
            allow=tuple(printable(str(entry)) for entry in allow),
            max_parallel=json_fields.optional(data, "max_parallel", int),
            expires_at=json_fields.optional_moment(data, "expires_at"),
            budget_usd=json_fields.optional_decimal(data, "budget_usd"),
            budget_reset=json_fields.text(data, "budget_reset"),
            budget_resets_at=json_fields.optional_moment(data, "budget_resets_at"),
            spent_usd=json_fields.decimal(data, "spent_usd"),
            held_usd=json_fields.decimal(data, "held_usd"),
            window_requests=json_fields.field(window, "requests", int),
            window_tokens=json_fields.field(window, "tokens", int),
            in_flight=json_fields.field(window, "in_flight", int),
            empty_in_seconds=json_fields.field(window, "empty_in_seconds", float),
        )


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made, with the secret that is shown this once."""

    row: KeyRow
    secret: str

    def __repr__(self) -> str:
        return f"NewKey(id={self.row.id!r})"

    @classmethod
    def from_json(cls, data: JsonObject) -> NewKey:
        """Reads the answer to a key's creation."""
        return cls(KeyRow.from_json(data), json_fields.field(data, "key", str))
