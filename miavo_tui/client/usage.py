"""The admin API: usage."""

from __future__ import annotations

from urllib.parse import quote

from miavo_tui.client.connection import Connection, query_of, read_answer
from miavo_tui.records import UsagePage, UsageRow

__all__ = ["UsageRecords"]


class UsageRecords:
    """The requests on record."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def page(self, *, limit: int = 50, before: int | None = None) -> UsagePage:
        """At most `limit` usage rows older than the row `before`, newest first."""
        query = f"usage{query_of(limit=limit, before=before)}"
        return read_answer(UsagePage.from_json, await self._connection.admin("GET", query))

    async def row(self, request_id: str) -> UsageRow:
        """The usage row of one request."""
        path = f"usage/{quote(request_id, safe='')}"
        return read_answer(UsageRow.from_json, await self._connection.admin("GET", path))
