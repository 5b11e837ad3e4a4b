"""The requests that are held, each replaced as more is known of it."""

from __future__ import annotations

from miavo_tui.row_window import RowWindow
from miavo_tui.usage_records import UsageRow

__all__ = ["PAGE", "UsageWindow"]

PAGE = 200
"""How many rows are asked for at a time."""


class UsageWindow(RowWindow[UsageRow]):
    """Three pages of rows at most; one may change, come between the others, or go."""

    MOST = 3 * PAGE

    def replace(self, row: UsageRow) -> bool:
        """Puts what is known now of a row in its place; False if it is not held."""
        if not self.holds(row.id):
            return False
        at = self.index_of(row.id)
        if at is not None:
            self.rows[at] = row
        return at is not None

    def insert(self, row: UsageRow) -> None:
        """Puts a row between those held, in its order."""
        at = next((at for at, held in enumerate(self.rows) if held.id < row.id), len(self.rows))
        self._hold([*self.rows[:at], row, *self.rows[at:]])

    def remove(self, number: int) -> None:
        """Takes out a row that is no longer among those asked for."""
        at = self.index_of(number)
        if at is not None:
            self._hold([*self.rows[:at], *self.rows[at + 1 :]])

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
