"""The line in which requests are filtered; what it cannot read is told beside it."""

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

__all__ = ["FilterInput", "FilterLine"]


class FilterInput(Input):
    """One line of text; Enter and the arrow keys go on to the list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,enter", "leave", "to the list", id="search.leave", tooltip="Go to the list"),
        Binding("escape", "clear", "clear", id="search.clear", tooltip="Clear the filter"),
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
            self.post_message(self.Left())


class FilterLine(Horizontal):
    """A prompt, the field, and what is wrong with what it holds, or how many rows pass."""

    field = getters.query_one(FilterInput)
    _note = getters.query_one("#filter-note", Static)

    @dataclass
    class Changed(Message):
        """The text of the filter."""

        text: str

    def __init__(self, text: str, placeholder: str) -> None:
        super().__init__()
        self._text = text
        self._placeholder = placeholder

    def compose(self) -> ComposeResult:
        """Prompt, field, note."""
        yield Static(" /", id="filter-prompt", markup=False)
        yield FilterInput(
            self._text,
            placeholder=self._placeholder,
            compact=True,
            select_on_focus=False,
            id="filter",
        )
        yield Static(id="filter-note", markup=False)

    def tell(self, fault: str, count: str = "") -> None:
        """Says what is wrong; else how many there are."""
        note = Content.styled(f"✖ {fault}", "$text-error") if fault else Content(count)
        self._note.update(note)

    @on(Input.Changed, "#filter")
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(event.value))
