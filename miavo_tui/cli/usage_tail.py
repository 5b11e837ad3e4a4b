"""The requests that end from now on."""

from __future__ import annotations

from miavo_tui.client import GatewayClient, UsageRow

__all__ = ["UsageTail"]

_PAGE = 500


class UsageTail:
    """Tells of each request once, when it has ended: those under way now, and those to come."""

    def __init__(self, client: GatewayClient) -> None:
        self._client = client
        self._newest = 0
        self._open: dict[int, str] = {}
        """The rows under way, with their request ids."""

    async def begin(self) -> list[UsageRow]:
        """Takes note of what is there; of the latest, those that have ended, newest first."""
        return self._sort_out((await self._client.usage.page(limit=_PAGE)).rows)

    async def ended(self) -> list[UsageRow]:
        """The requests that have ended since the last call, in the order they began."""
        before = dict(self._open)
        done = self._sort_out(await self._newer())
        for row_id, request_id in before.items():
            row = await self._client.usage.row(request_id)
            if row.state != "open":
                del self._open[row_id]
                done.append(row)
        return sorted(done, key=lambda row: row.id)

    def _sort_out(self, rows: tuple[UsageRow, ...]) -> list[UsageRow]:
        self._newest = max((row.id for row in rows), default=self._newest)
        self._open |= {row.id: row.request_id for row in rows if row.state == "open"}
        return [row for row in rows if row.state != "open"]

    async def _newer(self) -> tuple[UsageRow, ...]:
        rows: tuple[UsageRow, ...] = ()
        before: int | None = None
        while True:
            page = await self._client.usage.page(limit=_PAGE, before=before)
            newer = tuple(row for row in page.rows if row.id > self._newest)
            rows += newer
            before = page.next_before
            if before is None or len(newer) < len(page.rows):
                return rows
