"""The lines that stand for the turns of a conversation that are not mounted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

__all__ = ["EarlierLine", "LaterLine"]


class EarlierLine(Static, can_focus=True):
    """The line at the top that stands for the turns not mounted."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "load earlier", id="chat.earlier", tooltip="Show earlier turns"),
    ]

    @dataclass
    class Chosen(Message):
        """The reader wants to see more of the past."""

    def __init__(self) -> None:
        super().__init__(markup=False)
        self.count = 0
        self.display = False

    def set_count(self, count: int) -> None:
        """How many turns lie further back; none hides the line."""
        self.count = count
        self.display = count > 0
        turns = "turn" if count == 1 else "turns"
        self.update(
            Content.assemble(
                f"↑ {count:,} earlier {turns} · ", ("enter", "bold $primary"), " or click to load"
            )
        )

    def on_click(self) -> None:
        """As Enter."""
        self.action_choose()

    def action_choose(self) -> None:
        """Asks for earlier turns."""
        self.post_message(self.Chosen())


class LaterLine(Static, can_focus=True):
    """The line at the bottom, while the reader is far back in a long conversation."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "to the end", id="chat.later", tooltip="Go to the latest turns"),
    ]

    @dataclass
    class Chosen(Message):
        """The reader wants to go back to the end."""

    def __init__(self) -> None:
        super().__init__(markup=False)
        self.count = 0
        self.display = False

    def set_count(self, count: int) -> None:
        """How many turns follow; none hides the line."""
        self.count = count
        self.display = count > 0
        turns = "turn" if count == 1 else "turns"
        self.update(
            Content.assemble(
                f"↓ {count:,} later {turns} · ", ("enter", "bold $primary"), " or click for the end"
            )
        )

    def on_click(self) -> None:
        """As Enter."""
        self.action_choose()

    def action_choose(self) -> None:
        """Asks for the end."""
        self.post_message(self.Chosen())
