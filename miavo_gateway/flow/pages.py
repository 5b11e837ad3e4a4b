"""Pages of what is on record: usage rows and ledger entries, newest first."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncEngine

from miavo_gateway.flow.usage_filter import UsageFilter, narrowed
from miavo_gateway.store.tables import ledger_entry_table, usage_table

__all__ = ["EntryFilter", "Page", "Pages"]


@dataclass(frozen=True, slots=True)
class Page:
    """Where a page is: `limit` rows older than the row `before`; the newest if that is None."""

    limit: int
    before: int | None = None


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which ledger entries; None is any. Times are Unix microseconds, `until` is not included."""

    since: int | None = None
    until: int | None = None
    kind: str | None = None
    key_id: str | None = None
    account_id: str | None = None


class Pages:
    """Reads by keyset, so that a page far back costs no more than the first."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def usage(self, page: Page, rows: UsageFilter) -> list[RowMapping]:
        """Requests."""
        query = select(usage_table).order_by(usage_table.c.id.desc()).limit(page.limit)
        if page.before is not None:
            query = query.where(usage_table.c.id < page.before)
        async with self._engine.connect() as connection:
            return list((await connection.execute(narrowed(query, rows))).mappings())

    async def entries(self, page: Page, entries: EntryFilter) -> list[RowMapping]:
        """Movements of money."""
        column = ledger_entry_table.c
        query = select(ledger_entry_table).order_by(column.id.desc()).limit(page.limit)
        if page.before is not None:
            query = query.where(column.id < page.before)
        for name in ("kind", "key_id", "account_id"):
            if (value := getattr(entries, name)) is not None:
                query = query.where(column[name] == value)
        if entries.since is not None:
            query = query.where(column.created_at >= entries.since)
        if entries.until is not None:
            query = query.where(column.created_at < entries.until)
        async with self._engine.connect() as connection:
            return list((await connection.execute(query)).mappings())
