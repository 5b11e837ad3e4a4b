"""The Keys screen: keys for other programs, what they may do and how much they use now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from miavo_tui.account_records import AccountRow
from miavo_tui.allow_entries import counts
from miavo_tui.gateway_errors import GatewayRefused, GatewayUnreachable
from miavo_tui.key_records import KeyRow
from miavo_tui.key_states import live, state_of
from miavo_tui.key_view import KEY_SORTS, KeyView, listed
from miavo_tui.money_records import Spend
from miavo_tui.plain_text import printable_line
from miavo_tui.screens.key_changes import KeyChanges
from miavo_tui.screens.keys_keys import BINDINGS
from miavo_tui.screens.list_with_detail import ListWithDetail
from miavo_tui.widgets.empty_state import EmptyState
from miavo_tui.widgets.key_bar import KeyBar
from miavo_tui.widgets.key_detail import KeyDetail, KeyInView
from miavo_tui.widgets.key_legend import KeyLegend
from miavo_tui.widgets.key_table import KeyTable
from miavo_tui.widgets.row_table import RowTable
from miavo_tui.widgets.search_line import SearchLine

__all__ = ["KeysScreen"]


class KeysScreen(KeyChanges, ListWithDetail):
    """A list with search and orders; beside it, or over it, the details of one key."""

    TAB = "keys"
    PURPOSE = (
        "Keys for the programs that call this gateway, with their limits and budgets,\n"
        "and how full each 60-second window is now. Revoked keys are refused at once."
    )
    CSS_PATH = [  # noqa: RUF012 - as the base class declares it
        "keys.tcss",
        "../widgets/query_line.tcss",
        "../widgets/row_table.tcss",
        "../widgets/key_bar.tcss",
        "../widgets/key_detail.tcss",
        "../widgets/key_legend.tcss",
    ]
    AUTO_FOCUS = "#key-table"
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - as the base class declares it
        (0, "-narrow"),
        (120, "-wide"),
        (150, "-wide-150"),
        (180, "-wide-180"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = BINDINGS

    table = getters.query_one("#key-table", KeyTable)
    detail = getters.query_one(KeyDetail)
    _bar = getters.query_one(KeyBar)
    _legend = getters.query_one(KeyLegend)
    _empty = getters.query_one(EmptyState)
    _trouble = getters.query_one("#key-trouble", Static)

    def __init__(self) -> None:
        super().__init__()
        self.view = KeyView()
        self.rows: tuple[KeyRow, ...] = ()
        self.accounts: tuple[AccountRow, ...] = ()
        self.spend: Mapping[str, Spend] = {}
        self._known = False
        self._about_list = False

    def compose_body(self) -> ComposeResult:
        """List and details."""
        state = self.app.state
        self.view = KeyView(
            account=state.key_account,
            gone_too=state.keys_gone_too,
            sort=state.key_sort if state.key_sort in KEY_SORTS else KEY_SORTS[0],
            descending=state.key_descending,
        )
        yield Static(id="key-trouble", markup=False)
        with Horizontal(id="keys"):
            with Vertical(id="key-list"):
                yield SearchLine(self.view.search, "search name, id, plan or models")
                yield KeyBar()
                yield KeyTable(id="key-table")
                yield EmptyState()
                yield KeyLegend()
            yield KeyDetail(id="key-detail")

    # What is shown, anew each second while it is in view

    async def sum_up(self) -> None:
        """Learns who pays, and what keys cost in the last 24 hours."""
        client = self.app.client
        if client is None:
            return
        since = datetime.now(UTC) - timedelta(days=1)
        try:
            with self.pace.measured():
                self.accounts = await client.accounts.all()
                if self.view.account not in ("", *(one.id for one in self.accounts)):
                    self._set_view(replace(self.view, account=""))
                self._show()
                found = await client.credit.spend_by("key", since=since)
        except GatewayUnreachable:
            self.app.look_at_link()
        except GatewayRefused as refused:
            self._tell_of_list(f"{refused.message} The list is as it was before.")
        else:
            self.spend = {one.group: one for one in found}
            self._show()

    async def fetch(self) -> None:
        """Learns how full the windows are."""
        client = self.app.client
        if client is None:
            return
        try:
            self.rows = await client.keys.all()
        except GatewayUnreachable:
            self.app.look_at_link()
        except GatewayRefused as refused:
            self._tell_of_list(f"{refused.message} The list is as it was before.")
        else:
            self._known = True
            self._tell_of_list("")
        self._show()

    def _tell_of_list(self, trouble: str) -> None:
        """Shows that the list cannot be read; what a change has led to stays."""
        if trouble or self._about_list:
            self.tell(trouble)
            self._about_list = bool(trouble)

    def tell(self, trouble: str) -> None:
        """Shows what went wrong over the list; nothing to say takes it away."""
        self._about_list = False
        self._trouble.display = bool(trouble)
        self._trouble.update(f"✖ {trouble}" if trouble else "")

    def change_view(self, **changes: Any) -> None:
        """Replaces fields of the view and shows the result."""
        self._set_view(replace(self.view, **changes))
        self._show()

    def _set_view(self, view: KeyView) -> None:
        self.view = view
        self.app.remember(
            key_sort=view.sort,
            key_descending=view.descending,
            keys_gone_too=view.gone_too,
            key_account=view.account,
        )

    def _show(self, at: str | None = None) -> None:
        now, table, view = datetime.now(UTC), self.table, self.view
        shown = listed(self.rows, view, now, self.spend)
        table.now, table.spend = now, self.spend
        table.accounts = {account.id: account.name for account in self.accounts}
        table.sort, table.descending = view.sort, view.descending
        table.show(shown, at)
        self._bar.view = view
        self._bar.several = len(self.accounts) > 1
        self._bar.account = table.accounts.get(view.account, "")
        self._bar.gone = sum(not live(row, now) for row in self.rows)
        self._legend.states = frozenset(state_of(row, now) for row in shown)
        self.search_line.show_count(len(shown), len(self.rows))
        self._show_nothing(shown, now)

    def _show_nothing(self, shown: tuple[KeyRow, ...], now: datetime) -> None:
        """What stands in place of an empty list."""
        self.set_class(not self.rows, "-empty")
        if shown:
            self._empty.hide()
            return
        if not self._known:
            self._empty.show("Asking the gateway for its keys.")
        elif not self.rows:
            self._empty.show(
                "No keys yet.",
                "A program that calls this gateway needs one. It is shown once, when it is made.",
                ("keys.create", "makes a key"),
            )
        else:
            ways = [("keys.back", "clears the search")] if self.view.search else []
            ways += (
                [("keys.account", "shows the keys of another account")] if self.view.account else []
            )
            if not self.view.gone_too and any(not live(row, now) for row in self.rows):
                ways.append(("keys.gone", "lists revoked and expired keys too"))
            self._empty.show("No key is listed.", "", *ways, ("keys.create", "makes a key"))

    @on(RowTable.Highlighted, "#key-table")
    def _highlighted(self, event: RowTable.Highlighted) -> None:
        row = event.row
        if row is None:
            self.detail.shown = None
        else:
            key = (self.app.client.api_key if self.app.client is not None else None) or ""
            self.detail.shown = KeyInView(
                row=row,
                now=self.table.now,
                account=printable_line(self.table.accounts.get(row.account_id, row.account_id)),
                spend=self.spend.get(row.id),
                own=key.startswith(row.prefix) and key.endswith(row.last_four),
                admitted=counts(row.allow, self.app.models),
            )
        self.refresh_bindings()

    # Search, filters, order

    @property
    def shown_list(self) -> KeyTable:
        """The keys."""
        return self.table

    @property
    def shown_detail(self) -> KeyDetail:
        """Everything about one."""
        return self.detail

    @property
    def searched(self) -> str:
        """What keys are searched for."""
        return self.view.search

    def action_toggle_gone(self) -> None:
        """Revoked and expired keys too, or not."""
        self.change_view(gone_too=not self.view.gone_too)

    @work
    async def action_account(self) -> None:
        """The keys of one account, or of all; also makes an account."""
        from miavo_tui.screens.account_menu import AccountMenu

        menu = AccountMenu(self.accounts, self.view.account, all_too=True)
        chosen = await self.app.push_screen_wait(menu)
        if chosen is None:
            return
        self.change_view(account=chosen)
        self.begin_sums()  # it may be new, or have another name by now

    def action_sort(self) -> None:
        """The next order."""
        at = KEY_SORTS.index(self.view.sort) if self.view.sort in KEY_SORTS else 0
        self._sort_by(KEY_SORTS[(at + 1) % len(KEY_SORTS)])

    def action_reverse(self) -> None:
        """The same order, turned round."""
        self._sort_by(self.view.sort)

    @on(RowTable.SortAsked)
    def _sort_asked(self, event: RowTable.SortAsked) -> None:
        self._sort_by(event.sort)

    def _sort_by(self, sort: str) -> None:
        self._set_view(self.view.by(sort))
        self._show()

    # One key in sight

    @property
    def key_under_cursor(self) -> KeyRow | None:
        """The key that is meant."""
        return self.table.highlighted

    @property
    def account_in_view(self) -> str:
        """The id of the account whose keys are listed; empty for all."""
        return self.view.account

    @on(RowTable.Chosen, "#key-table")
    def _chosen(self) -> None:
        if self.shows_list_alone:
            self.action_toggle_detail()
        else:
            self.call_later(self.run_action, "edit")

    def action_back(self) -> None:
        """Takes away what was told first."""
        if self._trouble.display:
            self.tell("")
            self.refresh_bindings()
        else:
            super().action_back()

    def action_requests(self) -> None:
        """Shows its requests, live and past."""
        from miavo_tui.requests.filter_text import FilterText

        row = self.table.highlighted
        if row is not None:
            self.app.remember(usage_filter=str(FilterText({"key": (row.name,)})))
            self.app.show_screen("usage")

    async def action_copy_id(self) -> None:
        """Copies the id, which names the key to the commands."""
        row = self.table.highlighted
        if row is not None:
            await self.app.copy(row.id, row.id)

    def take(self, changed: KeyRow) -> None:
        """Shows what the gateway said of a key, at once and under the cursor."""
        self.tell("")
        others = {row.id: row for row in self.rows} | {changed.id: changed}
        self.rows = tuple(others.values())
        if self.view.account not in ("", changed.account_id):
            self._set_view(replace(self.view, account=""))
        if self.view.search:
            self.search_line.field.value = ""
            self.view = replace(self.view, search="")
        self._show(changed.id)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offers what applies to the key under the cursor and to the room there is."""
        if not self.is_mounted:
            return True
        row, now = self.table.highlighted, self.table.now
        match action:
            case "edit":
                return row is not None and live(row, now) and not self.shows_list_alone
            case "rotate" | "models" | "environment":
                return row is not None and live(row, now)
            case "revoke":
                return row is not None and row.revoked_at is None
            case "restore":
                until = None if row is None else row.restorable_until
                return until is not None and until > now
            case "show_detail":
                return row is not None and self.shows_list_alone
            case "toggle_detail":
                return row is not None and self.has_class("-narrow")
            case "copy_id" | "requests":
                return row is not None
            case "back":
                return self._trouble.display or self.shows_detail_alone or bool(self.view.search)
            case "account":
                return bool(self.accounts) and not self.shows_detail_alone
            case "toggle_gone":
                return self.view.gone_too or any(not live(each, now) for each in self.rows)
            case "search" if self.focused is self.search_line.field:
                return False
            case "search" | "sort" | "reverse":
                return bool(self.rows) and not self.shows_detail_alone
        return super().check_action(action, parameters)
