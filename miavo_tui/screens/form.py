"""What every form over a screen shares: fields, where their errors show, and how it is sent."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Static

from miavo_tui.gateway_errors import GatewayRefused, GatewayUnreachable
from miavo_tui.screens.modal import Modal
from miavo_tui.widgets.form_field import FormField, field_named

if TYPE_CHECKING:
    from miavo_tui.client import GatewayClient

__all__ = ["FieldProblem", "FormModal"]

Answer = TypeVar("Answer")


class FieldProblem(Exception):
    """What a form holds cannot be sent.

    Attributes:
        field: the name of the field at fault; empty for the form as a whole.
        message: what is wrong, in one sentence.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class FormModal(Modal[Answer | None], Generic[Answer]):
    """A form. A subclass yields `FormField`s from `compose_fields` and sends them in `submit`.

    What goes wrong is told at the field it concerns, else below the fields, and everything typed
    stays. A subclass with styles of its own adds its path to the one here:
    `CSS_PATH = [*FormModal.CSS_PATH, Path(__file__).with_name("…")]`.

    Attributes:
        HEADING: the form's title.
        SUBMIT: what the button that sends it says, such as `Create`.
    """

    HEADING: ClassVar[str] = ""
    SUBMIT: ClassVar[str] = "Save"
    CSS_PATH: ClassVar[list[str | PurePath]] = [Path(__file__).with_name("form.tcss")]
    AUTO_FOCUS = ".form-field Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+s",
            "submit",
            "send",
            id="form.submit",
            tooltip="Send the form; Enter in a line of text does so too",
            priority=True,
        ),
        Binding(
            "down",
            "app.focus_next",
            "fields",
            key_display="↑↓",
            id="form.next",
            tooltip="The next field",
        ),
        Binding(
            "up",
            "app.focus_previous",
            "field before",
            id="form.previous",
            tooltip="The field before",
            show=False,
        ),
        # What has no use of its own for it, such as a choice, lets it through.
        Binding("enter", "submit", "send", id="form.enter", show=False),
        Binding("escape", "cancel", "cancel", id="form.cancel", tooltip="Leave without sending"),
    ]

    _trouble = getters.query_one("#form-trouble", Static)
    _sending = False

    def compose_body(self) -> ComposeResult:
        """Heading, fields, trouble, buttons."""
        with Vertical(id="form"):
            yield Static(Content.styled(self.HEADING, "bold $primary"), id="form-heading")
            with VerticalScroll(id="form-fields", can_focus=False):
                yield from self.compose_fields()
            yield Static(id="form-trouble", markup=False)
            with Horizontal(id="form-buttons"):
                yield Button("Cancel", id="form-cancel")
                yield Button(Content(self.SUBMIT), id="form-submit", variant="primary")

    def compose_fields(self) -> ComposeResult:
        """The `FormField`s."""
        yield from ()

    async def submit(self) -> Answer:
        """Reads the fields and does what the form is for; what it returns is the form's answer.

        Raises:
            FieldProblem: what is typed cannot be sent.
            GatewayRefused: the gateway does not take it.
            GatewayUnreachable: no gateway answers.
        """
        raise NotImplementedError

    def gateway(self) -> GatewayClient:
        """What a form is sent with.

        Raises:
            GatewayUnreachable: no gateway has answered yet.
        """
        if self.app.client is None:
            raise GatewayUnreachable("The gateway has not answered yet.")
        return self.app.client

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_submit()

    @on(Button.Pressed, "#form-submit")
    def _submit_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.action_submit()

    @on(Button.Pressed, "#form-cancel")
    def _cancel_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.action_cancel()

    def action_cancel(self) -> None:
        """Leaves; nothing has changed."""
        self.dismiss(None)

    def action_submit(self) -> None:
        """Sends the form, once."""
        if not self._sending:
            self._sending = True
            self._send()

    @work
    async def _send(self) -> None:
        for field in self.query(FormField):
            field.error = ""
        self._tell("")
        try:
            answer = await self.submit()
        except FieldProblem as problem:
            self._show(problem.field, problem.message)
        except GatewayRefused as refused:
            self._show(refused.param or "", refused.message)
        except GatewayUnreachable as unreachable:
            self._show("", f"{unreachable} Nothing was changed; try again when it is back.")
        else:
            self.dismiss(answer)
        finally:
            self._sending = False

    def _show(self, name: str, message: str) -> None:
        if (field := field_named(self, name)) is None:
            self._tell(message)
            return
        field.error = message
        field.control.focus()
        field.scroll_visible()

    def _tell(self, message: str) -> None:
        self._trouble.display = bool(message)
        self._trouble.update(Content.styled(f"✖ {message}", "$text-error"))
