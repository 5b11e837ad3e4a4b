"""The Credit screen: what an account has, what it is spent on, and every movement of it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from textual import events, getters, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.style import Style
from textual.widgets import Static

from miavo_tui.account_records import AccountRow
from miavo_tui.burn_rate import burn_rate
from miavo_tui.gateway_errors import GatewayRefused, GatewayUnreachable
from miavo_tui.money_records import Balance
from miavo_tui.money_text import usd
from miavo_tui.plain_text import printable_line
from miavo_tui.requests.ranges import range_named
from miavo_tui.screens.credit_keys import BINDINGS
from miavo_tui.screens.following import FollowingScreen
from miavo_tui.widgets.balance_line import BalanceLine
from miavo_tui.widgets.ledger_pane import LedgerPane
from miavo_tui.widgets.ledger_table import LedgerTable
from miavo_tui.widgets.row_table import RowTable
from miavo_tui.widgets.spend_bars import SpendBars
from miavo_tui.widgets.spend_days import SpendDays

if TYPE_CHECKING:
    from miavo_tui.client import GatewayClient

__all__ = ["CreditScreen"]

DEFAULT_ACCOUNT = "default"
"""The id of the account that every gateway has."""
_SPANS = (30, 90, 7)
_BURN_DAYS = 7


class CreditScreen(FollowingScreen):
    """Balance over the ledger; beside it, or in its place, what was spent by day, model and key."""

    TAB = "credit"
    PURPOSE = (
        "What this gateway may spend, as your own cap. The balance is the sum of the\n"
        "ledger's entries; requests in flight hold what they may cost at the most."
    )
    CSS_PATH = [  # noqa: RUF012 - as the base class declares it
        "credit.tcss",
        "../widgets/query_line.tcss",
        "../widgets/row_table.tcss",
        "../widgets/balance_line.tcss",
        "../widgets/ledger_bar.tcss",
        "../widgets/ledger_pane.tcss",
        "../widgets/spend_days.tcss",
        "../widgets/spend_bars.tcss",
    ]
    AUTO_FOCUS = "#ledger"
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - as the base class declares it
        (0, "-narrow"),
        (120, "-wide"),
        (150, "-wide-150"),
        (180, "-wide-180"),
    ]
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012 - as the base class declares it
        (0, "-low"),
        (36, "-tall"),
        (54, "-taller"),
    ]
    CHANGES: ClassVar[frozenset[str]] = frozenset({"add", "adjust"})
    BINDINGS: ClassVar[list[BindingType]] = BINDINGS

    ledger = getters.query_one(LedgerPane)
    table = getters.query_one(LedgerTable)
    plots = getters.query_one("#plots", VerticalScroll)
    days = getters.query_one(SpendDays)
    by_model = getters.query_one("#by-model", SpendBars)
    by_key = getters.query_one("#by-key", SpendBars)
    _line = getters.query_one(BalanceLine)
    _account_line = getters.query_one("#account-line", Static)
    _trouble = getters.query_one("#credit-trouble", Static)

    def __init__(self) -> None:
        super().__init__()
        self.account = DEFAULT_ACCOUNT
        self.accounts: tuple[AccountRow, ...] = ()
        self.balance: Balance | None = None
        self._span = _SPANS[0]

    def compose_body(self) -> ComposeResult:
        """Balance and ledger, and the plots."""
        self.account = self.app.state.credit_account
        yield Static(id="credit-trouble", markup=False)
        with Horizontal(id="credit"):
            with Vertical(id="ledger-side"):
                yield Static(id="account-line", markup=False)
                yield BalanceLine()
                yield LedgerPane(self.account, id="ledger-pane")
            with VerticalScroll(id="plots"):
                yield SpendDays()
                yield SpendBars("BY MODEL", id="by-model")
                yield SpendBars("BY KEY", id="by-key")

    def on_mount(self) -> None:
        """Links keep the colours given here."""
        self._account_line.auto_links = False

    def on_resize(self, _event: events.Resize) -> None:
        """As many bars as there is room for."""
        self.call_after_refresh(self._fit_bars)

    def _fit_bars(self) -> None:
        room = (self.plots.size.height or self.size.height) - self.days.size.height - 6
        self.by_model.most = self.by_key.most = max(4, room // 2)

    # What is shown, anew each second while it is in view

    async def fetch(self) -> None:
        """Follows the balance and the ledger."""
        client, account = self.app.client, self.account
        if client is None:
            return
        try:
            balance = await client.credit.balance(account)
            if account != self.account:
                return
            self.balance = self._line.balance = balance
            await self.ledger.turn()
        except (GatewayRefused, GatewayUnreachable) as error:
            if isinstance(error, GatewayRefused) and error.param == "account":
                # Remembered of another gateway, or of another time.
                self._turn_to(DEFAULT_ACCOUNT)
            else:
                self._show_error(error)
        else:
            self._tell("")

    async def sum_up(self) -> None:
        """Draws the plots anew."""
        client = self.app.client
        if client is None:
            return
        try:
            with self.pace.measured():
                self.accounts = await client.accounts.all()
                self._show_account()
                await self._read_sums(client)
        except (GatewayRefused, GatewayUnreachable) as error:
            self._show_error(error)

    async def _read_sums(self, client: GatewayClient) -> None:
        account, span = self.account, self._span
        now = datetime.now(UTC)
        days = await client.credit.spend_by_day(max(span, _BURN_DAYS), account=account)
        since = datetime.combine(now.date(), time(), UTC) - timedelta(days=span - 1)
        by_model = await client.credit.spend_by("model", since=since, account=account)
        by_key = await client.credit.spend_by("key", since=since, account=account)
        if account != self.account or span != self._span:
            return
        self._line.now = now
        self._line.burn = burn_rate(days, now)
        self.days.days = days[-span:]
        self.by_model.spend, self.by_key.spend = by_model, by_key
        self.by_model.title = f"BY MODEL, {span} DAYS"
        self.by_key.title = f"BY KEY, {span} DAYS"

    def _show_error(self, error: GatewayRefused | GatewayUnreachable) -> None:
        if isinstance(error, GatewayUnreachable):
            self.app.look_at_link()
            return
        self._tell(f"{error.message} What is shown is as it was before.")

    def _tell(self, trouble: str) -> None:
        self._trouble.display = bool(trouble)
        self._trouble.update(f"✖ {trouble}" if trouble else "")

    @on(LedgerPane.Troubled)
    def _troubled(self, event: LedgerPane.Troubled) -> None:
        if event.error is None:
            self._tell("")
        else:
            self._show_error(event.error)

    def _show_account(self) -> None:
        name = printable_line(self.account_name)
        parts = [
            Content.assemble(
                (f" {self.app.key_of('credit.account', self)}", "bold $primary"),
                (" account ", "$text-muted"),
            ).stylize(Style.from_meta({"@click": "screen.account"})),
            Content.styled(name, "bold $foreground"),
        ]
        if len(self.accounts) > 1:
            together = sum((one.balance_usd for one in self.accounts), Decimal(0))
            parts.append(
                Content.styled(
                    f"   one of {len(self.accounts):,}, {usd(together)} together", "$text-muted"
                )
            )
        self._account_line.update(Content("").join(parts))

    @property
    def account_name(self) -> str:
        """The name of the account in view."""
        return next((one.name for one in self.accounts if one.id == self.account), "Default")

    @on(RowTable.Highlighted)
    def _highlighted(self) -> None:
        self.refresh_bindings()

    # The ledger

    def action_filter(self) -> None:
        """Types into the filter."""
        self.remove_class("-plots")
        self.type_into(self.ledger.filter.field)

    def action_range(self) -> None:
        """Picks the time that is looked at."""
        from miavo_tui.screens.usage_menus import range_menu

        def chosen(name: str) -> None:
            self.ledger.set_range(range_named(name))
            self.refresh_bindings()

        self.app.push_screen(range_menu(self.ledger.time_range, chosen))

    def action_clear(self) -> None:
        """Drops filter and time."""
        self.ledger.drop_filter()
        self.refresh_bindings()

    def action_kinds(self, by: int) -> None:
        """Lists other kinds of entries."""
        self.ledger.step_kinds(by)

    def action_set_kinds(self, number: int) -> None:
        """Lists the kinds that were clicked."""
        self.ledger.set_kinds(number)

    def action_one_key(self) -> None:
        """Only the entries of the key under the cursor, or those of all again."""
        self.ledger.toggle_key()

    @on(RowTable.Chosen)
    def _chosen(self) -> None:
        self.action_detail()

    @work
    async def action_detail(self) -> None:
        """Everything about the entry, and from there its request."""
        from miavo_tui.screens.entry_detail import EntryDetail

        row = self.table.highlighted
        if row is not None:
            names = {one.id: one.name for one in self.accounts}
            account = names.get(row.account_id, row.account_id)
            if await self.app.push_screen_wait(EntryDetail(row, account)):
                self.app.remember(usage_filter=row.request_id or "")
                self.app.show_screen("usage")

    # The plots

    @property
    def _plots_alone(self) -> bool:
        return self.has_class("-narrow") and self.has_class("-plots")

    def action_toggle_plots(self) -> None:
        """The plots in place of the ledger, or the ledger again."""
        self.toggle_class("-plots")
        (self.days if self._plots_alone else self.table).focus()
        self.refresh_bindings()

    def action_span(self) -> None:
        """Plots over more or fewer days."""
        self._span = _SPANS[(_SPANS.index(self._span) + 1) % len(_SPANS)]
        self.begin_sums()

    def action_back(self) -> None:
        """From the plots to the ledger, from a filter to everything."""
        if self._plots_alone:
            self.action_toggle_plots()
        else:
            self.ledger.filter.field.value = ""

    # What changes something

    @work
    async def action_account(self) -> None:
        """Chooses an account."""
        from miavo_tui.screens.account_menu import AccountMenu

        chosen = await self.app.push_screen_wait(AccountMenu(self.accounts, self.account))
        if chosen is not None and chosen != self.account:
            self._turn_to(chosen)
        elif chosen is not None:
            self.begin_sums()

    def _turn_to(self, account: str) -> None:
        """Shows the money of another account."""
        self.account = account
        self.app.remember(credit_account=account)
        self.balance = self._line.balance = self._line.burn = None
        self.days.days = ()
        self.by_model.spend = self.by_key.spend = None
        self.ledger.ask(account=account)
        self._follow()

    @work
    async def action_add(self) -> None:
        """Adds credit."""
        from miavo_tui.screens.credit_form import CreditAddition

        if self.balance is not None:
            form = CreditAddition(self.balance, self.account_name)
            self._added(await self.app.push_screen_wait(form))

    @work
    async def action_adjust(self) -> None:
        """Corrects the balance."""
        from miavo_tui.screens.credit_form import CreditAdjustment

        if self.balance is not None:
            form = CreditAdjustment(self.balance, self.account_name)
            self._added(await self.app.push_screen_wait(form))

    def _added(self, balance: Balance | None) -> None:
        if balance is not None:
            self.balance = self._line.balance = balance
            self.notify(f"The balance is {usd(balance.balance_usd)}.", timeout=4, markup=False)
            self._follow()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offers what applies to the entry under the cursor and to the room there is."""
        if not self.is_mounted:
            return True
        row = self.table.highlighted
        match action:
            case "detail":
                return row is not None and not self._plots_alone
            case "one_key":
                of_key = row is not None and row.key_id is not None
                return (of_key or self.ledger.asked.key_id is not None) and not self._plots_alone
            case "toggle_plots":
                return self.has_class("-narrow")
            case "back":
                return self._plots_alone or bool(self.ledger.filter.field.value)
            case "span":
                return self._plots_alone or not self.has_class("-narrow")
            case "filter" if self.focused is self.ledger.filter.field:
                return False
            case "clear":
                return self.ledger.filtered and not self._plots_alone
            case "kinds" | "filter" | "range":
                return not self._plots_alone
            case "add" | "adjust" | "account":
                return self.balance is not None
        return super().check_action(action, parameters)
