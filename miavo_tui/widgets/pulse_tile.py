"""One measure of the gateway's pulse: its value now, and its last minutes as a small chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from miavo_tui.fill import column_cell, eighths_of

__all__ = ["PulseTile"]


class PulseTile(Widget):
    """A title, the value at its right, and columns that move to the left."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "pulse-tile--title",
        "pulse-tile--value",
        "pulse-tile--more",
        "pulse-tile--bar",
        "pulse-tile--base",
    }

    values: reactive[Sequence[float | None]] = reactive(())
    """The last values; those that fit are drawn."""
    value: reactive[str] = reactive("")
    more: reactive[str] = reactive("")
    """Said beside the value."""

    def __init__(
        self,
        title: str,
        *,
        least: float,
        headroom: float = 1.0,
        id: str,  # noqa: A002 - Textual's own name
    ) -> None:
        """An empty tile.

        Args:
            title: what is measured.
            least: what the scale goes to at the least.
            headroom: how many times the greatest value the scale goes to.
            id: the widget's.
        """
        super().__init__(id=id)
        self._title = title
        self._least = least
        self._headroom = headroom

    @property
    def cells(self) -> int:
        """How many values there is room for."""
        return max(1, self.size.width - 2)

    def render_line(self, y: int) -> Strip:
        """The heading, or a row of the columns."""
        width, height = self.size
        ground = self.rich_style
        if y == 0:
            value = self.get_component_rich_style("pulse-tile--value")
            more = self.get_component_rich_style("pulse-tile--more")
            title = self.get_component_rich_style("pulse-tile--title")
            room = width - 4 - len(self._title) - len(self.value)
            beside = f"  {self.more}" if len(self.more) + 2 <= room else ""
            segments = [
                Segment(f" {self._title} ", title),
                Segment(f" {self.value}", value),
                Segment(beside, more),
            ]
            return Strip(segments).adjust_cell_length(width, ground)
        bar = self.get_component_rich_style("pulse-tile--bar")
        shown = list(self.values)[-self.cells :]
        most = max((each for each in shown if each is not None), default=0.0)
        top = max(self._least, most * self._headroom)
        rows, floor = height - 1, height - 1 - y
        blocks = [_block(each, top, rows, floor) for each in shown]
        # Where nothing was read yet there is the bare line that the columns will stand on.
        base = self.get_component_rich_style("pulse-tile--base")
        before = ("▁" if floor == 0 else " ") * (self.cells - len(blocks))
        segments = [Segment(f" {before}", base), Segment("".join(blocks), bar)]
        return Strip(segments).adjust_cell_length(width, ground)


def _block(value: float | None, top: float, rows: int, floor: int) -> str:
    if value is None or value <= 0:
        return "▁" if floor == 0 else " "
    return column_cell(eighths_of(value / top * rows), floor)
