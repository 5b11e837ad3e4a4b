"""Which requests are in flight, and what a key had spent while they went on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

__all__ = ["Count", "OpenRows"]


@dataclass(slots=True, eq=False)
class Count:
    """A sum over rows that end while they are summed up.

    What the sum leaves out is what is `open` at its begin and what starts after it; of that,
    `charged` has what has ended since. So nothing is missed and nothing counted twice.
    """

    key_id: str
    open: frozenset[int]
    """Rows in flight when the count began, by their ids."""
    behind: int
    """The count is of rows with smaller ids; later ones have greater ones."""
    charged: int = 0
    """Nano-dollars that requests of the key were charged since."""


@dataclass(slots=True)
class OpenRows:
    """The rows that have been opened and not settled."""

    _rows: set[int] = field(default_factory=set)
    _counts: list[Count] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._rows)

    def open(self, row_id: int) -> None:
        """A request is about to be written."""
        self._rows.add(row_id)

    def close(self, row_id: int, key_id: str, charged: int) -> None:
        """It has been settled, or was never written."""
        self._rows.discard(row_id)
        for count in self._counts:
            if count.key_id == key_id:
                count.charged += charged

    @contextmanager
    def count(self, key_id: str, behind: int) -> Iterator[Count]:
        """Watches a key's requests while its rows are summed up.

        Args:
            key_id: whose.
            behind: an id greater than that of every row opened so far.
        """
        count = Count(key_id, frozenset(self._rows), behind)
        self._counts.append(count)
        try:
            yield count
        finally:
            self._counts.remove(count)
