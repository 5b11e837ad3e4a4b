"""Under the list: what its symbols and letters mean."""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from miavo_tui.model_card import ModelCard
from miavo_tui.model_states import STATES, state_of
from miavo_tui.widgets.model_columns import FEATURES

__all__ = ["Legend"]


class Legend(Widget):
    """Explains the symbols of the models listed, and no others: in one line, or in two."""

    marks: reactive[int] = reactive(0, layout=True)
    """How many models are marked."""
    models: reactive[tuple[ModelCard, ...]] = reactive((), layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line where symbols and letters fit beside each other."""
        return 1 if self._gap(width) >= 2 else 2

    def render(self) -> Content:
        """The symbols, then the letters."""
        gap = self._gap(self.size.width)
        if gap < 2:
            return Content("\n").join([self._symbols(), Content(" ") + self._letters()])
        return Content.assemble(self._symbols(), " " * gap, self._letters())

    def _gap(self, width: int) -> int:
        return width - self._symbols().cell_length - self._letters().cell_length - 2

    def _symbols(self) -> Content:
        present = {state_of(model) for model in self.models}
        states = [
            Content.assemble((symbol, f"$state-{name}"), f" {word}")
            for name, (symbol, word) in STATES.items()
            if name in present
        ]
        if self.marks:
            states.insert(0, Content.assemble(("◆", "bold $accent"), f" {self.marks} marked"))
        return Content(" ") + Content("  ").join(states)

    def _letters(self) -> Content:
        return Content("  ").join([Content(f"{letter} {name}") for name, letter in FEATURES])
