"""The lines that stand for the turns of a conversation that are not mounted."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import getters
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp

__all__ = ["EarlierLine", "LaterLine"]


class _TurnsLine(Static, can_focus=True):
    """So many turns, which come when they are asked for."""

    if TYPE_CHECKING:
        app = getters.app(MiavoApp)

    ARROW: ClassVar[str]
    WHICH: ClassVar[str]
    CLICK: ClassVar[str]
    KEY: ClassVar[str]
    """The id of its binding."""

    class Chosen(Message):
        """The reader wants to see them."""

    def __init__(self) -> None:
        super().__init__(markup=False)
        self.count = 0
        self.display = False

    def set_count(self, count: int) -> None:
        """How many turns it stands for; none hides the line."""
        self.count = count
        self.display = count > 0
        turns = f"{self.ARROW} {count:,} {self.WHICH} {'turn' if count == 1 else 'turns'} · "
        key = self.app.key_of(self.KEY, self)
        self.update(Content.assemble(turns, (key, "bold $primary"), f" or click {self.CLICK}"))

    def on_click(self) -> None:
        """As Enter."""
        self.action_choose()

    def action_choose(self) -> None:
        """Asks for the turns."""
        self.post_message(self.Chosen())


class EarlierLine(_TurnsLine):
    """The line at the top that stands for the turns not mounted."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "load earlier", id="chat.earlier", tooltip="Show earlier turns"),
    ]
    ARROW, WHICH, CLICK = "↑", "earlier", "to load"
    KEY = "chat.earlier"

    class Chosen(_TurnsLine.Chosen):
        """The reader wants to see more of the past."""


class LaterLine(_TurnsLine):
    """The line at the bottom, while the reader is far back in a long conversation."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "to the end", id="chat.later", tooltip="Go to the latest turns"),
    ]
    ARROW, WHICH, CLICK = "↓", "later", "for the end"
    KEY = "chat.later"

    class Chosen(_TurnsLine.Chosen):
        """The reader wants to go back to the end."""
