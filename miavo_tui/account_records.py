"""What the admin API says of accounts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from miavo_tui import json_fields
from miavo_tui.json_fields import JsonObject

__all__ = ["AccountRow"]


@dataclass(frozen=True, slots=True)
class AccountRow:
    """Who pays."""

    id: str
    name: str
    plan: str
    """`free` or `paid`: whose limits hold for the keys that are made without a plan."""
    keys: int
    """Keys that have not been revoked."""
    balance_usd: Decimal
    held_usd: Decimal
    """What requests in flight hold."""

    @classmethod
    def from_json(cls, data: JsonObject) -> AccountRow:
        """Reads one account."""
        return cls(
            id=json_fields.text(data, "id"),
            name=json_fields.text(data, "name"),
            plan=json_fields.text(data, "plan"),
            keys=json_fields.field(data, "keys", int),
            balance_usd=json_fields.decimal(data, "balance_usd"),
            held_usd=json_fields.decimal(data, "held_usd"),
        )
