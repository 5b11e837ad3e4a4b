"""The admin API: usage."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote, urlencode

from miavo_tui.client.connection import Connection, read_answer, read_rows
from miavo_tui.json_fields import JsonObject
from miavo_tui.usage_query import EVERYTHING, UsageQuery
from miavo_tui.usage_records import Span, UsageExtent, UsagePage, UsageRow, UsageTotals

__all__ = ["UsageRecords"]

_RANKING_SECONDS = 60.0
"""Over millions of rows the percentiles take a while."""


class UsageRecords:
    """The requests on record."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def page(
        self,
        query: UsageQuery = EVERYTHING,
        *,
        limit: int = 50,
        before: int | None = None,
        after: int | None = None,
    ) -> UsagePage:
        """At most `limit` usage rows, newest first.

        Args:
            query: which rows.
            limit: how many at most.
            before: those older than this row.
            after: those next to this row on its newer side; 0 for the oldest there are.
        """
        answer = await self.page_json(query, limit=limit, before=before, after=after)
        return read_answer(UsagePage.from_json, answer)

    async def page_json(
        self,
        query: UsageQuery = EVERYTHING,
        *,
        limit: int,
        before: int | None = None,
        after: int | None = None,
    ) -> JsonObject:
        """As `page`, with every field that the gateway tells of a row."""
        place: dict[str, object] = {"limit": limit, "before": before, "after": after}
        return await self._ask("usage", query, place)

    async def row(self, request_id: str) -> UsageRow:
        """The usage row of one request."""
        path = f"usage/{quote(request_id, safe='')}"
        return read_answer(UsageRow.from_json, await self._connection.admin("GET", path))

    async def extent(self, query: UsageQuery = EVERYTHING) -> UsageExtent:
        """How many rows there are."""
        return read_answer(UsageExtent.from_json, await self._ask("usage/extent", query, {}))

    async def totals(
        self, query: UsageQuery = EVERYTHING, *, by: str | None = None, ranked: bool = True
    ) -> tuple[UsageTotals, ...]:
        """Sums, the dearest first.

        Args:
            query: over which rows.
            by: `model`, `key`, `provider` or `state`; None for one sum of all.
            ranked: whether latencies are wanted, of a sample where there are many rows.
        """
        answer = await self._ask("usage/totals", query, {"by": by, **_ranked(ranked)}, slow=ranked)
        return read_rows(UsageTotals.from_json, answer)

    async def spans(
        self, query: UsageQuery, seconds: int, *, ranked: bool = True
    ) -> tuple[Span, ...]:
        """Sums over spans of time, oldest first, without a gap.

        Args:
            query: over which rows; its `since` says where to begin.
            seconds: how long a span is.
            ranked: as in `totals`.
        """
        said = {"seconds": seconds, **_ranked(ranked)}
        answer = await self._ask("usage/buckets", query, said, slow=ranked)
        return read_rows(Span.from_json, answer)

    async def _ask(
        self, path: str, query: UsageQuery, more: dict[str, object], *, slow: bool = False
    ) -> JsonObject:
        said: Sequence[tuple[str, str]] = [
            *query.parameters(),
            *((name, str(value)) for name, value in more.items() if value is not None),
        ]
        return await self._connection.admin(
            "GET",
            f"{path}?{urlencode(said)}",
            seconds=_RANKING_SECONDS if slow else None,
        )


def _ranked(ranked: bool) -> dict[str, object]:
    return {"percentiles": "sampled" if ranked else "false"}
