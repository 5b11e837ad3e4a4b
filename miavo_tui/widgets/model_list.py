"""The table of models: a header that sorts and rows drawn only as far as they are in view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.message import Message
from textual.strip import Strip

from miavo_tui.model_card import ModelCard
from miavo_tui.model_states import symbol_of
from miavo_tui.widgets.cell_text import fitted_text, pieces
from miavo_tui.widgets.cursor_list import HEADER_LINES, CursorList
from miavo_tui.widgets.model_columns import Column, cell, columns_for

__all__ = ["ModelList"]


class ModelList(CursorList):
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
        self.fit()
        self.set_reactive(CursorList.cursor, row)
        self.keep_in_view(row)
        self.refresh()
        self.tell_highlighted()

    @property
    def highlighted(self) -> ModelCard | None:
        """The model under the cursor."""
        return self.models[self.cursor] if 0 <= self.cursor < len(self.models) else None

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.models)

    def tell_highlighted(self) -> None:
        """Posts which model is under the cursor."""
        self.post_message(self.Highlighted(self.highlighted))

    def tell_chosen(self, row: int) -> None:
        """Posts that a model was double-clicked."""
        self.post_message(self.Chosen(self.models[row]))

    def tell_title(self, x: int) -> None:
        """Posts the order that the title there stands for, if any."""
        column = self._column_at(x)
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
        if y < HEADER_LINES:
            return self._header(columns).adjust_cell_length(
                width, self.get_component_rich_style("model-list--header")
            )
        row = self.row_at(y)
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
                Segment(fitted_text(title, column.width, right=column.right), title_style),
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
            shown = fitted_text(text, column.width, right=column.right)
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
