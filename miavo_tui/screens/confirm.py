"""Asking before what cannot be taken back."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from miavo_tui.screens.modal import Popup

__all__ = ["ConfirmDialog"]


class ConfirmDialog(Popup[bool]):
    """A question with two answers, of which Cancel has the focus: a stray Enter does nothing.

    Push it with `push_screen_wait` from a worker; it answers with True if confirmed.
    """

    CSS_PATH = Path(__file__).with_name("confirm.tcss")
    AUTO_FOCUS = "#confirm-no"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "left,right,h,l,up,down,j,k",
            "other",
            "choose",
            key_display="←→",
            id="confirm.other",
            tooltip="The other answer",
        ),
        Binding("escape,n,q", "answer(False)", "cancel", id="confirm.no", tooltip="Change nothing"),
        Binding("y", "answer(True)", "confirm", id="confirm.yes", tooltip="Do it"),
    ]

    def __init__(
        self,
        question: str,
        detail: str = "",
        *,
        verb: str = "Confirm",
        cancel: str = "Cancel",
        dangerous: bool = True,
    ) -> None:
        """Prepares the question.

        Args:
            question: one short sentence, such as `Revoke the key “my editor”?`.
            detail: what follows from it.
            verb: what the button that confirms says, such as `Revoke`.
            cancel: what the other says.
            dangerous: whether it takes something away for good; shown in red.
        """
        super().__init__()
        self._question = question
        self._detail = detail
        self._verb = verb
        self._cancel = cancel
        self._dangerous = dangerous

    def compose_body(self) -> ComposeResult:
        """The question over its answers."""
        with Vertical(id="confirm"):
            mark = ("▲ ", "bold $text-error") if self._dangerous else ("", "")
            yield Static(
                Content.assemble(mark, (self._question, "bold $foreground")),
                id="confirm-question",
                markup=False,
            )
            if self._detail:
                yield Static(
                    Content.styled(self._detail, "$text-muted"), id="confirm-detail", markup=False
                )
            with Horizontal(id="confirm-answers"):
                yield Button(Content(self._cancel), id="confirm-no")
                yield Button(
                    Content(self._verb),
                    id="confirm-yes",
                    variant="error" if self._dangerous else "primary",
                )

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss(event.button.id == "confirm-yes")

    def action_other(self) -> None:
        """Moves the focus between the two answers."""
        self.focus_next(Button)

    def action_close(self) -> None:
        """Changes nothing."""
        self.dismiss(False)

    def action_answer(self, yes: bool) -> None:
        """Answers at once."""
        self.dismiss(yes)
