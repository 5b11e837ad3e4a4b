"""The few hundred rows that are held of the many there are: what is in view and around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Generic, Protocol, TypeVar

__all__ = ["RowWindow"]


class _Numbered(Protocol):
    """What falls from row to row, the newest having the greatest."""

    @property
    def id(self) -> int: ...


Row = TypeVar("Row", bound=_Numbered)


class RowWindow(Generic[Row]):
    """A run of rows without a gap, newest first. It grows at one end and is cut at the other.

    A change of which rows are held makes a new list: who shows the old one can go on doing so.

    Attributes:
        MOST: how many rows are held at most.
        rows: those held.
        at_newest: whether there is none newer than the first.
        at_oldest: whether there is none older than the last.
    """

    MOST: ClassVar[int]

    def __init__(self) -> None:
        """Holds nothing."""
        self.rows: list[Row] = []
        self.at_newest = False
        self.at_oldest = False
        self._numbers: set[int] = set()

    def show(self, rows: Sequence[Row], *, at_newest: bool, at_oldest: bool) -> None:
        """Holds these rows instead."""
        self.at_newest, self.at_oldest = at_newest, at_oldest
        self._hold(list(rows))

    def add_older(self, rows: Sequence[Row], *, last: bool) -> None:
        """Adds the page behind the last row; `last` if there is none behind that."""
        held = [*self.rows, *(row for row in rows if not self.holds(row.id))]
        self.at_oldest = last
        if len(held) > self.MOST:
            held = held[-self.MOST :]
            self.at_newest = False
        self._hold(held)

    def add_newer(self, rows: Sequence[Row], *, last: bool) -> None:
        """Adds the page ahead of the first row; `last` if there is none ahead of that."""
        held = [*(row for row in rows if not self.holds(row.id)), *self.rows]
        self.at_newest = last
        if len(held) > self.MOST:
            held = held[: self.MOST]
            self.at_oldest = False
        self._hold(held)

    def _hold(self, rows: list[Row]) -> None:
        self.rows = rows
        self._numbers = {row.id for row in rows}

    def holds(self, number: int) -> bool:
        """Whether a row is held."""
        return number in self._numbers

    @property
    def newest(self) -> int:
        """The number of the first row; 0 without any."""
        return self.rows[0].id if self.rows else 0
