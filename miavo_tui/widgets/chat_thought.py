"""What a reasoning model thought before it answered: a line that opens."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

__all__ = ["ThoughtView"]


class ThoughtView(Static):
    """Folded, it counts the words; a click unfolds the text. Not there while there is none."""

    thought = reactive("", layout=True)
    open = reactive(False, layout=True)

    def __init__(self, thought: str) -> None:
        super().__init__(markup=False)
        self.set_reactive(ThoughtView.thought, thought)

    def on_mount(self) -> None:
        """Shows what there is from the start."""
        self._show()

    def watch_thought(self) -> None:
        """Counts on."""
        self._show()

    def watch_open(self) -> None:
        """Folds or unfolds."""
        self._show()

    def on_click(self) -> None:
        """Folds or unfolds."""
        self.open = not self.open

    def _show(self) -> None:
        words = len(self.thought.split())
        self.display = bool(words)
        heading = (
            f"{'▾' if self.open else '▸'} thought, {words:,} {'word' if words == 1 else 'words'}"
        )
        self.update(Content(f"{heading}\n{self.thought.strip()}" if self.open else heading))
