"""A table whose rows are drawn only as far as they are in view: keys, entries of the ledger."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.message import Message
from textual.strip import Strip

from miavo_tui.widgets.contrast import stands_out
from miavo_tui.widgets.cursor_list import HEADER_LINES, CursorList

__all__ = ["Pieces", "RowTable", "TableColumn", "fitted", "widened"]

Row = TypeVar("Row")
Pieces: TypeAlias = Sequence[tuple[str, str]]
"""Texts of one cell, each with its look: `""`, `dim`, `good`, `warn`, `bad`, `accent`, `match`."""

_GAP = "  "
_EDGES = 2  # a cell before the first column and one after the last


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column."""

    name: str
    title: str
    width: int
    """Cells, without the gap before it."""
    right: bool = False
    """Numbers stand flush right."""
    grows: bool = False
    """Takes the width that is left over."""
    sort: str = ""
    """The order that a click on the title chooses; empty for none."""


def widened(
    sets: Sequence[tuple[TableColumn, ...]], width: int, most: int = 1_000
) -> tuple[TableColumn, ...]:
    """The first set that fits, its growing columns widened to fill `width` cells.

    Args:
        sets: the widest first; the last is taken whether it fits or not.
        width: cells.
        most: by how many cells a column may grow.
    """
    columns, spare = sets[-1], 0
    for columns in sets:
        taken = sum(column.width for column in columns) + len(_GAP) * (len(columns) - 1) + _EDGES
        spare = width - taken
        if spare >= 0:
            break
    growing = sum(column.grows for column in columns)
    share = max(0, min(spare // growing if growing else 0, most))
    return tuple(
        TableColumn(c.name, c.title, c.width + share, c.right, c.grows, c.sort) if c.grows else c
        for c in columns
    )


def fitted(pieces: Pieces, width: int, *, right: bool = False) -> list[tuple[str, str]]:
    """The pieces at exactly `width` cells, cut with an ellipsis where they are longer."""
    taken = sum(cell_len(text) for text, _ in pieces)
    if taken > width:
        room, kept = width - 1, list[tuple[str, str]]()
        look = ""
        for text, look in pieces:
            size = cell_len(text)
            if size > room:
                kept.append((set_cell_size(text, room), look))
                break
            kept.append((text, look))
            room -= size
        return [*kept, ("…", look)]
    blank = (" " * (width - taken), "")
    return [blank, *pieces] if right else [*pieces, blank]


class RowTable(CursorList, Generic[Row]):
    """Shows rows one a line, in the order given, with a cursor on one of them."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "row-table--header",
        "row-table--sorted",
        "row-table--row",
        "row-table--cursor",
        "row-table--hover",
        "row-table--dim",
        "row-table--good",
        "row-table--warn",
        "row-table--bad",
        "row-table--accent",
        "row-table--match",
    }

    @dataclass
    class _OfRow(Message):
        """What a row of a table tells."""

        table: RowTable[Any]
        row: Any

        @property
        def control(self) -> RowTable[Any]:
            """The table, for `on` with a selector."""
            return self.table

    class Highlighted(_OfRow):
        """The cursor is on another row; None when the table is empty."""

    class Chosen(_OfRow):
        """A row was double-clicked."""

    @dataclass
    class SortAsked(Message):
        """A title was clicked; `sort` is the order it stands for."""

        sort: str

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.rows: Sequence[Row] = ()
        self.sort = ""
        self.descending = False

    @abstractmethod
    def columns(self, width: int) -> tuple[TableColumn, ...]:
        """The columns for a table of that many cells."""

    @abstractmethod
    def cell(self, row: Row, column: TableColumn) -> Pieces:
        """What stands in one cell, not yet aligned."""

    def identity(self, row: Row) -> object:
        """What makes a row the same in a later answer."""
        return getattr(row, "id", row)

    def faded(self, _row: Row) -> bool:
        """Whether a row counts no more, and is dim as a whole."""
        return False

    def show(self, rows: Sequence[Row], at: object = None) -> None:
        """Replaces the rows; the cursor stays on its row, and what is in view in its place.

        Args:
            rows: in order.
            at: the identity of the row to put the cursor on instead.
        """
        places = {self.identity(row): number for number, row in enumerate(rows)}
        before = self.highlighted
        wanted = at if at is not None or before is None else self.identity(before)
        cursor = places.get(wanted)
        scroll = self._scroll_for(places, None if at is not None else cursor)
        # A row that is gone leaves the cursor where it was, on its neighbour.
        cursor = max(0, min(self.cursor, len(rows) - 1)) if cursor is None else cursor
        self.rows = rows
        self.fit()
        self.set_reactive(CursorList.cursor, cursor)
        if scroll is not None and scroll != round(self.scroll_y):
            self.scroll_to(y=scroll, animate=False, force=True)
        if self.follows_cursor or at is not None:
            self.keep_in_view(cursor)
        self.refresh()
        self.tell_highlighted()

    def _scroll_for(self, places: Mapping[object, int], cursor: int | None) -> int | None:
        """Where to scroll so that what is in view stays in its place; None to stay."""
        top = round(self.scroll_y)
        if cursor is not None and self.cursor_in_view:
            return max(0, top + cursor - self.cursor)
        if top < len(self.rows):
            place = places.get(self.identity(self.rows[top]))
            return None if place is None else place
        return None

    @property
    def cursor_in_view(self) -> bool:
        """Whether the row under the cursor is in sight: the wheel scrolls away from it."""
        height = self.scrollable_content_region.height - HEADER_LINES
        return round(self.scroll_y) <= self.cursor < round(self.scroll_y) + height

    @property
    def follows_cursor(self) -> bool:
        """Whether new rows bring the cursor into sight where it is not."""
        return True

    @property
    def highlighted(self) -> Row | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    def tell_highlighted(self) -> None:
        """Posts which row is under the cursor."""
        self.post_message(self.Highlighted(self, self.highlighted))

    def tell_chosen(self, row: int) -> None:
        """Posts that a row was double-clicked."""
        self.post_message(self.Chosen(self, self.rows[row]))

    def tell_title(self, x: int) -> None:
        """Posts the order that the title there stands for, if any."""
        left = 1
        for column in self.columns(self.scrollable_content_region.width):
            if column.sort and left - 2 <= x < left + column.width:
                self.post_message(self.SortAsked(column.sort))
            left += column.width + len(_GAP)

    def render_line(self, y: int) -> Strip:
        """One line: the header, a row, or nothing."""
        width = self.scrollable_content_region.width
        if y < HEADER_LINES:
            return self._header(self.columns(width)).adjust_cell_length(
                width, self.get_component_rich_style("row-table--header")
            )
        number = self.row_at(y)
        # Component styles are cached; the widget's own would be computed for every line.
        ground = self.get_component_rich_style("row-table--row")
        if number is None:
            return Strip.blank(width, ground)
        if number == self.cursor:
            ground = self.get_component_rich_style("row-table--cursor")
        elif number == self.hovered:
            ground = self.get_component_rich_style("row-table--hover")
        strip = Strip(self._line(self.rows[number], self.columns(width), ground))
        return strip.adjust_cell_length(width, ground)

    def _header(self, columns: tuple[TableColumn, ...]) -> Strip:
        style = self.get_component_rich_style("row-table--header")
        marked = style + self.get_component_rich_style("row-table--sorted", partial=True)
        segments: list[Segment] = []
        for number, column in enumerate(columns):
            gap, title, title_style = _GAP if number else " ", column.title, style
            if column.sort and column.sort == self.sort:
                arrow, title_style = "▼" if self.descending else "▲", marked
                if column.right:  # the title may fill its column; the gap before it has room
                    title = f"{arrow} {title}" if column.width > len(title) + 1 else title
                else:
                    title = f"{title} {arrow}"
            segments.append(Segment(gap, style))
            segments += [
                Segment(text, title_style)
                for text, _ in fitted([(title, "")], column.width, right=column.right)
            ]
        return Strip(segments)

    def _line(self, row: Row, columns: tuple[TableColumn, ...], ground: Style) -> list[Segment]:
        faded = self.faded(row)
        segments = [Segment(" ", ground)]
        for number, column in enumerate(columns):
            if number:
                segments.append(Segment(_GAP, ground))
            for text, look in fitted(self.cell(row, column), column.width, right=column.right):
                look = "dim" if faded and look in ("", "good", "accent") else look
                segments.append(Segment(text, self._look(look, ground)))
        return segments

    def _look(self, look: str, ground: Style) -> Style:
        if not look:
            return ground
        # A theme's muted colour may be told by its contrast: only with its ground is it known.
        whole = self.get_component_rich_style(f"row-table--{look}")
        own = self.get_component_rich_style(f"row-table--{look}", partial=True)
        shown = ground + own
        if whole.color is None or ground.bgcolor is None:
            return shown
        # A theme's cursor may have the very colour that a cell has.
        readable = stands_out(whole.color, ground.bgcolor)
        return shown + Style(color=whole.color if readable else ground.color)
