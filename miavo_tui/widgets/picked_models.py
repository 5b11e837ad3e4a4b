"""The allow-list in a form: what it admits, and the way to change it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events, getters
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from miavo_tui.widgets.cell_text import shortened

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp

__all__ = ["PickedModels"]


class PickedModels(Widget, can_focus=True):
    """One line that tells of the list; Enter asks for another."""

    if TYPE_CHECKING:
        app = getters.app(MiavoApp)

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter,space",
            "pick",
            "pick models",
            id="picked.pick",
            tooltip="Choose the models that the key may call",
        ),
    ]

    entries: reactive[tuple[str, ...]] = reactive(())
    """The allow-list; empty admits every model."""

    @dataclass
    class Asked(Message):
        """The list shall be changed."""

        picked: PickedModels

    def __init__(self, entries: tuple[str, ...]) -> None:
        super().__init__()
        self.set_reactive(PickedModels.entries, entries)

    def render(self) -> Content:
        """The list as far as it fits, or that there is none."""
        way = self.app.with_keys("  <picked.pick> to pick", self) if self.has_focus else ""
        text = ", ".join(self.entries) or "every model"
        room = max(8, self.size.width - len(way) - 2)
        if len(text) > room:
            count = f"{len(self.entries)} entries: "
            text = shortened(count + text, room)
        return Content.assemble(" ", (text, "$foreground"), (way, "$text-muted"))

    def action_pick(self) -> None:
        """Asks for another list."""
        self.post_message(self.Asked(self))

    def on_click(self, _event: events.Click) -> None:
        """As Enter."""
        self.action_pick()
