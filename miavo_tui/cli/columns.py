"""Rows of text in columns, for the listings."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rich.cells import cell_len

__all__ = ["Columns", "in_columns"]

_GAP = "  "


class Columns:
    """Columns that grow with what has been seen, for rows that come one at a time."""

    def __init__(self, right: Collection[int] = ()) -> None:
        """Begins with columns of no width.

        Args:
            right: the numbers, from 0, of the columns that stand flush right.
        """
        self._right = right
        self._widths: list[int] = []

    def see(self, row: Sequence[str]) -> None:
        """Makes room for a row."""
        self._widths += [0] * (len(row) - len(self._widths))
        for number, text in enumerate(row):
            self._widths[number] = max(self._widths[number], cell_len(text))

    def line(self, row: Sequence[str]) -> str:
        """A row as one line without blanks at its end."""
        self.see(row)
        cells: list[str] = []
        for number, (text, width) in enumerate(zip(row, self._widths, strict=False)):
            blanks = " " * (width - cell_len(text))
            cells.append(blanks + text if number in self._right else text + blanks)
        return _GAP.join(cells).rstrip()


def in_columns(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> list[str]:
    """Every row as a line, their columns below each other."""
    columns = Columns(right)
    for row in rows:
        columns.see(row)
    return [columns.line(row) for row in rows]
