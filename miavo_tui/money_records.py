"""What the admin API says of money: the balance and the ledger's entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from miavo_tui import json_fields
from miavo_tui.json_fields import JsonObject

__all__ = [
    "Balance",
    "LedgerExtent",
    "LedgerPage",
    "LedgerQuery",
    "LedgerRow",
    "Spend",
    "SpendOfDay",
]


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
    account_id: str
    key_id: str | None
    key_name: str | None
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
            account_id=json_fields.text(data, "account_id"),
            key_id=json_fields.optional_text(data, "key_id"),
            key_name=json_fields.optional_text(data, "key_name"),
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


@dataclass(frozen=True, slots=True)
class LedgerExtent:
    """How many entries there are, and what they come to."""

    count: int
    amount_usd: Decimal

    @classmethod
    def from_json(cls, data: JsonObject) -> LedgerExtent:
        """Reads the answer of `/admin/v1/ledger/extent`."""
        return cls(json_fields.field(data, "count", int), json_fields.decimal(data, "amount_usd"))


@dataclass(frozen=True, slots=True)
class LedgerQuery:
    """Which entries of the ledger; nothing said is any."""

    account: str | None = None
    kinds: tuple[str, ...] = ()
    key_id: str | None = None
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    """Not included."""

    def parameters(self) -> list[tuple[str, str]]:
        """As the query string of the admin API has it."""
        given = [("account", self.account or ""), ("key_id", self.key_id or "")]
        given += [("kind", kind) for kind in self.kinds]
        given.append(("text", self.text.strip()))
        given += [("since", self.since.isoformat())] if self.since else []
        given += [("until", self.until.isoformat())] if self.until else []
        return [(name, value) for name, value in given if value]


@dataclass(frozen=True, slots=True)
class Spend:
    """What the requests that have one thing in common cost together."""

    group: str
    """A slug, or the id of a key."""
    name: str
    """The same for a person."""
    requests: int
    unpriced: int
    """Those whose cost is not known."""
    tokens: int
    cost_usd: Decimal

    @classmethod
    def from_json(cls, data: JsonObject) -> Spend:
        """Reads one group of `/admin/v1/usage/totals`."""
        group = json_fields.optional_text(data, "group") or ""
        return cls(
            group=group,
            name=json_fields.optional_text(data, "name") or group,
            requests=json_fields.field(data, "requests", int),
            unpriced=json_fields.field(data, "unpriced", int),
            tokens=json_fields.field(data, "prompt_tokens", int)
            + json_fields.field(data, "output_tokens", int),
            cost_usd=json_fields.decimal(data, "cost_usd"),
        )


@dataclass(frozen=True, slots=True)
class SpendOfDay:
    """What the requests of one day in UTC cost."""

    day: date
    requests: int
    cost_usd: Decimal

    @classmethod
    def from_json(cls, data: JsonObject) -> SpendOfDay:
        """Reads one span of `/admin/v1/usage/buckets`."""
        return cls(
            day=json_fields.moment(data, "start").date(),
            requests=json_fields.field(data, "requests", int),
            cost_usd=json_fields.decimal(data, "cost_usd"),
        )
