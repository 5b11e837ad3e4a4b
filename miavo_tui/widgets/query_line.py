"""The line over a list that says what of it is shown: as it is typed, the list follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

__all__ = ["QueryInput", "QueryLine"]


class QueryInput(Input):
    """One line of text; Enter and the arrow keys go on to the list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,enter", "leave", "to the list", id="search.leave", tooltip="Go to the list"),
        Binding("escape", "clear", "clear", id="search.clear", tooltip="Clear what is typed"),
    ]

    @dataclass
    class Left(Message):
        """The list shall have the keys."""

    def action_leave(self) -> None:
        """Gives the keys to the list."""
        self.post_message(self.Left())

    def action_clear(self) -> None:
        """Empties the field; when it is empty already, leaves it."""
        if self.value:
            self.value = ""
        else:
            self.action_leave()


class QueryLine(Horizontal):
    """A prompt, the field, and a note."""

    FIELD: ClassVar[type[QueryInput]] = QueryInput

    field = getters.query_one(QueryInput)
    note = getters.query_one(".query-note", Static)

    @dataclass
    class Changed(Message):
        """What is typed is another text."""

        text: str

    def __init__(self, text: str, placeholder: str) -> None:
        super().__init__()
        self._text = text
        self._placeholder = placeholder

    def compose(self) -> ComposeResult:
        """Prompt, field, note."""
        yield Static(" /", classes="query-prompt", markup=False)
        yield self.FIELD(
            self._text, placeholder=self._placeholder, compact=True, select_on_focus=False
        )
        yield Static(classes="query-note", markup=False)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(event.value))
