"""What tools came back with, between two replies."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from miavo_tui.conversations.records import ToolResult
from miavo_tui.plain_text import printable

__all__ = ["ResultsView"]

_FOLDED_LINES = 3


class ResultsView(Static, can_focus=True):
    """The results of a reply's calls: their first lines, or all of them once unfolded."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter,space",
            "fold",
            "fold",
            key_display="enter",
            id="chat.fold-results",
            tooltip="Show or hide all that the tools came back with",
        ),
    ]

    open = reactive(False, layout=True)

    def __init__(self, results: tuple[ToolResult, ...]) -> None:
        super().__init__(markup=False, classes="turn--results")
        self._results = results

    def on_mount(self) -> None:
        """Shows the beginnings."""
        self._show()

    def watch_open(self) -> None:
        """Folds or unfolds."""
        self._show()

    def action_fold(self) -> None:
        """Folds or unfolds."""
        self.open = not self.open

    def on_click(self) -> None:
        """Folds or unfolds."""
        self.action_fold()

    def _show(self) -> None:
        parts: list[Content] = []
        for result in self._results:
            lines = printable(result.content).splitlines() or ["(nothing)"]
            shown = lines if self.open else lines[:_FOLDED_LINES]
            left = len(lines) - len(shown)
            parts.append(Content.styled(f"← {result.name}", "$text-secondary"))
            parts += [Content.styled(f"  {line}", "$text-muted") for line in shown]
            if left:
                parts.append(Content.styled(f"  … {left} more lines", "$text-disabled"))
        self.update(Content("\n").join(parts))
