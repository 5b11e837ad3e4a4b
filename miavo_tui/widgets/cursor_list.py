"""A list with a header and a cursor on one of its rows, moved by keys and by the mouse."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView

__all__ = ["HEADER_LINES", "CursorList", "in_sight", "list_bindings"]

HEADER_LINES = 1


def list_bindings(first: str = "First row", last: str = "Last row") -> list[BindingType]:
    """The keys of every list.

    Args:
        first: what `first` goes to, for the help.
        last: what `last` goes to.
    """
    return [
        Binding("up,k", "move(-1)", "up", id="list.up", tooltip="One row up", show=False),
        Binding("down,j", "move(1)", "down", id="list.down", tooltip="One row down", show=False),
        Binding(
            "pageup,ctrl+b,ctrl+u",
            "move_page(-1)",
            "page up",
            id="list.page-up",
            tooltip="One screenful up",
            show=False,
        ),
        Binding(
            "pagedown,ctrl+f,ctrl+d",
            "move_page(1)",
            "page down",
            id="list.page-down",
            tooltip="One screenful down",
            show=False,
        ),
        Binding("home,g", "first", "first", id="list.first", tooltip=first, show=False),
        Binding("end,G", "last", "last", id="list.last", tooltip=last, show=False),
    ]


def in_sight(cursor: int, top: int, *, count: int, height: int) -> tuple[int, int]:
    """The cursor on a row, and the first row in view moved as little as shows it.

    Args:
        cursor: where it shall be.
        top: the first row in view so far.
        count: how many rows there are.
        height: how many of them are in view.

    >>> in_sight(12, 0, count=10, height=4)
    (9, 6)
    """
    last = max(0, count - 1)
    height = max(1, height)
    cursor = max(0, min(cursor, last))
    top = max(0, min(top, cursor, last - height + 1))
    return cursor, max(top, cursor - height + 1)


class CursorList(ScrollView, can_focus=True):
    """What is common to lists that draw only the rows in view: the cursor, and what moves it."""

    BINDINGS: ClassVar[list[BindingType]] = list_bindings()

    cursor: reactive[int] = reactive(0, repaint=False)
    """The row under the cursor."""
    hovered: reactive[int | None] = reactive(None, repaint=False)
    """The row under the mouse, if any."""

    @property
    @abstractmethod
    def count(self) -> int:
        """How many rows there are."""

    @abstractmethod
    def tell_highlighted(self) -> None:
        """Posts which row is under the cursor."""

    @abstractmethod
    def tell_chosen(self, row: int) -> None:
        """Posts that a row was double-clicked."""

    @abstractmethod
    def tell_title(self, x: int) -> None:
        """Posts that the header was clicked so many cells from the left."""

    def fit(self) -> None:
        """Tells the scrollbar how many lines there are."""
        self.virtual_size = Size(self.scrollable_content_region.width, self.count + HEADER_LINES)

    def on_resize(self, _event: events.Resize) -> None:
        """Chooses the columns anew and keeps the cursor in sight."""
        self.fit()
        self.keep_in_view(self.cursor)

    def validate_cursor(self, row: int) -> int:
        """Keeps the cursor on a row."""
        return max(0, min(row, self.count - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        """Draws the two rows concerned and tells of the new one."""
        self._refresh_row(old)
        self._refresh_row(new)
        self.keep_in_view(new)
        self.tell_highlighted()

    def watch_hovered(self, old: int | None, new: int | None) -> None:
        """Draws the two rows concerned."""
        for row in (old, new):
            if row is not None:
                self._refresh_row(row)

    def _refresh_row(self, row: int) -> None:
        line = row + HEADER_LINES - round(self.scroll_y)
        self.refresh(Region(0, line, self.size.width, 1))

    def keep_in_view(self, row: int) -> None:
        """Scrolls as little as brings a row into sight."""
        height = self.scrollable_content_region.height - HEADER_LINES
        top = round(self.scroll_y)
        if height > 0 and not top <= row < top + height:
            target = row if row < top else row - height + 1
            self.scroll_to(y=target, animate=False, force=True)

    def action_move(self, by: int) -> None:
        """Moves the cursor by rows."""
        self.cursor += by

    def action_move_page(self, by: int) -> None:
        """Moves the cursor by screenfuls."""
        self.cursor += by * max(1, self.scrollable_content_region.height - HEADER_LINES - 1)

    def action_first(self) -> None:
        """Moves the cursor to the first row."""
        self.cursor = 0

    def action_last(self) -> None:
        """Moves the cursor to the last row."""
        self.cursor = self.count - 1

    def row_at(self, y: int) -> int | None:
        """The row that stands in a line of the list; None for the header and below the last."""
        row = y - HEADER_LINES + round(self.scroll_y)
        return row if y >= HEADER_LINES and row < self.count else None

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Marks the row under the mouse."""
        self.hovered = self.row_at(event.y)

    def on_leave(self, _event: events.Leave) -> None:
        """The mouse has gone elsewhere."""
        self.hovered = None

    def on_click(self, event: events.Click) -> None:
        """A row moves the cursor, twice chooses it; a title sorts."""
        row = self.row_at(event.y)
        if row is not None:
            self.cursor = row
            if event.chain == 2:
                self.tell_chosen(row)
        elif event.y < HEADER_LINES:
            self.tell_title(event.x)
