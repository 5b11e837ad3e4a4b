"""What pickers of models share: a search field that keeps the keys, and a list under it."""

from __future__ import annotations

from abc import abstractmethod

from textual import events, getters
from textual.binding import Binding
from textual.widgets import Input, OptionList

from miavo_tui.screens.modal import Popup

__all__ = ["SearchPicker", "moving_bindings"]


def moving_bindings(prefix: str) -> list[Binding]:
    """The keys that move the highlight.

    Args:
        prefix: what their ids begin with.
    """
    return [
        Binding("up", "move('cursor_up')", "up", show=False, id=f"{prefix}.up", tooltip="Up"),
        Binding(
            "down", "move('cursor_down')", "down", show=False, id=f"{prefix}.down", tooltip="Down"
        ),
        Binding(
            "pageup", "move('page_up')", "page up", show=False, id=f"{prefix}.page-up", tooltip="Up"
        ),
        Binding(
            "pagedown",
            "move('page_down')",
            "page down",
            show=False,
            id=f"{prefix}.page-down",
            tooltip="Down",
        ),
    ]


class SearchPicker(Popup[tuple[str, ...] | None]):
    """Search as you type; answers with what is picked, or None when left."""

    AUTO_FOCUS = "Input"

    search = getters.query_one(Input)
    options = getters.query_one(OptionList)

    @abstractmethod
    def show_found(self) -> None:
        """Lists what the search finds, in the width that the list has."""

    def on_mount(self) -> None:
        """Follows the app's models: what can be reached is known for certain only after a while."""
        self.options.can_focus = False
        self.watch(self.app, "models", self._show_once_laid_out)

    def on_resize(self, _event: events.Resize) -> None:
        """Lays the rows out anew."""
        self._show_once_laid_out()

    def _show_once_laid_out(self) -> None:
        self.call_after_refresh(self.show_found)

    def action_move(self, action: str) -> None:
        """Moves the highlight while the search keeps the focus."""
        getattr(self.options, f"action_{action}")()

    def action_leave(self) -> None:
        """Clears the search, or leaves without a choice."""
        if self.search.value:
            self.search.value = ""
        else:
            self.action_close()
