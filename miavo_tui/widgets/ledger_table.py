"""The table of entries: a window over any number of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from textual.message import Message

from miavo_tui.money_columns import aligned_usd, decimals_of
from miavo_tui.money_records import LedgerRow
from miavo_tui.plain_text import printable_line
from miavo_tui.widgets.row_table import Pieces, RowTable, TableColumn, widened

__all__ = ["KIND_LOOKS", "LedgerTable"]

_TIME = TableColumn("time", "TIME", 19)
_SHORT_TIME = TableColumn("short_time", "TIME", 14)
_KIND = TableColumn("kind", "KIND", 12)
_KEY = TableColumn("key", "KEY", 16)
_NOTE = TableColumn("note", "NOTE OR REQUEST", 14, grows=True)
_LEAST_AMOUNT = 12
_CLOSE = 20
"""At how many rows from its end the window is enlarged."""

KIND_LOOKS = {
    "credit": ("+", "good"),
    "adjustment": ("±", "accent"),
    "settlement": ("−", ""),  # noqa: RUF001 - a minus, beside the plus above
    "hold": ("◦", "dim"),
    "release": ("◦", "dim"),
}
"""Symbol and look of each kind."""


@cache
def _columns(width: int, amount_width: int) -> tuple[TableColumn, ...]:
    """The widest set that fits; amounts are never cut."""
    amount = TableColumn("amount", "AMOUNT", amount_width, right=True)
    sets = (
        (_TIME, _KIND, amount, _KEY, _NOTE),
        (_SHORT_TIME, _KIND, amount, _KEY, _NOTE),
        (_SHORT_TIME, _KIND, amount, _NOTE),
        (_SHORT_TIME, _KIND, amount),
        (_KIND, amount),
    )
    return widened(sets, width)


class LedgerTable(RowTable[LedgerRow]):
    """Entries, one a line, newest first. It asks for more before it comes to an end."""

    @dataclass
    class MoreAsked(Message):
        """The end of the window is near."""

        older: bool

    @dataclass
    class EndAsked(Message):
        """The oldest or the newest entries shall be shown, wherever they are."""

        oldest: bool

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._decimals = 2
        self._amount_width = _LEAST_AMOUNT

    @property
    def follows_cursor(self) -> bool:
        """New entries come by themselves: they do not take away what is being read."""
        return self.cursor_in_view

    def show(self, rows: Sequence[LedgerRow], at: object = None) -> None:
        """Replaces the rows; see `RowTable`."""
        self._decimals = decimals_of(row.amount_usd for row in rows)
        amounts = (aligned_usd(row.amount_usd, self._decimals, sign=True) for row in rows)
        self._amount_width = max([_LEAST_AMOUNT, *map(len, amounts)])
        super().show(rows, at)

    def columns(self, width: int) -> tuple[TableColumn, ...]:
        """Those that fit."""
        return _columns(width, self._amount_width)

    def cell(self, row: LedgerRow, column: TableColumn) -> Pieces:
        """What stands in one cell."""
        symbol, look = KIND_LOOKS.get(row.kind, ("·", ""))
        match column.name:
            case "time":
                return [(f"{_local(row.created_at):%Y-%m-%d %H:%M:%S}", "dim")]
            case "short_time":
                return [(f"{_local(row.created_at):%m-%d %H:%M:%S}", "dim")]
            case "kind":
                return [(f"{symbol} ", look), (row.kind, look)]
            case "amount":
                text = aligned_usd(row.amount_usd, self._decimals, sign=True)
                return [(text, "good" if look == "good" else "dim" if look == "dim" else "")]
            case "key":
                return [(printable_line(row.key_name or "—"), "" if row.key_name else "dim")]
            case _:
                if row.note:
                    return [(printable_line(row.note), "")]
                return [(row.request_id or "", "dim")]

    def watch_cursor(self, old: int, new: int) -> None:
        """Asks for more in time."""
        super().watch_cursor(old, new)
        self._ask_for_more(new, new)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Asks for more in time, also under the wheel."""
        super().watch_scroll_y(old_value, new_value)
        top = round(new_value)
        self._ask_for_more(top, top + self.scrollable_content_region.height)

    def _ask_for_more(self, first: int, last: int) -> None:
        if last >= len(self.rows) - _CLOSE:
            self.post_message(self.MoreAsked(older=True))
        if first < _CLOSE:
            self.post_message(self.MoreAsked(older=False))

    def action_first(self) -> None:
        """Shows the newest."""
        self.post_message(self.EndAsked(oldest=False))

    def action_last(self) -> None:
        """Shows the oldest."""
        self.post_message(self.EndAsked(oldest=True))


def _local(at: datetime) -> datetime:
    return at.astimezone()
