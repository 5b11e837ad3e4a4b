"""What the admin API says of money: the balance and the ledger's entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from miavo_tui import json_fields
from miavo_tui.json_fields import JsonObject

__all__ = ["Balance", "LedgerPage", "LedgerRow"]


@dataclass(frozen=True, slots=True)
class Balance:
    """An account's money, in dollars and in nano-dollars."""

    account_id: str
    balance_usd: Decimal
    """What can be spent now: the sum of the ledger's entries."""
    balance_nano: int
    held_usd: Decimal
    """What requests in flight hold."""
    held_nano: int

    @classmethod
    def from_json(cls, data: JsonObject) -> Balance:
        """Reads the answer of `/admin/v1/credit`."""
        return cls(
            account_id=json_fields.text(data, "account_id"),
            balance_usd=json_fields.decimal(data, "balance_usd"),
            balance_nano=json_fields.field(data, "balance_nano", int),
            held_usd=json_fields.decimal(data, "held_usd"),
            held_nano=json_fields.field(data, "held_nano", int),
        )


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One movement of money."""

    id: int
    kind: str
    """`credit`, `adjustment`, `hold`, `release` or `settlement`."""
    amount_usd: Decimal
    created_at: datetime
    key_id: str | None
    request_id: str | None
    note: str | None

    @classmethod
    def from_json(cls, data: JsonObject) -> LedgerRow:
        """Reads one entry."""
        return cls(
            id=json_fields.field(data, "id", int),
            kind=json_fields.text(data, "kind"),
            amount_usd=json_fields.decimal(data, "amount_usd"),
            created_at=json_fields.moment(data, "created_at"),
            key_id=json_fields.optional_text(data, "key_id"),
            request_id=json_fields.optional_text(data, "request_id"),
            note=json_fields.optional_text(data, "note"),
        )


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """Entries, newest first, and where the next page starts."""

    rows: tuple[LedgerRow, ...]
    next_before: int | None

    @classmethod
    def from_json(cls, data: JsonObject) -> LedgerPage:
        """Reads one page of `/admin/v1/ledger`."""
        rows = tuple(LedgerRow.from_json(row) for row in json_fields.objects(data, "data"))
        return cls(rows, json_fields.optional(data, "next_before", int))
