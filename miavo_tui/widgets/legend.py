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
    """Explains the symbols of the models listed, and no others: in as few lines as they take."""

    marks: reactive[int] = reactive(0, layout=True)
    """How many models are marked."""
    models: reactive[tuple[ModelCard, ...]] = reactive((), layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the marks take; none is broken."""
        return len(self._lines(width))

    def render(self) -> Content:
        """The symbols, then the letters."""
        return Content("\n").join(self._lines(self.size.width))

    def _lines(self, width: int) -> list[Content]:
        """The symbols line by line; the letters flush right in the last one if they fit there."""
        lines = [Content()]
        for symbol in self._symbols():
            longer = lines[-1] + Content("  " if lines[-1] else " ") + symbol
            if lines[-1] and longer.cell_length > width - 1:
                lines.append(Content(" ") + symbol)
            else:
                lines[-1] = longer
        letters = Content("  ").join([Content(f"{letter} {name}") for name, letter in FEATURES])
        gap = width - lines[-1].cell_length - letters.cell_length - 2
        if gap >= 2:
            lines[-1] += Content(" " * gap) + letters
        else:
            lines.append(Content(" ") + letters)
        return lines

    def _symbols(self) -> list[Content]:
        present = {state_of(model) for model in self.models}
        states = [
            Content.assemble((symbol, f"$state-{name}"), f" {word}")
            for name, (symbol, word) in STATES.items()
            if name in present
        ]
        if self.marks:
            states.insert(0, Content.assemble(("◆", "bold $accent"), f" {self.marks} marked"))
        return states
