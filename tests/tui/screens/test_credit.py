"""The Credit screen on a real gateway: exact money, from the key press to the books."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from textual.widgets import Static

from miavo_tui.app import MiavoApp
from miavo_tui.money_text import usd
from miavo_tui.screens.account_menu import AccountChange, AccountCreation, AccountMenu
from miavo_tui.screens.choice_menu import ChoiceMenu
from miavo_tui.screens.credit import CreditScreen
from miavo_tui.screens.credit_form import CreditAddition, CreditAdjustment
from miavo_tui.screens.entry_detail import EntryDetail
from miavo_tui.widgets.balance_line import BalanceLine
from miavo_tui.widgets.empty_state import EmptyState
from miavo_tui.widgets.filter_line import FilterLine
from miavo_tui.widgets.key_hints import KeyHints
from miavo_tui.widgets.ledger_bar import LedgerBar
from tests.conftest import RunningGateway
from tests.tui.running import Attached, ready, until
from tests.tui.screens.shown import Shown, drawn

PRICED = '[models."local-echo"]\nprices = { input = "5.00", output = "25.00" }\n'


@pytest.fixture
def priced(tmp_path: Path, start_gateway: Callable[[Path], RunningGateway]) -> RunningGateway:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "config.toml").write_text(PRICED)
    return start_gateway(tmp_path / "home")


class Credit(Shown):
    """The app on its Credit screen."""

    @property
    def screen(self) -> CreditScreen:
        assert isinstance(self.base, CreditScreen)
        return self.base

    def screen_of(self, mode: str) -> CreditScreen:
        screen = self.app._screen_stacks[mode][0]
        assert isinstance(screen, CreditScreen)
        return screen

    @property
    def balance(self) -> str:
        return str(self.screen.query_one(BalanceLine).render())

    @property
    def bar(self) -> str:
        return str(self.screen.query_one(LedgerBar).render())

    @property
    def kinds(self) -> list[str]:
        return [row.kind for row in self.screen.table.rows]


@asynccontextmanager
async def credit(
    gateway: RunningGateway,
    home: Path,
    size: tuple[int, int] = (140, 40),
    *,
    read_only: bool = False,
) -> AsyncIterator[Credit]:
    app = MiavoApp(Attached(gateway, home), read_only=read_only)
    async with app.run_test(size=size) as pilot:
        await ready(pilot, app)
        await pilot.press("5")
        await until(pilot, lambda: app.current_mode == "credit", "the Credit screen")
        shown = Credit(app, pilot)
        await shown.until(
            lambda: shown.screen.balance is not None and shown.screen.ledger._known, "the money"
        )
        yield shown


async def test_credit_is_added_exactly_and_nonsense_is_told_at_its_field(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    async with credit(gateway, tmp_path, (80, 24)) as shown:
        assert "n  adds credit" in str(shown.screen.query_one(EmptyState).content)
        await shown.pilot.press("n")
        await shown.opened(CreditAddition)
        for wrong, says in (
            ("", "Say how much"),
            ("five", "not an amount"),
            ("5,50", "behind a point"),
            ("0.0000000001", "nano-dollar"),
            ("0", "other than 0"),
            ("-3", "Credit is added"),
        ):
            shown.fill("amount_usd", wrong)
            await shown.pilot.press("ctrl+s")
            await shown.until(lambda s=says: s in shown.field("amount_usd").error, says)
        shown.fill("amount_usd", "$1,250.000000001")
        shown.fill("note", "[b]March[/b]")
        await shown.pilot.pause()
        outlook = str(shown.app.screen.query_one("#credit-outlook", Static).content)
        assert outlook == "Default has $0.00, then $1,250.000000001"
        await shown.pilot.press("ctrl+s")
        await shown.closed()
        assert gateway.admin("GET", "credit")["balance_nano"] == 1_250_000_000_001
        await shown.until(lambda: shown.kinds == ["credit"], "the entry")
        assert "$1,250.000000001" in shown.balance
        assert "[b]March[/b]" in drawn(shown.screen.table)[1]

        await shown.pilot.press("minus")
        await shown.opened(CreditAdjustment)
        shown.fill("amount_usd", "-0.000000001")
        await shown.pilot.press("ctrl+s")
        await shown.until(lambda: "Say why" in shown.field("note").error, "a reason is asked for")
        shown.fill("note", "a nano too much")
        await shown.pilot.press("ctrl+s")
        await shown.closed()
        await shown.until(lambda: shown.kinds == ["adjustment", "credit"], "the correction")
        assert "$1,250.00 " in shown.balance
        await shown.pilot.press("enter")
        await shown.opened(EntryDetail)


async def test_what_requests_cost_is_seen_as_it_happens_and_by_day_model_and_key(
    priced: RunningGateway, tmp_path: Path
) -> None:
    priced.admin("POST", "credit", {"amount_usd": "5"})
    assert priced.ask().status_code == 200
    async with credit(priced, tmp_path, (160, 44)) as shown:
        await shown.until(lambda: "SPENT TODAY" in shown.balance, "the rate")
        assert "LASTS" in shown.balance
        row = priced.admin("GET", "usage")["data"][0]
        cost = Decimal(row["cost_usd"]).normalize()
        await shown.until(lambda: f"${cost:f}" in str(shown.screen.by_model.render()), "by model")
        assert "local-echo" in str(shown.screen.by_model.render())
        assert f"${cost:f}" in str(shown.screen.by_key.render())
        assert shown.screen.days.days[-1].cost_usd == cost
        assert shown.kinds == ["settlement", "credit"]
        assert priced.ask(key="another").status_code == 200
        await shown.until(lambda: shown.kinds[:2] == ["settlement"] * 2, "the new entry")
        assert shown.screen.table.cursor == 0
        await shown.pilot.press("f", "f", "f")
        await shown.until(lambda: set(shown.kinds) == {"hold", "release"}, "the holds")
        await shown.pilot.press("f")
        await shown.until(lambda: len(shown.kinds) == 7, "all")
        await shown.pilot.press("o")
        await shown.until(
            lambda: {row.key_name for row in shown.screen.table.rows} == {"another"}, "one key's"
        )
        await shown.pilot.press("enter")
        await shown.opened(EntryDetail)
        await shown.pilot.press("u")
        await shown.until(lambda: shown.app.current_mode == "usage", "its request")
        assert shown.app.state.usage_filter == shown.screen_of("credit").table.rows[0].request_id
        await shown.pilot.press("5")
        await shown.until(lambda: shown.app.current_mode == "credit", "the ledger again")
        shown.screen.days.focus()
        await shown.pilot.press("left")
        assert usd(cost * 2) in shown.screen.days.render_line(0).text
        shown.screen.table.focus()
        await shown.pilot.press("o", "slash", *"another")
        await shown.until(lambda: len(shown.kinds) == 3, "those with the text")
        await shown.until(lambda: "3 entries" in shown.bar, "how many there are")
        assert f"-${cost:f} together" in shown.bar
        await shown.pilot.press("escape", "escape", "2")
        await shown.until(lambda: shown.app.current_mode == "chat", "another screen")
        asking = [each for each in shown.app.workers if each.group == "follow" and each.is_running]
        assert not asking


async def test_a_ledger_of_any_length_is_read_to_its_end_and_back(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    gateway.admin("POST", "credit", {"amount_usd": "1", "note": "the first"})
    with sqlite3.connect(gateway.home / "miavo.db") as database:
        database.executemany(
            "INSERT INTO ledger_entry (account_id, kind, amount_nano, created_at, note)"
            " VALUES ('default', 'credit', 1, 0, ?)",
            [(f"note {number}",) for number in range(1_000)],
        )
    async with credit(gateway, tmp_path) as shown:
        table = shown.screen.table
        await shown.until(lambda: "1,001 entries" in shown.bar, "how many there are")
        notes = ["", ""]
        for _ in range(60):
            await shown.pilot.press("pagedown")
            await shown.pilot.pause(0.01)
            row = table.highlighted
            assert row is not None
            notes.append(row.note or "")
            if row.note == "the first":
                break
        await shown.until(lambda: not shown.screen.ledger._loading, "the last page")
        await shown.pilot.press("end")
        assert table.highlighted is not None
        assert table.highlighted.note == "the first"
        assert len(table.rows) <= 200
        await shown.pilot.press("home")
        await shown.until(lambda: table.highlighted.note == "note 999", "the newest")
        await shown.pilot.press("end")
        await shown.until(lambda: table.highlighted.note == "the first", "the oldest at once")
        numbers = [row.id for row in table.rows]
        assert numbers == sorted(numbers, reverse=True)


async def test_the_ledger_is_filtered_by_time_and_what_cannot_be_read_is_told(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    gateway.admin("GET", "credit")  # the books are open then
    entries = [
        ("a year ago", timedelta(days=365)),
        ("days ago", timedelta(days=3)),
        *((f"hours ago {number}", timedelta(hours=5)) for number in range(120)),
        ("now", timedelta()),
    ]
    with sqlite3.connect(gateway.home / "miavo.db") as database:
        database.executemany(
            "INSERT INTO ledger_entry (account_id, kind, amount_nano, created_at, note)"
            " VALUES ('default', 'credit', 1, ?, ?)",
            [(int((time.time() - ago.total_seconds()) * 1e6), note) for note, ago in entries],
        )
    async with credit(gateway, tmp_path, (120, 40)) as shown:
        notes = lambda: [row.note for row in shown.screen.table.rows]  # noqa: E731
        field, pilot = shown.screen.ledger.filter.field, shown.pilot
        await pilot.press("slash", *"since:1h")
        hints = str(shown.screen.query_one(KeyHints).render())
        assert "add credit" not in hints, "its keys are text here"
        assert "adjust" not in hints
        await shown.until(lambda: notes() == ["now"], "the last hour's")
        await shown.until(lambda: "1 entry" in shown.bar, "how many that are")
        field.value = "until:2d"
        await shown.until(lambda: notes() == ["days ago", "a year ago"], "what is older")
        year = (datetime.now(UTC) - timedelta(days=300)).date()
        field.value = f"since:4d until:2h {year}"
        await shown.until(lambda: notes() == [], "none with those words")
        field.value = "since:yesterday"
        told = lambda: str(shown.screen.query_one(FilterLine).note.content)  # noqa: E731
        await shown.until(lambda: "since: is 2h, 3d, 14:30" in told(), "what can be typed")
        field.value = "since:1h until:2h"
        await shown.until(lambda: "has to be before" in told(), "that nothing lies between")
        field.value = f"until:{year}"
        await shown.until(lambda: notes() == ["a year ago"] and not told(), "before a day")
        await pilot.press("escape", "escape", "t")
        await shown.opened(ChoiceMenu)
        await pilot.press("home", "down", "down", "down", "enter")
        await shown.closed()
        await shown.until(lambda: "last 24 hours" in shown.bar, "the time's name")
        await shown.until(lambda: "121 entries" in shown.bar, "how many the day had")
        await pilot.press("end")
        await shown.until(
            lambda: (row := shown.screen.table.highlighted) and row.note == "hours ago 0",
            "the oldest of the day, beyond the first page",
        )
        await pilot.press("x")
        await shown.until(lambda: "any time" in shown.bar and "123 entries" in shown.bar, "all")


async def test_each_account_has_its_own_money(gateway: RunningGateway, tmp_path: Path) -> None:
    gateway.admin("POST", "credit", {"amount_usd": "7"})
    async with credit(gateway, tmp_path) as shown:
        await shown.until(lambda: bool(shown.screen.accounts), "the accounts")
        await shown.pilot.press("a")
        await shown.opened(AccountMenu)
        await shown.pilot.press("n")
        await shown.opened(AccountCreation)
        shown.fill("name", "default")
        await shown.pilot.press("ctrl+s")
        await shown.until(lambda: "already" in shown.field("name").error, "the name is taken")
        shown.fill("name", "the lab")
        await shown.pilot.press("ctrl+s")
        await shown.closed()
        await shown.until(lambda: "$0.00" in shown.balance, "its empty balance")
        await shown.until(lambda: shown.kinds == [], "its empty ledger")
        await shown.pilot.press("n")
        await shown.opened(CreditAddition)
        shown.fill("amount_usd", "3")
        await shown.pilot.press("ctrl+s")
        await shown.closed()
        await shown.until(lambda: shown.kinds == ["credit"], "its entry")
        await shown.until(lambda: bool(shown.screen.accounts), "the accounts")
        await shown.pilot.press("a")
        await shown.opened(AccountMenu)
        await shown.pilot.press("e")
        await shown.opened(AccountChange)
        shown.fill("name", "the old lab")
        await shown.pilot.press("ctrl+s")
        await shown.closed()
        await shown.until(lambda: shown.screen.account_name == "the old lab", "its new name")
        assert gateway.admin("GET", "credit?account=the+old+lab")["balance_nano"] == 3 * 10**9
        assert gateway.admin("GET", "credit")["balance_nano"] == 7_000_000_000


async def test_read_only_adds_nothing_and_says_why(gateway: RunningGateway, tmp_path: Path) -> None:
    async with credit(gateway, tmp_path, (80, 24), read_only=True) as shown:
        assert "add credit" not in str(shown.screen.query_one(KeyHints).render())
        await shown.pilot.press("n", "minus")
        await shown.pilot.pause()
        assert shown.app.screen is shown.screen
        assert any("--read-only" in each.message for each in shown.app._notifications)
        await shown.pilot.press("space")
        assert shown.screen.plots.display
