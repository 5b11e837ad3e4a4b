"""The table of models: a header that sorts and rows drawn only as far as they are in view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from miavo_tui.model_card import ModelCard
from miavo_tui.model_states import symbol_of
from miavo_tui.widgets.cell_text import aligned, pieces
from miavo_tui.widgets.model_columns import Column, cell, columns_for

__all__ = ["ModelList"]

_HEADER_LINES = 1


class ModelList(ScrollView, can_focus=True):
    """Shows models one a line, in the order given, with a cursor on one of them."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "model-list--header",
        "model-list--sorted",
        "model-list--row",
        "model-list--cursor",
        "model-list--hover",
        "model-list--dim",
        "model-list--match",
        "model-list--mark",
        "model-list--reachable",
        "model-list--simulated",
        "model-list--preview",
        "model-list--legacy",
        "model-list--retired",
        "model-list--unreachable",
    }

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", id="list.up", tooltip="One model up", show=False),
        Binding("down,j", "move(1)", "down", id="list.down", tooltip="One model down", show=False),
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
        Binding(
            "home,g", "move_to(0)", "first", id="list.first", tooltip="First model", show=False
        ),
        Binding("end,G", "move_to(-1)", "last", id="list.last", tooltip="Last model", show=False),
    ]

    cursor: reactive[int] = reactive(0, repaint=False)
    """The row under the cursor."""
    hovered: reactive[int | None] = reactive(None, repaint=False)
    """The row under the mouse, if any."""

    @dataclass
    class Highlighted(Message):
        """The cursor is on another model; None when the list is empty."""

        model: ModelCard | None

    @dataclass
    class Chosen(Message):
        """A model was double-clicked."""

        model: ModelCard

    @dataclass
    class SortAsked(Message):
        """A title was clicked; `sort` is the order it stands for."""

        sort: str

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.models: tuple[ModelCard, ...] = ()
        self._words: tuple[str, ...] = ()
        self._marks: frozenset[str] = frozenset()
        self._sort = ""
        self._descending = False

    def show(
        self,
        models: tuple[ModelCard, ...],
        *,
        words: tuple[str, ...],
        sort: str,
        descending: bool,
        slug: str,
        marked: tuple[str, ...] = (),
    ) -> None:
        """Replaces the rows.

        Args:
            models: the rows, in order.
            words: marked where they occur; in lower case.
            sort: the order in force, marked in the header.
            descending: its direction.
            slug: the model to put the cursor on; the first one where it is not among them.
            marked: the slugs with a mark.
        """
        self.models, self._words, self._marks = models, words, frozenset(marked)
        self._sort, self._descending = sort, descending
        row = next((n for n, model in enumerate(models) if model.slug == slug), 0)
        self._fit()
        self.set_reactive(ModelList.cursor, row)
        self._keep_in_view(row)
        self.refresh()
        self.post_message(self.Highlighted(self.highlighted))

    @property
    def highlighted(self) -> ModelCard | None:
        """The model under the cursor."""
        return self.models[self.cursor] if 0 <= self.cursor < len(self.models) else None

    def _fit(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, self._lines)

    @property
    def _lines(self) -> int:
        return len(self.models) + _HEADER_LINES

    def on_resize(self, _event: events.Resize) -> None:
        """Chooses the columns anew and keeps the cursor in sight."""
        self._fit()
        self._keep_in_view(self.cursor)

    def validate_cursor(self, row: int) -> int:
        """Keeps the cursor on a row."""
        return max(0, min(row, len(self.models) - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        """Draws the two rows concerned and tells of the model."""
        self._refresh_row(old)
        self._refresh_row(new)
        self._keep_in_view(new)
        self.post_message(self.Highlighted(self.highlighted))

    def watch_hovered(self, old: int | None, new: int | None) -> None:
        """Draws the two rows concerned."""
        for row in (old, new):
            if row is not None:
                self._refresh_row(row)

    def _refresh_row(self, row: int) -> None:
        line = row + _HEADER_LINES - round(self.scroll_y)
        self.refresh(Region(0, line, self.size.width, 1))

    def _keep_in_view(self, row: int) -> None:
        height = self.scrollable_content_region.height - _HEADER_LINES
        top = round(self.scroll_y)
        if height > 0 and not top <= row < top + height:
            target = row if row < top else row - height + 1
            self.scroll_to(y=target, animate=False, force=True)

    def action_move(self, by: int) -> None:
        """Moves the cursor by rows."""
        self.cursor += by

    def action_move_page(self, by: int) -> None:
        """Moves the cursor by screenfuls."""
        self.cursor += by * max(1, self.scrollable_content_region.height - _HEADER_LINES - 1)

    def action_move_to(self, row: int) -> None:
        """Moves the cursor to a row; -1 is the last."""
        self.cursor = row if row >= 0 else len(self.models) - 1

    def _row_at(self, y: int) -> int | None:
        row = y - _HEADER_LINES + round(self.scroll_y)
        return row if y >= _HEADER_LINES and row < len(self.models) else None

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Marks the row under the mouse."""
        self.hovered = self._row_at(event.y)

    def on_leave(self, _event: events.Leave) -> None:
        """The mouse has gone elsewhere."""
        self.hovered = None

    def on_click(self, event: events.Click) -> None:
        """A row moves the cursor, twice chooses it; a title sorts."""
        row = self._row_at(event.y)
        if row is not None:
            self.cursor = row
            if event.chain == 2:
                self.post_message(self.Chosen(self.models[row]))
        elif event.y < _HEADER_LINES:
            column = self._column_at(event.x)
            if column is not None and column.sort:
                self.post_message(self.SortAsked(column.sort))

    def _column_at(self, x: int) -> Column | None:
        left = 1
        for column in columns_for(self.scrollable_content_region.width):
            if left - 2 <= x < left + column.width:
                return column
            left += column.width + 2
        return None

    def render_line(self, y: int) -> Strip:
        """One line: the header, a row, or nothing."""
        width = self.scrollable_content_region.width
        columns = columns_for(width)
        if y < _HEADER_LINES:
            return self._header(columns).adjust_cell_length(
                width, self.get_component_rich_style("model-list--header")
            )
        row = self._row_at(y)
        if row is None:
            return Strip.blank(width, self.get_component_rich_style("model-list--row"))
        # Component styles are cached; the widget's own would be computed for every line.
        ground = self.get_component_rich_style("model-list--row")
        if row == self.cursor:
            ground = self.get_component_rich_style("model-list--cursor")
        elif row == self.hovered:
            ground = self.get_component_rich_style("model-list--hover")
        strip = Strip(self._row(self.models[row], columns, ground))
        return strip.adjust_cell_length(width, ground)

    def _header(self, columns: tuple[Column, ...]) -> Strip:
        style = self.get_component_rich_style("model-list--header")
        marked = style + self.get_component_rich_style("model-list--sorted", partial=True)
        segments: list[Segment] = []
        for number, column in enumerate(columns):
            gap, title, title_style = "  " if number else " ", column.title, style
            # The catalogue's own order upwards is how things are, not a sort to point at.
            if column.sort == self._sort and (column.sort != "catalogue" or self._descending):
                arrow = "▼" if self._descending else "▲"
                title_style = marked
                if column.right:  # the title fills its column; the gap before it has room
                    gap = f" {arrow}"
                else:
                    title = f"{title} {arrow}"
            segments += [
                Segment(gap, title_style),
                Segment(aligned(title, column), title_style),
            ]
        return Strip(segments)

    def _row(self, model: ModelCard, columns: tuple[Column, ...], ground: Style) -> list[Segment]:
        _, colour = symbol_of(model)
        dim = ground + self.get_component_rich_style("model-list--dim", partial=True)
        state_style = ground + self.get_component_rich_style(f"model-list--{colour}", partial=True)
        faded = model.lifecycle.status == "retired"
        mark = ground + self.get_component_rich_style("model-list--mark", partial=True)
        segments = [Segment("◆", mark) if model.slug in self._marks else Segment(" ", ground)]
        for column in columns:
            text = cell(model, column)
            shown = aligned(text, column)
            if column.name == "state":
                segments.append(Segment(shown, state_style))
            elif column.name in ("slug", "name", "provider"):
                style = ground if column.name == "slug" and not faded else dim
                segments += self._marked(shown, style)
            elif column.name in ("kind", "context", "features") or faded:
                segments.append(Segment(shown, dim))
            else:
                segments.append(Segment(shown, ground if text.startswith("$") else dim))
            segments.append(Segment("  ", ground))
        return segments

    def _marked(self, text: str, style: Style) -> list[Segment]:
        """The text with every searched word marked."""
        match = style + self.get_component_rich_style("model-list--match", partial=True)
        return [
            Segment(piece, match if is_match else style)
            for piece, is_match in pieces(text, self._words)
        ]
