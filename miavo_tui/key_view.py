"""Which keys are listed, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from miavo_tui.key_records import KeyRow
from miavo_tui.key_states import budget_share, live, request_share, token_share
from miavo_tui.money_records import Spend

__all__ = ["KEY_SORTS", "KeyView", "listed"]

KEY_SORTS = ("name", "used", "requests", "tokens", "budget", "spend", "expires")
"""The orders, the first at the first start."""

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_FAR = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class KeyView:
    """What narrows and orders the list."""

    search: str = ""
    account: str = ""
    """An account's id; empty for all."""
    gone_too: bool = False
    """Whether revoked and expired keys are listed."""
    sort: str = KEY_SORTS[0]
    descending: bool = False

    def by(self, sort: str) -> KeyView:
        """This view in another order; in its own, turned round."""
        if sort == self.sort:
            return replace(self, descending=not self.descending)
        # What one looks for is at the top: the fullest, the latest, what ends first.
        return replace(self, sort=sort, descending=sort not in ("name", "expires"))


def listed(
    rows: Sequence[KeyRow], view: KeyView, now: datetime, spend: Mapping[str, Spend]
) -> tuple[KeyRow, ...]:
    """The keys that a view shows, in its order.

    Args:
        rows: all keys.
        view: what is asked for.
        now: by which a key has expired.
        spend: what keys cost, by their ids; for the order by it.
    """
    words = view.search.casefold().split()
    kept = [
        row
        for row in rows
        if (not view.account or row.account_id == view.account)
        and (view.gone_too or live(row, now) or _can_come_back(row, now))
        and _has(row, words)
    ]
    ranks: dict[str, Callable[[KeyRow], Any]] = {
        "name": lambda row: row.name.casefold(),
        "used": lambda row: row.last_used_at or _NEVER,
        "requests": request_share,
        "tokens": token_share,
        "budget": budget_share,
        "spend": lambda row: spend[row.id].cost_usd if row.id in spend else Decimal(0),
        "expires": lambda row: row.expires_at or _FAR,
    }
    ordered = sorted(kept, key=lambda row: row.name.casefold())
    ordered.sort(key=ranks.get(view.sort, ranks["name"]), reverse=view.descending)
    # What is over stands below what goes on, whatever the order.
    return tuple(sorted(ordered, key=lambda row: not live(row, now)))


def _can_come_back(row: KeyRow, now: datetime) -> bool:
    return row.restorable_until is not None and row.restorable_until > now


def _has(row: KeyRow, words: Sequence[str]) -> bool:
    text = f"{row.name}\n{row.id}\n{row.shown}\n{row.plan}\n{' '.join(row.allow)}".casefold()
    return all(word in text for word in words)
