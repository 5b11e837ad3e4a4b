"""Reads requests page by page and takes in what the gateway tells of them live; no widget here."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

import orjson

from miavo_tui.json_fields import JsonObject, UnexpectedShape
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
        self._unread: dict[str, JsonObject] = {}
        """What was told last of each request. At hundreds a second most of it is told anew, or
        out of view, before it is drawn, so rows are made of it only then."""
        self._first_tokens: dict[str, float] = {}
        self._known_newest = 0
        self._counted_to = 0
        """The newest request that `extent` has in its count."""
        self._since_asked: deque[int] = deque(maxlen=_MOST_UNREAD)
        """The requests that came since they began to be counted."""

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
        self._since_asked.clear()
        extent = await client.usage.extent(query)
        if query == self.query:
            self.take_count(extent)

    def take_count(self, extent: UsageExtent) -> None:
        """Takes what was counted, and adds what came since: it may be there already, or not yet."""
        later = [number for number in self._since_asked if number > (extent.newest or 0)]
        self.extent = UsageExtent(
            extent.count + len(later),
            extent.oldest if extent.oldest is not None else min(later, default=None),
            max(later, default=extent.newest),
        )
        self._counted_to = self.extent.newest or 0
        self._since_asked.clear()
        self.counted = True

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
            self._counted_to = self.window.newest
            self.counted = True

    # Live

    def take(self, event: Event) -> bool:
        """Takes an event of the gateway; False if something was missed before it."""
        if event.name == "lost":
            return False
        if event.name in ("request.started", "request.ended"):
            data = _object(event.data)
            request_id = data.get("request_id")
            if isinstance(request_id, str):
                if len(self._unread) >= _MOST_UNREAD and request_id not in self._unread:
                    return False
                self._unread[request_id] = data
        elif event.name == "request.first_token":
            data = _object(event.data)
            request_id, first = data.get("request_id"), data.get("first_token_ms")
            if isinstance(request_id, str) and isinstance(first, int | float):
                self._first_tokens[request_id] = float(first)
        return True

    def settle(self, *, following: bool) -> bool:
        """Puts what was taken into the rows held; whether anything that is shown changed.

        Args:
            following: whether new requests go to the top of the list; they are counted otherwise.
        """
        if not self._unread and not self._first_tokens:
            return False
        changed = self._see_first_tokens()
        fresh: list[tuple[int, JsonObject]] = []
        for data in self._unread.values():
            number = data.get("id")
            if not isinstance(number, int):
                continue
            if self.window.holds(number):
                changed = self._renew(number, data) or changed
            elif number > self._known_newest:
                if self.query == EVERYTHING or self._passing(data) is not None:
                    fresh.append((number, data))
            elif self._is_between(number) and (row := self._passing(data)) is not None:
                # Only its end made it one of those asked for.
                self.window.insert(row)
                changed = True
        self._unread.clear()
        return self._add_fresh(fresh, following=following) if fresh else changed

    def _is_between(self, number: int) -> bool:
        rows = self.window.rows
        return bool(rows) and rows[-1].id < number < rows[0].id

    def _renew(self, number: int, data: JsonObject) -> bool:
        row = self._passing(data)
        if row is not None:
            return self.window.replace(row)
        self.window.remove(number)
        return True

    def _passing(self, data: JsonObject) -> UsageRow | None:
        """The row, if it is one of those asked for."""
        row = _row(data)
        return row if row is not None and self.query.passes(row) else None

    def _add_fresh(self, fresh: list[tuple[int, JsonObject]], *, following: bool) -> bool:
        fresh.sort(key=lambda each: -each[0])
        newest, oldest = fresh[0][0], fresh[-1][0]
        self._known_newest = newest
        extent = self.extent
        more = sum(number > self._counted_to for number, _ in fresh)
        self._counted_to = max(self._counted_to, newest)
        self._since_asked.extend(number for number, _ in fresh)
        self.extent = UsageExtent(
            extent.count + more, extent.oldest or oldest, max(newest, extent.newest or 0)
        )
        if following and self.window.at_newest and len(fresh) <= PAGE:
            rows = [row for _, data in fresh if (row := _row(data)) is not None]
            self.window.add_newer(rows, last=True)
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
            if unread is not None and unread.get("state") == "open":
                self._unread[request_id] = {**unread, "first_token_ms": first}
        self._first_tokens.clear()
        return changed


def _object(text: str) -> JsonObject:
    """A JSON object; an empty one where the text is none."""
    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return data if isinstance(data, dict) else {}


def _row(data: JsonObject) -> UsageRow | None:
    try:
        return UsageRow.from_json(data)
    except UnexpectedShape:
        return None
