"""What every screen over another one shares: how it is left, and what its own keys do."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import events, getters
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import BindingType
from textual.screen import ModalScreen, ScreenResultType

from miavo_tui.vim_keys import VIM_KEYS
from miavo_tui.widgets.key_hints import KeyHints

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp

__all__ = ["LeftOnce", "Modal", "Popup"]

Answer = TypeVar("Answer")


class LeftOnce(ModalScreen[Answer]):
    """A modal screen that may be left twice without harm.

    Keys typed quickly wait in line: the second Enter may be read when the first has closed the
    screen already, and would take the one beneath with it.
    """

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Leaves the screen, unless it has been left."""
        if self.app.screen is not self:
            return AwaitComplete()
        return super().dismiss(result)  # type: ignore[arg-type]


class Modal(LeftOnce[Answer]):
    """A modal screen with hints of its own. A subclass yields its widgets from `compose_body`."""

    BINDINGS: ClassVar[list[BindingType]] = [*VIM_KEYS]

    if TYPE_CHECKING:
        app = getters.app(MiavoApp)

    def compose(self) -> ComposeResult:
        """The body, and hints that cover those of the screen beneath."""
        yield from self.compose_body()
        yield KeyHints()

    def compose_body(self) -> ComposeResult:
        """The widgets over the screen beneath."""
        yield from ()

    def action_close(self) -> None:
        """Leaves without an answer."""
        self.dismiss(None)


class Popup(Modal[Answer]):
    """A modal screen that leaves room around what it shows: a click there closes it."""

    def on_click(self, event: events.Click) -> None:
        """A click beside it closes it."""
        if event.widget is self:
            self.action_close()
