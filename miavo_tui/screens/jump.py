"""Jump mode: a letter over each part of the screen that can have the focus."""

from __future__ import annotations

from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from miavo_tui.screens.modal import Modal

__all__ = ["JumpOverlay", "targets"]

_LETTERS = "asdfghjklqwertyuiopzxcvbnm"


def targets(screen: Screen[Any]) -> dict[str, Widget]:
    """What can have the focus and is in sight, each with its letter, from the top on."""
    seen = [
        widget
        for widget in screen.focus_chain
        if widget.region.area and screen.region.overlaps(widget.region)
    ]
    seen.sort(key=lambda widget: (widget.region.y, widget.region.x))
    return dict(zip(_LETTERS, seen, strict=False))


class JumpOverlay(Modal[Widget | None]):
    """Shows the letters over the screen beneath; answers with what was chosen."""

    CSS_PATH = "jump.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "back", id="jump.leave", tooltip="Stay where you are"),
    ]

    def __init__(self, choices: dict[str, Widget]) -> None:
        super().__init__()
        self._choices = choices

    def compose_body(self) -> ComposeResult:
        """A letter at the corner of each choice."""
        for letter, widget in self._choices.items():
            label = Static(Content(f" {letter} "), classes="jump-letter", markup=False)
            label.styles.offset = widget.region.offset
            yield label

    def on_key(self, event: events.Key) -> None:
        """A letter chooses; any other key stays."""
        if event.key in self._choices:
            event.stop()
            self.dismiss(self._choices[event.key])

    def on_click(self, event: events.Click) -> None:
        """A click chooses what is under it."""
        for widget in self._choices.values():
            if widget.region.contains(event.screen_x, event.screen_y):
                self.dismiss(widget)
                return
        self.dismiss(None)

    def action_leave(self) -> None:
        """Nothing was chosen."""
        self.dismiss(None)
