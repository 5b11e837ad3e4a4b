"""Which usage rows: the same filter for pages of rows and for their totals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from miavo_gateway.store.tables import api_key_table, usage_table

__all__ = ["UsageFilter", "narrowed"]

_EQUAL = ("key_id", "slug", "provider", "state")


@dataclass(frozen=True, slots=True)
class UsageFilter:
    """Which rows; None is any. Times are Unix microseconds, `until` is not included."""

    since: int | None = None
    until: int | None = None
    key_id: str | None = None
    slug: str | None = None
    provider: str | None = None
    state: str | None = None
    account_id: str | None = None


def narrowed(query: Select[Any], rows: UsageFilter) -> Select[Any]:
    """A query over the usage table, less the rows that do not pass."""
    column = usage_table.c
    for name in _EQUAL:
        if (value := getattr(rows, name)) is not None:
            query = query.where(column[name] == value)
    if rows.account_id is not None:
        # A key stays with its account, so its requests need not name it.
        keys = select(api_key_table.c.id).where(api_key_table.c.account_id == rows.account_id)
        query = query.where(column.key_id.in_(keys))
    if rows.since is not None:
        query = query.where(column.started_at >= rows.since)
    if rows.until is not None:
        query = query.where(column.started_at < rows.until)
    return query
