"""The part of the Usage screen that reads: pages as they are wanted, and what happens live."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual import getters, work
from textual.css.query import NoMatches

from miavo_tui.client import GatewayClient, GatewayRefused, GatewayUnreachable
from miavo_tui.client.connection import LISTENING
from miavo_tui.link import Link, Phase
from miavo_tui.live_feed import feed, gateway_events
from miavo_tui.requests.asking import Asking
from miavo_tui.requests.browser import UsageBrowser
from miavo_tui.requests.filter_text import FilterFault, FilterText, read_filter
from miavo_tui.requests.ranges import TimeRange, range_named
from miavo_tui.screens.frame import FrameScreen
from miavo_tui.screens.request import RequestDialog
from miavo_tui.sse import Event
from miavo_tui.usage_query import UsageQuery
from miavo_tui.widgets.filter_line import FilterLine
from miavo_tui.widgets.usage_charts import UsageCharts
from miavo_tui.widgets.usage_list import UsageList

__all__ = ["UsageReading"]


class UsageReading(FrameScreen):
    """Keeps the list of requests filled. A subclass composes it and shows how things stand.

    Attributes:
        browser: the requests held, and how many there are.
    """

    TAB = "usage"

    requests = getters.query_one("#usage-list", UsageList)
    charts = getters.query_one("#usage-charts", UsageCharts)
    _line = getters.query_one(FilterLine)

    def __init__(self) -> None:
        super().__init__()
        self.browser = UsageBrowser()
        self._paused = False
        self._live = False
        self._missed = False
        """Whether requests came that were not told of."""
        self._read = False
        """Whether a page of the query has come."""
        self._trouble = ""
        self._loading: set[bool] = set()
        self._asking = Asking()

    # What is looked at

    @property
    def shows_charts(self) -> bool:
        """Whether charts are in view in place of the list."""
        return self.has_class("-charts")

    @property
    def time_range(self) -> TimeRange:
        """The time that is looked at, as the app remembers it."""
        return range_named(self.app.state.usage_range)

    @property
    def filter(self) -> FilterText:
        """The filter, as the app remembers it."""
        return read_filter(self.app.state.usage_filter)

    def set_filter(self, given: FilterText) -> None:
        """Puts a filter into the line, as if it had been typed."""
        self._line.field.value = str(given)

    async def _query(self, client: GatewayClient) -> UsageQuery:
        return await self._asking.query(
            client, self.filter, models=self.app.models, time_range=self.time_range
        )

    def _show(self) -> None:
        """Shows how things stand, in the lines around the list."""
        raise NotImplementedError

    def _show_rows(self, *, keep: int | None, following: bool = False) -> None:
        window = self.browser.window
        more = not window.at_oldest
        self.requests.show(window.rows, keep=keep, following=following, more=more)

    # Reading

    def _link_changed(self, link: Link) -> None:
        if link.phase is Phase.READY:
            self.reload()
        else:
            self._live = False
            self._show()

    @work(group="page", exclusive=True)
    async def reload(self) -> None:
        """Reads the newest page of what is asked for now, then counts."""
        await self._reading(self._open_newest)

    async def _open_newest(self, client: GatewayClient) -> None:
        query = await self._query(client)
        self._line.tell("")
        same = query == self.browser.query
        await self.browser.open_newest(client, query)
        self._read = True
        row = self.requests.highlighted if same and self.requests.cursor else None
        self._show_rows(keep=row.id if row else None)
        self._show()
        if self.shows_charts:
            self.charts.count(self._charted)
        await self.browser.count(client)

    @work(group="page", exclusive=True)
    async def _go_to(self, fraction: float) -> None:
        async def go(client: GatewayClient) -> None:
            await self.browser.open_at(client, fraction)
            self._show_rows(keep=None)
            if fraction >= 1:
                self.requests.select_last()
            if not self.browser.counted:
                self._show()
                await self.browser.count(client)

        await self._reading(go)

    @work(group="beside")
    async def _add_page(self, older: bool) -> None:
        if older in self._loading:
            return
        self._loading.add(older)
        try:
            await self._reading(self.browser.older if older else self.browser.newer)
            row = self.requests.highlighted
            self._show_rows(keep=row.id if row else None)
        finally:
            self._loading.discard(older)

    async def _reading(self, read: Callable[[GatewayClient], Awaitable[object]]) -> None:
        client = self.app.client
        if client is None:
            return
        try:
            await read(client)
        except NoMatches:
            return  # the app is closing
        except FilterFault as fault:
            self._line.tell(str(fault))
        except GatewayRefused as refused:
            self._trouble = refused.message
        except GatewayUnreachable as unreachable:
            self._trouble = str(unreachable)
            self.app.look_at_link()
        else:
            self._trouble = ""
        self._show()

    # Live

    def came_into_view(self) -> None:
        """The charts are counted anew."""
        if self.shows_charts:
            self.charts.count(self._charted, anew=False)

    def left_view(self) -> None:
        """Stops listening."""
        self._live = False
        self.workers.cancel_group(self, "live")

    def _tick(self) -> None:
        """Takes in what came."""
        if not self.query(UsageList):
            return  # the app is closing
        if not self.running("live"):
            self._listen()
        newest = self.browser.window.at_newest and self.requests.on_newest
        following = newest and not self._paused and not self._loading
        if self._missed and following:
            if not self.running("page"):
                self._missed = False
                self.reload()
            return
        kept = self.requests.highlighted
        first = self.requests.cursor == 0
        if self.browser.settle(following=following):
            held = kept.id if kept and not (first and following) else None
            self._show_rows(keep=held, following=following)
            self._show()
            self._renew_dialog()

    @work(group="live", exclusive=True)
    async def _listen(self) -> None:
        await feed(lambda: gateway_events(self.app), self._take, lost=self._stopped_listening)

    def _take(self, event: Event) -> None:
        if event.name == LISTENING:
            self._live = True
            # What came before this was not told.
            self._missed = self._read
            self._show()
        elif not self.browser.take(event):
            self._missed = True

    def _stopped_listening(self) -> None:
        self._live = False
        self._show()

    def _renew_dialog(self) -> None:
        dialog = self.app.screen
        if isinstance(dialog, RequestDialog):
            for row in self.browser.window.rows:
                if row.id == dialog.row.id and row != dialog.row:
                    dialog.show(row)

    async def _charted(self) -> tuple[GatewayClient, UsageQuery] | None:
        """What the charts ask for; None while they are out of view or the filter is at fault."""
        client = self.app.client
        if client is None or not self.shows_charts or not self.in_view:
            return None
        try:
            return client, await self._query(client)
        except FilterFault:
            return None
