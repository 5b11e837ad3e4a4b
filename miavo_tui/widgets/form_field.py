"""One field of a form: its label, the control, and what is wrong with what it holds."""

from __future__ import annotations

from typing import TypeVar

from textual import getters
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.dom import DOMNode
from textual.widget import Widget
from textual.widgets import Label, Static

__all__ = ["FormField", "control_named", "field_named"]

Control = TypeVar("Control", bound=Widget)


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


def field_named(form: DOMNode, name: str) -> FormField | None:
    """A form's field by its name in the admin API; None if it has no such field."""
    return next((field for field in form.query(FormField) if field.field == name), None)


def control_named(form: DOMNode, name: str, kind: type[Control]) -> Control:
    """The control of a form's field.

    Args:
        form: what the field is on.
        name: the field's, in the admin API.
        kind: what the control is.

    Raises:
        LookupError: the form has no such field, or with another control.
    """
    field = field_named(form, name)
    if field is None or not isinstance(field.control, kind):
        raise LookupError(name)
    return field.control
