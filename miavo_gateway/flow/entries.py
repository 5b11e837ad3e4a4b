"""Reading the ledger's entries."""

from __future__ import annotations

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncEngine

from miavo_gateway.store.tables import ledger_entry_table

__all__ = ["LedgerEntries"]


class LedgerEntries:
    """The movements of money on record."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def page(
        self,
        *,
        limit: int,
        before: int | None = None,
        kind: str | None = None,
        key_id: str | None = None,
        since: int | None = None,
        until: int | None = None,
    ) -> list[RowMapping]:
        """Up to `limit` entries, newest first, older than the entry `before`.

        `since` and `until` bound the time of the entry, in Unix microseconds.
        """
        entries = ledger_entry_table.c
        query = select(ledger_entry_table).order_by(entries.id.desc()).limit(limit)
        if before is not None:
            query = query.where(entries.id < before)
        if kind is not None:
            query = query.where(entries.kind == kind)
        if key_id is not None:
            query = query.where(entries.key_id == key_id)
        if since is not None:
            query = query.where(entries.created_at >= since)
        if until is not None:
            query = query.where(entries.created_at < until)
        async with self._engine.connect() as connection:
            return list((await connection.execute(query)).mappings())
