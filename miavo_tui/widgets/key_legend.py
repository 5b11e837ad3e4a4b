"""Under the list of keys: what its symbols mean, of those that are to be seen."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from miavo_tui.key_states import COLOURS, STATES

__all__ = ["KeyLegend"]


class KeyLegend(Widget):
    """One line."""

    states: reactive[frozenset[str]] = reactive(frozenset())
    """The keys of `STATES` that occur."""

    def render(self) -> Content:
        """Each symbol with its word."""
        parts = [
            Content.assemble((symbol, COLOURS[look]), f" {word}")
            for name, (symbol, word, look) in STATES.items()
            if name in self.states
        ]
        return Content(" ") + Content("  ").join(parts)
