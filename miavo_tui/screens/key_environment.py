"""The lines for another program's environment; with a key just made, the one sight of it."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from miavo_tui.environment_lines import PLACEHOLDER, SHELLS, environment_lines
from miavo_tui.key_records import KeyRow
from miavo_tui.plain_text import printable_line
from miavo_tui.screens.modal import Popup
from miavo_tui.widgets.inline_choice import InlineChoice

__all__ = ["KeyEnvironment"]


class KeyEnvironment(Popup[str | None]):
    """Shows and copies; answers with `rotate` where the user asks for a new value.

    A key that has been neither copied nor read would be lost: the first Esc asks once more.
    """

    CSS_PATH = [  # noqa: RUF012 - as the base class declares it
        Path(__file__).with_name("key_environment.tcss"),
        Path(__file__).parents[1] / "widgets" / "inline_choice.tcss",
    ]
    AUTO_FOCUS = "InlineChoice"
    CHANGES: ClassVar[frozenset[str]] = frozenset({"rotate"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "c,enter", "copy_lines", "copy lines", id="env.copy", tooltip="Copy the lines shown"
        ),
        Binding("y", "copy_key", "copy key", id="env.key", tooltip="Copy the key alone"),
        Binding(
            "o",
            "rotate",
            "rotate for a new value",
            id="env.rotate",
            tooltip="Give the key a new value, which is shown once",
        ),
        Binding("escape,q", "close", "close", id="env.close", tooltip="Close"),
    ]

    _lines = getters.query_one("#env-lines", Static)
    _told = getters.query_one("#env-told", Static)
    _choice = getters.query_one(InlineChoice)

    def __init__(self, row: KeyRow, url: str, secret: str | None = None, *, note: str = "") -> None:
        """Prepares the lines.

        Args:
            row: the key they are for.
            url: the gateway's address.
            secret: the key itself, where it has just been made.
            note: what else is to be known, such as until when the old value is taken.
        """
        super().__init__()
        self._row = row
        self._url = url
        self._secret = secret
        self._note = note
        self._kept = secret is None

    def compose_body(self) -> ComposeResult:
        """The key, the lines, what is to be known."""
        with Vertical(id="env"):
            yield Static(self._heading(), id="env-heading", markup=False)
            if self._secret is not None:
                yield Static(
                    Content.styled(self._secret, "bold $accent"), id="env-key", markup=False
                )
            yield InlineChoice(SHELLS)
            yield Static(id="env-lines", markup=False)
            yield Static(id="env-told", markup=False)

    def on_mount(self) -> None:
        """Shows the lines of the first shell."""
        self._show()

    @on(InlineChoice.Changed)
    def _show(self) -> None:
        self._lines.update(Content.styled(self._text, "$foreground"))
        self._tell(self._note or self._advice, "$text-muted")

    def _heading(self) -> Content:
        name = printable_line(self._row.name)
        if self._secret is None:
            return Content.assemble(
                ("Environment for another program", "bold $primary"), (f"  {name}", "$text-muted")
            )
        return Content.assemble(
            (f"The key “{name}”", "bold $primary"),
            ("  is shown this once: copy it now", "$text-warning"),
        )

    @property
    def _text(self) -> str:
        return environment_lines(self._choice.value, self._url, self._secret or PLACEHOLDER)

    @property
    def _advice(self) -> str:
        if self._secret is not None:
            return "Only its hash is kept here: nobody can show it again."
        return (
            f"Put the value of {self._row.shown} in place of {PLACEHOLDER}: it was shown once, "
            "when it was made. Rotating gives the key a new value, and shows that."
        )

    def _tell(self, text: str, style: str) -> None:
        self._told.update(Content.styled(text, style))

    async def action_copy_lines(self) -> None:
        """Copies the lines."""
        self._kept = True
        what = "the lines" if self._secret else f"the lines; put your key for {PLACEHOLDER}"
        await self.app.copy(self._text, what)

    async def action_copy_key(self) -> None:
        """Copies the key."""
        if self._secret is not None:
            self._kept = True
            await self.app.copy(self._secret, "the key")

    def action_rotate(self) -> None:
        """Asks for a new value."""
        self.dismiss("rotate")

    def action_close(self) -> None:
        """Closes; of a key not copied yet, the second time."""
        if self._kept:
            self.dismiss(None)
            return
        self._kept = True
        self._tell("Not copied yet, and not shown again. Esc once more closes.", "$text-warning")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The key can be copied while it is here, and rotated when it is not."""
        if action == "copy_key":
            return self._secret is not None
        if action == "rotate":
            return self._secret is None and self._row.revoked_at is None
        return super().check_action(action, parameters)
