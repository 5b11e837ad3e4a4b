"""The list of requests: only what is in view is drawn, and only what is near it is held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from miavo_tui.requests.states import STATES, look_of
from miavo_tui.usage_records import UsageExtent, UsageRow
from miavo_tui.widgets.cell_text import fitted_text
from miavo_tui.widgets.cursor_list import HEADER_LINES, in_sight, list_bindings
from miavo_tui.widgets.usage_columns import GAP, UsageColumn, usage_columns

__all__ = ["UsageList"]

_MOST_OWED = 1_000
_NEAR = 90
"""So many rows from an end of those held, more are asked for."""
_COLOURS = {f"usage-list--{look.colour}" for look in STATES.values()}


class UsageList(Widget, can_focus=True):
    """Requests one a line, newest first, with a cursor; at its right, where of all they stand.

    It holds a part of the rows that there are: near an end of that part it asks for more.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "usage-list--header",
        "usage-list--row",
        "usage-list--cursor",
        "usage-list--dim",
        "usage-list--track",
        "usage-list--thumb",
        *_COLOURS,
    }

    BINDINGS: ClassVar[list[BindingType]] = list_bindings("The newest", "The oldest")

    @dataclass
    class Highlighted(Message):
        """The cursor is on another request, or what is known of it changed."""

        row: UsageRow | None

    @dataclass
    class Chosen(Message):
        """A request was double-clicked."""

        row: UsageRow

    @dataclass
    class NearEnd(Message):
        """Little is left of the rows held, on the older side or the newer one."""

        older: bool

    @dataclass
    class EndAsked(Message):
        """The newest rows shall be shown, or the oldest."""

        newest: bool

    @dataclass
    class PlaceAsked(Message):
        """The rows at a place among all shall be shown; 0 is the newest, 1 the oldest."""

        fraction: float

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.rows: Sequence[UsageRow] = ()
        self.cursor = 0
        """The place of the row under the cursor among those held."""
        self.top = 0
        """The place of the first row in view."""
        self.extent = UsageExtent(0, None, None)
        self._dragging = False
        self._more = False
        self._owed = 0
        """Rows that the cursor was to go on past the last one held."""

    @property
    def highlighted(self) -> UsageRow | None:
        """The request under the cursor."""
        return self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None

    @property
    def on_newest(self) -> bool:
        """Whether the first of the rows held is in view."""
        return self.top == 0

    def show(
        self,
        rows: Sequence[UsageRow],
        *,
        keep: int | None,
        following: bool = False,
        more: bool = False,
    ) -> None:
        """Shows these rows.

        Args:
            rows: those held, newest first.
            keep: the number of the row that shall stay under the cursor, where it is in view;
                None puts the cursor on the first.
            following: whether the newest stay in view as they come.
            more: whether there are rows behind the last: moving past it goes on when they come.
        """
        line = self.cursor - self.top
        self._more = more
        self.rows = rows
        at = None if keep is None else _index_of(rows, keep)
        if keep is None:
            self.cursor = self.top = 0
        elif at is not None and not following:
            self.cursor = at
            self.top = at - line
        elif at is not None:
            self.cursor = min(at, max(0, self._height - 1))
            self.top = 0
        if self._owed and at is not None:
            owed, self._owed = self._owed, 0
            self._move_to(self.cursor + owed)
        self._fit()
        self.refresh()
        self.post_message(self.Highlighted(self.highlighted))

    def select_last(self) -> None:
        """Puts the cursor on the last of the rows held, at the bottom."""
        self.cursor = max(0, len(self.rows) - 1)
        self.top = self.cursor
        self._fit()
        self.refresh()
        self.post_message(self.Highlighted(self.highlighted))

    def show_extent(self, extent: UsageExtent) -> None:
        """Between which rows those held are; moves the mark at the right."""
        self.extent = extent
        self.refresh()

    @property
    def _height(self) -> int:
        return max(0, self.size.height - HEADER_LINES)

    def _fit(self) -> None:
        """Keeps the cursor on a row, and in view."""
        self.cursor, self.top = in_sight(
            self.cursor, self.top, count=len(self.rows), height=self._height
        )

    def on_resize(self, _event: events.Resize) -> None:
        """Keeps the cursor in view; what was drawn for another height is drawn anew."""
        self._fit()
        self.refresh()

    # Moving

    def action_move(self, by: int) -> None:
        """Moves the cursor by rows."""
        self._move_to(self.cursor + by)

    def action_move_page(self, by: int) -> None:
        """Moves the cursor by screenfuls."""
        self._move_to(self.cursor + by * max(1, self._height - 1))

    def action_first(self) -> None:
        """Goes to the newest row there is."""
        self.post_message(self.EndAsked(newest=True))

    def action_last(self) -> None:
        """Goes to the oldest row there is."""
        self.post_message(self.EndAsked(newest=False))

    def _move_to(self, row: int) -> None:
        before, top = self.cursor, self.top
        beyond = row - (len(self.rows) - 1)
        self._owed = min(self._owed + beyond, _MOST_OWED) if beyond > 0 and self._more else 0
        self.cursor = row
        self._fit()
        if self.top != top:
            self.refresh()
        elif self.cursor != before:
            self._refresh_row(before)
            self._refresh_row(self.cursor)
        if self.cursor != before:
            self.post_message(self.Highlighted(self.highlighted))
        self._look_at_ends(older=row > before)

    def _look_at_ends(self, *, older: bool) -> None:
        left = len(self.rows) - 1 - self.cursor if older else self.cursor
        if left < _NEAR:
            self.post_message(self.NearEnd(older))

    def _refresh_row(self, row: int) -> None:
        self.refresh(Region(0, row - self.top + HEADER_LINES, self.size.width, 1))

    # The mouse

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three rows on; the cursor stays in view."""
        event.stop()
        self._scroll(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three rows back."""
        event.stop()
        self._scroll(-3)

    def _scroll(self, by: int) -> None:
        height = max(1, self._height)
        before = self.top
        self.top = max(0, min(self.top + by, len(self.rows) - height))
        self.cursor = max(self.top, min(self.cursor, self.top + height - 1))
        self._fit()
        if self.top != before:
            self.refresh()
            self.post_message(self.Highlighted(self.highlighted))
        left = len(self.rows) - self.top - height if by > 0 else self.top
        if left < _NEAR:
            self.post_message(self.NearEnd(by > 0))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """At the right edge: goes to that place among all rows."""
        if event.x == self.size.width - 1 and event.y >= HEADER_LINES:
            self._dragging = True
            self.capture_mouse()
            self._ask_for_place(event.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Follows the mouse along the edge."""
        if self._dragging:
            self._ask_for_place(event.y)

    def on_mouse_up(self, _event: events.MouseUp) -> None:
        """The edge is let go."""
        self._dragging = False
        self.release_mouse()

    def _ask_for_place(self, y: int) -> None:
        fraction = (y - HEADER_LINES) / max(1, self._height - 1)
        self.post_message(self.PlaceAsked(max(0.0, min(1.0, fraction))))

    def on_click(self, event: events.Click) -> None:
        """A row moves the cursor, twice opens it."""
        row = event.y - HEADER_LINES + self.top
        if event.x == self.size.width - 1 or event.y < HEADER_LINES or row >= len(self.rows):
            return
        self._move_to(row)
        if event.chain == 2:
            self.post_message(self.Chosen(self.rows[row]))

    # Drawing

    def render_line(self, y: int) -> Strip:
        """One line: the header, a row, or nothing."""
        width = self.size.width
        columns = usage_columns(width - 1)
        if y < HEADER_LINES:
            style = self.get_component_rich_style("usage-list--header")
            titles = [Segment(" ", style)]
            for each in columns:
                title = fitted_text(each.title, each.width, right=each.right)
                titles.append(Segment(title + " " * GAP, style))
            return Strip(titles).adjust_cell_length(width, style)
        place = y - HEADER_LINES + self.top
        ground = self.get_component_rich_style("usage-list--row")
        segments = [Segment(" ", ground)]
        if place < len(self.rows):
            if place == self.cursor:
                ground = self.get_component_rich_style("usage-list--cursor")
            segments = self._row(self.rows[place], columns, ground)
        strip = Strip(segments).adjust_cell_length(width - 1, ground)
        return Strip([*strip, self._edge(y - HEADER_LINES)], width)

    def _row(self, row: UsageRow, columns: Sequence[UsageColumn], ground: Style) -> list[Segment]:
        dim = ground + self.get_component_rich_style("usage-list--dim", partial=True)
        segments = [Segment(" ", ground)]
        for column in columns:
            style = dim
            if column.name == "state":
                name = f"usage-list--{look_of(row).colour}"
                style = ground + self.get_component_rich_style(name, partial=True)
            elif column.name in ("model", "cost", "took"):
                style = ground
            text = fitted_text(column.cell(row), column.width, right=column.right)
            segments.append(Segment(text, style))
            segments.append(Segment(" " * GAP, ground))
        return segments

    def _edge(self, line: int) -> Segment:
        """One cell of the bar that shows where of all rows those in view are."""
        track = self.get_component_rich_style("usage-list--track")
        height = self._height
        newest, oldest = self.extent.newest, self.extent.oldest
        if newest is None or oldest is None or not self.rows or height < 2:
            return Segment(" ", track)
        span = max(1, newest - oldest)
        last = min(len(self.rows), self.top + height) - 1
        if self.rows[self.top].id >= newest and self.rows[last].id <= oldest:
            return Segment(" ", track)  # all there is is in view
        begin = (newest - self.rows[self.top].id) / span
        end = (newest - self.rows[last].id) / span
        first_cell = round(begin * (height - 1))
        last_cell = max(first_cell, round(end * (height - 1)))
        if first_cell <= line <= last_cell:
            return Segment("█", self.get_component_rich_style("usage-list--thumb"))
        return Segment("│", track)


def _index_of(rows: Sequence[UsageRow], number: int) -> int | None:
    return next((at for at, row in enumerate(rows) if row.id == number), None)
