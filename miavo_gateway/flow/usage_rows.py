"""Reading the usage rows."""

from __future__ import annotations

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncEngine

from miavo_gateway.errors import NotFound
from miavo_gateway.store.tables import usage_table

__all__ = ["UsageRows"]


class UsageRows:
    """The requests on record."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def page(
        self,
        *,
        limit: int,
        before: int | None = None,
        key_id: str | None = None,
        slug: str | None = None,
        provider: str | None = None,
        state: str | None = None,
        since: int | None = None,
        until: int | None = None,
    ) -> list[RowMapping]:
        """Up to `limit` rows, newest first, older than the row `before`.

        Args:
            limit: the most rows.
            before: a row's id.
            key_id: only requests of this key.
            slug: only requests for this model.
            provider: only requests for this provider's models, by its id.
            state: only requests in this state.
            since: only requests that started then or later; Unix microseconds.
            until: only requests that started before then.
        """
        rows = usage_table.c
        query = select(usage_table).order_by(rows.id.desc()).limit(limit)
        equal = {"key_id": key_id, "slug": slug, "provider": provider, "state": state}
        for name, value in equal.items():
            if value is not None:
                query = query.where(rows[name] == value)
        if before is not None:
            query = query.where(rows.id < before)
        if since is not None:
            query = query.where(rows.started_at >= since)
        if until is not None:
            query = query.where(rows.started_at < until)
        async with self._engine.connect() as connection:
            return list((await connection.execute(query)).mappings())

    async def row(self, request_id: str) -> RowMapping:
        """The row of one request.

        Raises:
            NotFound: no request has this id.
        """
        query = select(usage_table).where(usage_table.c.request_id == request_id)
        async with self._engine.connect() as connection:
            found: RowMapping | None = (await connection.execute(query)).mappings().one_or_none()
        if found is None:
            raise NotFound(f"There is no request with the id '{request_id[:64]}'.")
        return found
