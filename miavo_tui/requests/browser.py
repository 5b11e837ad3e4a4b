"""Reads requests page by page and takes in what the gateway tells of them live; no widget here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import orjson

from miavo_tui.json_fields import UnexpectedShape
from miavo_tui.requests.window import PAGE, UsageWindow
from miavo_tui.usage_query import EVERYTHING, UsageQuery
from miavo_tui.usage_records import UsageExtent, UsagePage, UsageRow

if TYPE_CHECKING:
    from miavo_tui.client import GatewayClient
    from miavo_tui.sse import Event

__all__ = ["UsageBrowser"]

_MOST_UNREAD = 2_000
_NONE = UsageExtent(0, None, None)


class UsageBrowser:
    """The part of the requests that is held, and what is on its way into it.

    Attributes:
        query: which requests.
        window: those held.
        extent: how many there are, as far as is known.
        coming: requests that began since the newest page was read and are not held.
        counted: whether `extent` was counted; it is an estimate before.
    """

    def __init__(self) -> None:
        self.query = EVERYTHING
        self.window = UsageWindow()
        self.extent = _NONE
        self.coming = 0
        self.counted = False
        self._unread: dict[str, UsageRow] = {}
        self._first_tokens: dict[str, float] = {}
        self._known_newest = 0

    # Pages

    async def open_newest(self, client: GatewayClient, query: UsageQuery) -> None:
        """Holds the newest page of a query."""
        page = await client.usage.page(query, limit=PAGE)
        if query != self.query:
            self.query, self.extent, self.counted = query, _NONE, False
        last = page.next_before is None
        self.window.show(page.rows, at_newest=True, at_oldest=last)
        self.coming = 0
        self._known_newest = self.window.newest
        self._reach(page, oldest=last)

    async def open_oldest(self, client: GatewayClient) -> None:
        """Holds the oldest page."""
        page = await client.usage.page(self.query, limit=PAGE, after=0)
        whole = len(page.rows) < PAGE
        self.window.show(page.rows, at_newest=whole, at_oldest=True)
        if whole:
            self._caught_up()
        self._reach(page, oldest=True)

    async def open_at(self, client: GatewayClient, fraction: float) -> None:
        """Holds a page somewhere between the newest row (0) and the oldest (1)."""
        newest, oldest = self.extent.newest, self.extent.oldest
        if newest is None or oldest is None or fraction <= 0:
            return await self.open_newest(client, self.query)
        if fraction >= 1:
            return await self.open_oldest(client)
        number = newest - round((newest - oldest) * fraction)
        page = await client.usage.page(self.query, limit=PAGE, before=number + 1)
        if not page.rows:
            return await self.open_oldest(client)
        self.window.show(page.rows, at_newest=False, at_oldest=page.next_before is None)
        return None

    async def older(self, client: GatewayClient) -> bool:
        """Adds the page behind those held; whether there was one."""
        if self.window.at_oldest or not self.window.rows:
            return False
        last = self.window.rows[-1].id
        page = await client.usage.page(self.query, limit=PAGE, before=last)
        if not self.window.rows or self.window.rows[-1].id != last:
            return False  # something else is shown by now
        self.window.add_older(page.rows, last=page.next_before is None)
        self._reach(page, oldest=page.next_before is None)
        return bool(page.rows)

    async def newer(self, client: GatewayClient) -> bool:
        """Adds the page ahead of those held; whether there was one."""
        if not self.window.rows or (self.window.at_newest and not self.coming):
            return False
        first = self.window.newest
        page = await client.usage.page(self.query, limit=PAGE, after=first)
        if self.window.newest != first:
            return False
        last = len(page.rows) < PAGE
        self.window.add_newer(page.rows, last=last)
        if last:
            self._caught_up()
        return bool(page.rows)

    async def count(self, client: GatewayClient) -> None:
        """Counts the requests of the query."""
        query = self.query
        extent = await client.usage.extent(query)
        if query == self.query:
            self.extent, self.counted = extent, True

    def _caught_up(self) -> None:
        self.coming = 0
        self._known_newest = max(self._known_newest, self.window.newest)

    def _reach(self, page: UsagePage, *, oldest: bool) -> None:
        """What a page tells of how far the rows reach."""
        if not page.rows:
            return
        extent = self.extent
        newest = max(extent.newest or 0, page.rows[0].id)
        first = page.rows[-1].id if oldest else extent.oldest
        self.extent = replace(extent, newest=newest, oldest=first or extent.oldest)
        if oldest and self.window.at_newest:
            self.extent = replace(self.extent, count=len(self.window.rows))
            self.counted = True

    # Live

    def take(self, event: Event) -> bool:
        """Takes an event of the gateway; False if something was missed before it."""
        if event.name == "lost":
            return False
        if event.name in ("request.started", "request.ended"):
            try:
                row = UsageRow.from_json(orjson.loads(event.data))
            except (UnexpectedShape, orjson.JSONDecodeError, AttributeError):
                return True
            if len(self._unread) < _MOST_UNREAD or row.request_id in self._unread:
                self._unread[row.request_id] = row
            else:
                return False
        elif event.name == "request.first_token":
            data = orjson.loads(event.data)
            self._first_tokens[str(data["request_id"])] = float(data["first_token_ms"])
        return True

    def settle(self, *, following: bool) -> bool:
        """Puts what was taken into the rows held; whether anything that is shown changed.

        Args:
            following: whether new requests go to the top of the list; they are counted otherwise.
        """
        if not self._unread and not self._first_tokens:
            return False
        changed = self._see_first_tokens()
        fresh: list[UsageRow] = []
        for row in self._unread.values():
            if self.window.holds(row.id):
                changed = True
                if self.query.passes(row):
                    self.window.replace(row)
                else:
                    self.window.remove(row.id)
            elif self.query.passes(row):
                if row.id > self._known_newest:
                    fresh.append(row)
                elif self.window.rows and self.window.rows[-1].id < row.id < self.window.newest:
                    # Only its end made it one of those asked for.
                    self.window.insert(row)
                    changed = True
        self._unread.clear()
        if not fresh:
            return changed
        fresh.sort(key=lambda row: -row.id)
        self._known_newest = fresh[0].id
        extent = self.extent
        self.extent = UsageExtent(
            extent.count + len(fresh), extent.oldest or fresh[-1].id, fresh[0].id
        )
        if following and self.window.at_newest and len(fresh) <= PAGE:
            self.window.add_newer(fresh, last=True)
        else:
            self.coming += len(fresh)
        return True

    def _see_first_tokens(self) -> bool:
        """Open requests whose first token has come are streaming from now on."""
        if not self._first_tokens:
            return False
        changed = False
        for number, row in enumerate(self.window.rows):
            first = self._first_tokens.get(row.request_id)
            if first is not None and row.state == "open":
                self.window.rows[number] = replace(row, first_token_ms=first)
                changed = True
        for request_id, first in self._first_tokens.items():
            unread = self._unread.get(request_id)
            if unread is not None and unread.state == "open":
                self._unread[request_id] = replace(unread, first_token_ms=first)
        self._first_tokens.clear()
        return changed
