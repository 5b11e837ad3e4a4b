"""The search field: types into the list at once and lets the arrow keys through to it."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from miavo_tui.widgets.query_line import QueryInput, QueryLine

__all__ = ["SearchLine"]


class _SearchInput(QueryInput):
    """What it does not use itself goes to the list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pagedown,up,pageup", "leave", "to the list", id="search.page", show=False),
    ]

    def action_clear(self) -> None:
        """Empties the field and leaves it."""
        self.value = ""
        self.action_leave()


class SearchLine(QueryLine):
    """Its note says how many rows are left."""

    FIELD: ClassVar[type[QueryInput]] = _SearchInput

    def show_count(self, shown: int, total: int) -> None:
        """`12 of 93`."""
        self.note.update(
            Content.assemble((str(shown), "bold $foreground"), (f" of {total}", "$text-muted"))
            if total
            else "",
            layout=False,
        )
