"""The table of keys: limits, how full each window is now, spend against budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache

from miavo_tui.fill import bar, level, percent_text
from miavo_tui.key_records import KeyRow
from miavo_tui.key_states import STATES, budget_share, live, request_share, state_of, token_share
from miavo_tui.money_columns import aligned_usd, decimals_of
from miavo_tui.money_records import Spend
from miavo_tui.money_text import usd
from miavo_tui.plain_text import printable_line
from miavo_tui.price_text import context_text
from miavo_tui.span_text import ago, span_text
from miavo_tui.widgets.row_table import Pieces, RowTable, TableColumn, widened

__all__ = ["KeyTable"]

_STATE = TableColumn("state", "", 1)
_NAME = TableColumn("name", "NAME", 16, grows=True, sort="name")
_KEY = TableColumn("key", "KEY", 17)
_ACCOUNT = TableColumn("account", "ACCOUNT", 12)
_REQUESTS = TableColumn("requests", "REQUESTS/60 S", 15, sort="requests")
_TOKENS = TableColumn("tokens", "TOKENS/60 S", 16, sort="tokens")
_BUDGET = TableColumn("budget", "BUDGET SPENT", 20, sort="budget")
_WIDE_BUDGET = TableColumn("budget", "BUDGET SPENT", 24, sort="budget")
_DAY = TableColumn("day", "LAST 24 H", 14, right=True, sort="spend")
_USED = TableColumn("used", "USED", 10, sort="used")
_EXPIRES = TableColumn("expires", "EXPIRES", 9, sort="expires")

# The widest set that fits is used.
_SETS = (
    (_STATE, _NAME, _KEY, _ACCOUNT, _REQUESTS, _TOKENS, _WIDE_BUDGET, _DAY, _USED, _EXPIRES),
    (_STATE, _NAME, _ACCOUNT, _REQUESTS, _TOKENS, _WIDE_BUDGET, _DAY, _USED, _EXPIRES),
    (_STATE, _NAME, _REQUESTS, _TOKENS, _WIDE_BUDGET, _DAY, _USED, _EXPIRES),
    (_STATE, _NAME, _REQUESTS, _TOKENS, _BUDGET, _DAY, _USED),
    (_STATE, _NAME, _REQUESTS, _TOKENS, _BUDGET, _USED),
    (_STATE, _NAME, _REQUESTS, _TOKENS, _BUDGET),
    (_STATE, _NAME, _REQUESTS, _BUDGET),
    (_STATE, _NAME, _REQUESTS),
)
_BAR = 6
_LEAST_BAR = 3
_PERIODS = {"daily": "/day", "weekly": "/wk", "monthly": "/mo"}


@cache
def _columns(width: int, *, several: bool) -> tuple[TableColumn, ...]:
    sets = [
        tuple(column for column in columns if several or column is not _ACCOUNT)
        for columns in _SETS
    ]
    return widened(sets, width, most=24)


class KeyTable(RowTable[KeyRow]):
    """Keys, one a line. Give `accounts` and `spend` before `show`.

    Attributes:
        accounts: the names of accounts by their ids; with one alone it has no column.
        spend: what keys cost in the last 24 hours, by their ids.
    """

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.accounts: Mapping[str, str] = {}
        self.spend: Mapping[str, Spend] = {}
        self.now = datetime.now(UTC)
        self._decimals = 2

    def show(self, rows: Sequence[KeyRow], at: object = None) -> None:
        """Replaces the rows; see `RowTable`."""
        spent = [self.spend[row.id].cost_usd for row in rows if row.id in self.spend]
        self._decimals = decimals_of(spent)
        super().show(rows, at)

    def columns(self, width: int) -> tuple[TableColumn, ...]:
        """Those that fit."""
        return _columns(width, several=len(self.accounts) > 1)

    def faded(self, row: KeyRow) -> bool:
        """What is revoked or expired is over."""
        return not live(row, self.now)

    def cell(self, row: KeyRow, column: TableColumn) -> Pieces:
        """What stands in one cell."""
        match column.name:
            case "state":
                symbol, _, look = STATES[state_of(row, self.now)]
                return [(symbol, look)]
            case "name":
                return [(printable_line(row.name), "")]
            case "key":
                return [(row.shown, "dim")]
            case "account":
                return [(printable_line(self.accounts.get(row.account_id, "")), "dim")]
            case "requests":
                return _window(request_share(row), row.window_requests, row.rpm_limit, column)
            case "tokens":
                return _window(token_share(row), row.window_tokens, row.tpm_limit, column)
            case "budget":
                return _budget(row, column)
            case "day":
                spend = self.spend.get(row.id)
                if spend is None:
                    return [(f"—{' ' * (self._decimals + 1)}", "dim")]
                return [(aligned_usd(spend.cost_usd, self._decimals), "")]
            case "used":
                at = row.last_used_at
                return [("never", "dim") if at is None else (ago(at, self.now), "")]
            case _:
                return _expires(row, self.now)


def _window(share: float, used: int, limit: int, column: TableColumn) -> Pieces:
    full, empty = bar(share, _BAR)
    text = f"{context_text(used)}/{context_text(limit)}"
    gap = " " * max(1, column.width - _BAR - len(text))
    return [(full, level(share)), (empty, "dim"), (gap, ""), (text, "" if used else "dim")]


def _budget(row: KeyRow, column: TableColumn) -> Pieces:
    """A bar and numbers; a large budget takes room from the bar, so that nothing is cut."""
    if row.budget_usd is None:
        return [("no budget", "dim")]
    spent = percent_text(row.spent_usd + row.held_usd, row.budget_usd)
    amount = f" of {usd(row.budget_usd)}"
    period = _PERIODS.get(row.budget_reset, "")
    if _BAR + 1 + len(spent) + len(amount) + len(period) > column.width:
        period = ""
    length = min(_BAR, column.width - 1 - len(spent) - len(amount))
    share = budget_share(row)
    look = level(share)
    if length < _LEAST_BAR:
        return [(spent, look if look != "accent" else ""), (amount, "dim")]
    full, empty = bar(share, length)
    return [(full, look), (empty, "dim"), (f" {spent}", ""), (f"{amount}{period}", "dim")]


def _expires(row: KeyRow, now: datetime) -> Pieces:
    if row.expires_at is None:
        return [("never", "dim")]
    left = (row.expires_at - now).total_seconds()
    if left <= 0:
        return [("over", "dim")]
    return [(f"in {span_text(left)}", "warn" if left < 3 * 86_400 else "")]
