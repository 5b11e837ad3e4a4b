"""The search field: types into the list at once and lets the arrow keys through to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

__all__ = ["SearchInput", "SearchLine"]


class SearchInput(Input):
    """One line of text; what it does not use itself goes to the list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,enter", "leave", "to the list", id="search.leave", tooltip="Go to the list"),
        Binding("escape", "clear", "clear", id="search.clear", tooltip="Clear the search"),
        Binding("pagedown,up,pageup", "leave", "to the list", id="search.page", show=False),
    ]

    @dataclass
    class Left(Message):
        """The list shall have the keys."""

    def action_leave(self) -> None:
        """Gives the keys to the list."""
        self.post_message(self.Left())

    def action_clear(self) -> None:
        """Empties the field; when it is empty already, leaves it."""
        self.value = ""
        self.post_message(self.Left())


class SearchLine(Horizontal):
    """A prompt, the field, and how many rows are left."""

    field = getters.query_one(SearchInput)
    _count = getters.query_one("#count", Static)

    @dataclass
    class Changed(Message):
        """The text searched for."""

        text: str

    def __init__(
        self, text: str, placeholder: str = "search slug, name, provider or summary"
    ) -> None:
        super().__init__(id="search-line")
        self._text = text
        self._placeholder = placeholder

    def compose(self) -> ComposeResult:
        """Prompt, field, count."""
        yield Static(" /", id="search-prompt", markup=False)
        yield SearchInput(
            self._text,
            placeholder=self._placeholder,
            compact=True,
            select_on_focus=False,
            id="search",
        )
        yield Static(id="count", markup=False)

    def show_count(self, shown: int, total: int) -> None:
        """`12 of 93`."""
        self._count.update(
            Content.assemble((str(shown), "bold $foreground"), (f" of {total}", "$text-muted"))
            if total
            else "",
            layout=False,
        )

    @on(Input.Changed, "#search")
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(event.value))
