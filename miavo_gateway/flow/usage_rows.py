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
