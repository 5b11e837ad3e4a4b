"""One field of a form: its label, the control, and what is wrong with what it holds."""

from __future__ import annotations

from textual import getters
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Label, Static

__all__ = ["FormField"]


class FormField(Vertical):
    """A control with its label above and a hint, or an error in the hint's place, below.

    Attributes:
        field: the field's name in the admin API, by which an error finds it.
        control: what is typed into or chosen from.
    """

    _note = getters.query_one(".form-note", Static)

    def __init__(self, field: str, label: str, control: Widget, hint: str = "") -> None:
        super().__init__(classes="form-field")
        self.field = field
        self.control = control
        self._label = label
        self._hint = hint
        self._error = ""

    def compose(self) -> ComposeResult:
        """Label, control, hint."""
        yield Label(Content(self._label), classes="form-label")
        yield self.control
        yield Static(self._note_text(), classes="form-note", markup=False)

    def on_mount(self) -> None:
        """No room for a hint that is not there."""
        self._note.display = bool(self._hint or self._error)

    @property
    def error(self) -> str:
        """What is wrong, in one sentence; empty while nothing is."""
        return self._error

    @error.setter
    def error(self, message: str) -> None:
        self._error = message
        self.set_class(bool(message), "-wrong")
        if self.is_mounted:
            self._note.update(self._note_text())
            self._note.display = bool(message or self._hint)

    def _note_text(self) -> Content:
        if self._error:
            return Content.styled(f"✖ {self._error}", "$text-error")
        return Content.styled(self._hint, "$text-muted")
