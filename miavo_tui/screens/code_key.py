"""Which key the copied code shall carry, and the one sight of a key made for it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from miavo_tui.key_records import KeyRow
from miavo_tui.keyed_code import VARIABLE
from miavo_tui.plain_text import printable_line
from miavo_tui.screens.modal import Modal, Popup

__all__ = ["CodeKeyMenu", "KeyedCode"]

_STYLES = Path(__file__).with_name("code_key.tcss")
_NAME_WIDTH = 24


class CodeKeyMenu(Popup["str | KeyRow | None"]):
    """The variable, a new key, or one there is; answers with `variable`, `new` or the key."""

    CSS_PATH = _STYLES
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "space",
            "pick",
            "copy",
            key_display="enter",
            id="code-key.pick",
            tooltip="Copy the code with this key",
        ),
        Binding("escape,q", "close", "close", id="code-key.close", tooltip="Copy nothing"),
    ]

    _list = getters.query_one(OptionList)

    def __init__(self, keys: Sequence[KeyRow], *, may_make: bool) -> None:
        """Prepares the choice.

        Args:
            keys: those that can be used.
            may_make: whether a new one may be offered.
        """
        super().__init__()
        self._answers: list[str | KeyRow] = ["variable"]
        if may_make:
            self._answers.append("new")
        self._answers += keys

    def compose_body(self) -> ComposeResult:
        """A title over the choices."""
        with Vertical(id="code-key"):
            yield Static(
                Content.styled("Which key goes into the code?", "bold $primary"), markup=False
            )
            yield OptionList(*map(self._option, self._answers), markup=False)
            yield Static(
                Content.styled(
                    "The value of a key is shown once, when it is made: code for a key there is "
                    f"reads it from {VARIABLE}.",
                    "$text-muted",
                ),
                id="code-key-note",
                markup=False,
            )

    def _option(self, answer: str | KeyRow) -> Option:
        if answer == "variable":
            name, hint = f"${VARIABLE}", "read from the environment"
        elif answer == "new":
            name, hint = "A new key", "made now, written into the code"
        else:
            assert isinstance(answer, KeyRow)
            name = printable_line(answer.name)
            may = f"  only {', '.join(answer.allow)}" if answer.allow else ""
            hint = f"{answer.prefix}…{answer.last_four}{may}"
        label = Content(name).truncate(_NAME_WIDTH, ellipsis=True)
        return Option(
            Content.assemble(
                label.pad_right(_NAME_WIDTH - label.cell_length), (f"  {hint}", "$text-muted")
            )
        )

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._answers[event.option_index])

    def action_pick(self) -> None:
        """As Enter."""
        self._list.action_select()


class KeyedCode(Modal[None]):
    """Code with a key that was just made. It is not shown again, so the first Esc asks."""

    CSS_PATH = _STYLES
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c,enter", "copy", "copy", id="keyed-code.copy", tooltip="Copy the code"),
        Binding("y", "copy_key", "copy key", id="keyed-code.key", tooltip="Copy the key alone"),
        Binding("escape,q", "close", "close", id="keyed-code.close", tooltip="Close"),
    ]
    _note = getters.query_one("#keyed-note", Static)

    def __init__(self, name: str, secret: str, code: str) -> None:
        """Prepares the sight.

        Args:
            name: the key's name.
            secret: the key.
            code: the code with it.
        """
        super().__init__()
        self._key_name = name
        self._secret = secret
        self._code = code
        self._warned = False
        self._copied = False

    def compose_body(self) -> ComposeResult:
        """What it is, the code, what to know."""
        with Vertical(id="keyed"):
            yield Static(
                Content.assemble(
                    ("✓ ", "$text-success"),
                    ("The key ", "bold $foreground"),
                    (printable_line(self._key_name), "bold $primary"),
                    (" was made.", "bold $foreground"),
                ),
                markup=False,
            )
            with VerticalScroll(id="keyed-code"):
                yield Static(Content(self._code.rstrip("\n")), markup=False)
            yield Static(
                Content.styled(
                    "Its value stands in the code and is not shown again.", "$text-warning"
                ),
                id="keyed-note",
                markup=False,
            )

    async def action_copy(self) -> None:
        """Copies the code."""
        self._copied = True
        await self.app.copy(self._code, "the code with its key")

    async def action_copy_key(self) -> None:
        """Copies the key."""
        self._copied = True
        await self.app.copy(self._secret, "the key")

    def action_close(self) -> None:
        """Closes; before anything was copied, only when asked twice."""
        if not (self._copied or self._warned):
            self._warned = True
            self._note.update(
                Content.styled(
                    self.app.with_keys(
                        "▲ Not copied yet. <keyed-code.copy> copies the code, <keyed-code.key> the "
                        "key; <keyed-code.close> once more closes.",
                        self,
                    ),
                    "bold $text-warning",
                )
            )
            return
        self.dismiss(None)
