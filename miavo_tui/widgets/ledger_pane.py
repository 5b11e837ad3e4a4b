"""The ledger: filter, time, kinds, and a window of entries that moves over any number of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from textual import getters, on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer

from miavo_tui.gateway_errors import GatewayRefused, GatewayUnreachable
from miavo_tui.ledger_window import PAGE, LedgerWindow
from miavo_tui.money_records import LedgerQuery
from miavo_tui.pace import Pace
from miavo_tui.plain_text import printable_line
from miavo_tui.requests.filter_text import TIME_FIELDS, FilterFault, read_filter, times_from
from miavo_tui.requests.ranges import ANY_TIME, TimeRange
from miavo_tui.widgets.empty_state import EmptyState
from miavo_tui.widgets.filter_line import FilterLine
from miavo_tui.widgets.ledger_bar import KIND_SETS, LedgerBar
from miavo_tui.widgets.ledger_table import LedgerTable
from miavo_tui.widgets.query_line import QueryInput

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp
    from miavo_tui.client import GatewayClient

__all__ = ["LedgerPane"]

_COUNT_SECONDS = 5.0
"""How often the entries are counted anew."""
_TYPING_SECONDS = 0.25
_PLACEHOLDER = "filter: since:2h until:2026-01-31 or any words"


class LedgerPane(Vertical):
    """Reads the ledger page by page; `turn` brings what is new.

    Attributes:
        asked: which entries are listed; changed with `ask`.
        time_range: the time that was chosen; a `since:` in the filter goes before it.
        window: those that are held.
    """

    table = getters.query_one(LedgerTable)
    filter = getters.query_one(FilterLine)
    _bar = getters.query_one(LedgerBar)
    _empty = getters.query_one(EmptyState)

    if TYPE_CHECKING:
        app = getters.app(MiavoApp)

    @dataclass
    class Troubled(Message):
        """A page could not be read; without an error, all is well again."""

        error: GatewayRefused | GatewayUnreachable | None

    def __init__(self, account: str, *, id: str) -> None:  # noqa: A002 - Textual's own name
        """Nothing is listed before the first `turn`.

        Args:
            account: the id of whose entries.
            id: the widget's.
        """
        super().__init__(id=id)
        self.asked = LedgerQuery(account=account, kinds=KIND_SETS[0][1])
        self.window = LedgerWindow()
        self.time_range = ANY_TIME
        self._typing: Timer | None = None
        self._known = False
        self._job: object | None = None
        self._pace = Pace(_COUNT_SECONDS)

    def compose(self) -> ComposeResult:
        """Filter, kinds, entries."""
        yield FilterLine("", _PLACEHOLDER)
        yield LedgerBar()
        yield LedgerTable(id="ledger")
        yield EmptyState()

    @property
    def _client(self) -> GatewayClient | None:
        return self.app.client

    # Which entries

    def ask(self, **changes: Any) -> None:
        """Lists other entries: replaces fields of the query."""
        self.asked = replace(self.asked, **changes)
        self._bar.extent = None
        self.restart()
        self._count()

    def step_kinds(self, by: int) -> None:
        """Lists the next kinds."""
        self.set_kinds((self._bar.kinds + by) % len(KIND_SETS))

    def set_kinds(self, number: int) -> None:
        """Lists the kinds of a set."""
        self._bar.kinds = number
        self.ask(kinds=KIND_SETS[number][1])

    def toggle_key(self) -> None:
        """Only the entries of the key under the cursor, or those of all again."""
        row = self.table.highlighted
        if self.asked.key_id is not None:
            self._bar.key_name = ""
            self.ask(key_id=None)
        elif row is not None and row.key_id is not None:
            self._bar.key_name = printable_line(row.key_name or row.key_id)
            self.ask(key_id=row.key_id)

    @property
    def filtered(self) -> bool:
        """Whether words or times leave entries out."""
        return bool(self.filter.field.value) or self.time_range is not ANY_TIME

    def set_range(self, time_range: TimeRange) -> None:
        """Lists the entries of another time."""
        self.time_range = self._bar.time_range = time_range
        self._ask_filtered()

    def drop_filter(self) -> None:
        """Lists the entries with any words, of any time."""
        self.filter.field.value = ""
        self.set_range(ANY_TIME)

    @on(FilterLine.Changed)
    def _typed(self, event: FilterLine.Changed) -> None:
        event.stop()
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(_TYPING_SECONDS, self._ask_filtered)

    @on(QueryInput.Left)
    def _filter_left(self, event: QueryInput.Left) -> None:
        event.stop()
        self.table.focus()

    def _ask_filtered(self) -> None:
        given = read_filter(self.filter.field.value, TIME_FIELDS)
        try:
            since, until = times_from(given, datetime.now().astimezone(), self.time_range.since())
        except FilterFault as fault:
            self.filter.tell(str(fault))
            return
        self.filter.tell("")
        self.ask(text=given.text[:200], since=since, until=until)

    # Pages

    @work(group="ledger", exclusive=True)
    async def restart(self, *, oldest: bool = False) -> None:
        """Shows the newest entries, or the oldest, wherever the window was."""
        client, query = self._client, self.asked
        if client is None:
            return
        job = self._begin()
        try:
            page = await client.credit.ledger(query, limit=PAGE, after=0 if oldest else None)
            whole = len(page.rows) < PAGE
            self.window.show(page.rows, at_newest=whole or not oldest, at_oldest=whole or oldest)
            self._known = True
            rows = self.window.rows
            self._show(at=None if not rows else rows[-1].id if oldest else rows[0].id)
            self.post_message(self.Troubled(None))
        except (GatewayRefused, GatewayUnreachable) as error:
            self.post_message(self.Troubled(error))
        finally:
            self._end(job)

    @property
    def _loading(self) -> bool:
        return self._job is not None

    def _begin(self) -> object:
        """A page is on its way; one that was before it no longer counts."""
        self._job = object()
        return self._job

    def _end(self, job: object) -> None:
        if self._job is job:
            self._job = None

    async def turn(self) -> None:
        """Brings what is new, where the newest entries are in view.

        Raises:
            GatewayRefused: the gateway does not answer the query.
            GatewayUnreachable: no gateway answers.
        """
        client, query, window = self._client, self.asked, self.window
        if client is None or self._loading:
            return
        if not self._known:
            self.restart()
            self._count()
            return
        if window.at_newest:
            newest = window.newest
            page = await client.credit.ledger(query, limit=PAGE, after=newest)
            moved = not window.at_newest or window.newest != newest
            if query is not self.asked or self._loading or moved:
                return
            at_top = self.table.cursor == 0 and self.table.scroll_y == 0
            if page.rows and len(page.rows) == PAGE and at_top:
                self.restart()
            elif page.rows and (len(page.rows) == PAGE or self.table.cursor >= PAGE):
                # Who reads far below keeps what is there; on the way up it is asked for.
                window.at_newest = False
            elif page.rows:
                window.add_newer(page.rows, last=True)
                self._show(at=window.rows[0].id if at_top else None)
        if self._pace.due:
            self._count()

    # Over millions of entries it may take seconds: the pages do not wait for it.
    @work(group="ledger-count", exclusive=True)
    async def _count(self) -> None:
        client, query = self._client, self.asked
        if client is None:
            return
        try:
            with self._pace.measured():
                extent = await client.credit.extent(query)
        except (GatewayRefused, GatewayUnreachable):
            return  # the next page tells
        if query is self.asked:
            self._bar.extent = extent

    @on(LedgerTable.MoreAsked)
    def _more_asked(self, event: LedgerTable.MoreAsked) -> None:
        event.stop()
        window = self.window
        ended = window.at_oldest if event.older else window.at_newest
        if not self._loading and not ended and window.rows:
            self._load(self._begin(), older=event.older)

    @work(group="ledger", exclusive=True)
    async def _load(self, job: object, *, older: bool) -> None:
        client, query, window = self._client, self.asked, self.window
        try:
            if client is None:
                return
            if older:
                before = window.rows[-1].id
                page = await client.credit.ledger(query, limit=PAGE, before=before)
                window.add_older(page.rows, last=len(page.rows) < PAGE)
            else:
                page = await client.credit.ledger(query, limit=PAGE, after=window.newest)
                window.add_newer(page.rows, last=len(page.rows) < PAGE)
            self._show()
        except (GatewayRefused, GatewayUnreachable) as error:
            self.post_message(self.Troubled(error))
        finally:
            self._end(job)

    @on(LedgerTable.EndAsked)
    def _end_asked(self, event: LedgerTable.EndAsked) -> None:
        event.stop()
        window = self.window
        if event.oldest and window.at_oldest:
            self.table.cursor = len(window.rows) - 1
        elif not event.oldest and window.at_newest:
            self.table.cursor = 0
        else:
            self.restart(oldest=event.oldest)

    def _show(self, at: int | None = None) -> None:
        rows = self.window.rows
        self.table.show(list(rows), at)
        self.table.display = bool(rows)
        if rows:
            self._empty.hide()
            return
        query = self.asked
        if self.filtered or query.key_id is not None or query.kinds != KIND_SETS[0][1]:
            ways = [("credit.clear", "drops the filter and the time")] if self.filtered else []
            ways += [("credit.one-key", "lists the entries of all keys")] if query.key_id else []
            self._empty.show(
                "No entry is listed.", "", *ways, ("credit.kinds", "lists other kinds")
            )
        else:
            self._empty.show(
                "No money has moved yet.",
                "Credit is your own cap: priced models are called while there is some. "
                "Free models need none.",
                ("credit.add", "adds credit"),
            )
