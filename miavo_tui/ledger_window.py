"""The few hundred entries that are held of the many there are: what is in view and around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from miavo_tui.money_records import LedgerRow

__all__ = ["PAGE", "LedgerWindow"]

PAGE = 100
"""How many entries are asked for at a time."""
_MOST = 2 * PAGE


@dataclass(slots=True)
class LedgerWindow:
    """A run of entries without a gap, newest first; it grows at one end and is cut at the other."""

    rows: list[LedgerRow] = field(default_factory=list)
    at_newest: bool = False
    """Whether there is none newer than the first."""
    at_oldest: bool = False
    """Whether there is none older than the last."""

    def show(self, rows: Sequence[LedgerRow], *, at_newest: bool, at_oldest: bool) -> None:
        """Holds these entries instead."""
        self.rows = list(rows)
        self.at_newest, self.at_oldest = at_newest, at_oldest

    def add_older(self, rows: Sequence[LedgerRow], *, last: bool) -> None:
        """Adds the page behind the last entry; `last` if there is none behind that."""
        lowest = self.rows[-1].id if self.rows else None
        self.rows += [row for row in rows if lowest is None or row.id < lowest]
        self.at_oldest = last
        if len(self.rows) > _MOST:
            del self.rows[: len(self.rows) - _MOST]
            self.at_newest = False

    def add_newer(self, rows: Sequence[LedgerRow], *, last: bool) -> None:
        """Adds the page ahead of the first entry; `last` if there is none ahead of that."""
        newest = self.newest
        self.rows[:0] = [row for row in rows if row.id > newest]
        self.at_newest = last
        if len(self.rows) > _MOST:
            del self.rows[_MOST:]
            self.at_oldest = False

    @property
    def newest(self) -> int:
        """The id of the first entry; 0 without any."""
        return self.rows[0].id if self.rows else 0
