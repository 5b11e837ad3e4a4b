"""The few hundred requests that are held of the many there are: what is in view and around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from miavo_tui.usage_records import UsageRow

__all__ = ["PAGE", "UsageWindow"]

PAGE = 200
"""How many rows are asked for at a time."""
_MOST = 3 * PAGE


@dataclass(slots=True)
class UsageWindow:
    """A run of rows without a gap, newest first. It grows at one end and is cut at the other.

    A change of which rows are held makes a new list: who shows the old one can go on doing so.
    """

    rows: list[UsageRow] = field(default_factory=list)
    at_newest: bool = False
    """Whether there is none newer than the first."""
    at_oldest: bool = False
    """Whether there is none older than the last."""
    _numbers: set[int] = field(default_factory=set)

    def show(self, rows: Sequence[UsageRow], *, at_newest: bool, at_oldest: bool) -> None:
        """Holds these rows instead."""
        self.rows = list(rows)
        self.at_newest, self.at_oldest = at_newest, at_oldest
        self._numbers = {row.id for row in self.rows}

    def add_older(self, rows: Sequence[UsageRow], *, last: bool) -> None:
        """Adds the page behind the last row; `last` if there is none behind that."""
        self.rows = [*self.rows, *(row for row in rows if row.id not in self._numbers)]
        self.at_oldest = last
        if len(self.rows) > _MOST:
            self.rows = self.rows[-_MOST:]
            self.at_newest = False
        self._numbers = {row.id for row in self.rows}

    def add_newer(self, rows: Sequence[UsageRow], *, last: bool) -> None:
        """Adds the page ahead of the first row; `last` if there is none ahead of that."""
        self.rows = [*(row for row in rows if row.id not in self._numbers), *self.rows]
        self.at_newest = last
        if len(self.rows) > _MOST:
            self.rows = self.rows[:_MOST]
            self.at_oldest = False
        self._numbers = {row.id for row in self.rows}

    def replace(self, row: UsageRow) -> bool:
        """Puts what is known now of a row in its place; False if it is not held."""
        if row.id not in self._numbers:
            return False
        at = self.index_of(row.id)
        if at is not None:
            self.rows[at] = row
        return at is not None

    def insert(self, row: UsageRow) -> None:
        """Puts a row between those held, in its order."""
        at = next((at for at, held in enumerate(self.rows) if held.id < row.id), len(self.rows))
        self.rows = [*self.rows[:at], row, *self.rows[at:]]
        self._numbers.add(row.id)

    def remove(self, number: int) -> None:
        """Takes out a row that is no longer among those asked for."""
        at = self.index_of(number)
        if at is not None:
            self.rows = [*self.rows[:at], *self.rows[at + 1 :]]
            self._numbers.discard(number)

    def holds(self, number: int) -> bool:
        """Whether a row is held."""
        return number in self._numbers

    def index_of(self, number: int) -> int | None:
        """Where a row stands; None if it is not held."""
        low, high = 0, len(self.rows)
        while low < high:  # numbers fall from row to row
            middle = (low + high) // 2
            if self.rows[middle].id > number:
                low = middle + 1
            else:
                high = middle
        return low if low < len(self.rows) and self.rows[low].id == number else None

    @property
    def newest(self) -> int:
        """The number of the first row; 0 without any."""
        return self.rows[0].id if self.rows else 0
