"""One line under the list that says what its symbols and letters mean."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from miavo_tui.model_card import ModelCard
from miavo_tui.widgets.model_columns import FEATURES, STATES, state_of

__all__ = ["Legend"]


class Legend(Widget):
    """Explains the symbols of the models listed, and no others."""

    models: reactive[tuple[ModelCard, ...]] = reactive(())

    def render(self) -> Content:
        """The symbols, then the letters where there is room."""
        present = {state_of(model) for model in self.models}
        states = [
            Content.assemble((symbol, f"$state-{name}"), f" {word}")
            for name, (symbol, word) in STATES.items()
            if name in present
        ]
        letters = [Content(f"{letter} {name}") for name, letter in FEATURES]
        left = Content(" ") + Content("  ").join(states)
        right = Content("  ").join(letters)
        gap = self.size.width - left.cell_length - right.cell_length - 2
        if gap < 2:
            return left
        return Content.assemble(left, " " * gap, right)
