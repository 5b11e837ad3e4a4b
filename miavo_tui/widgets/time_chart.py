"""A chart of one measure over time: columns of blocks, one a span."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from miavo_tui.fill import column_cell, eighths_of

__all__ = ["ChartData", "TimeChart", "resampled"]

_GUTTER = 7
_BANDS = "█▓░"
"""From the lowest of several values up: told apart without their colours."""


@dataclass(frozen=True, slots=True)
class ChartData:
    """What a chart shows."""

    starts: Sequence[datetime]
    """When each span began."""
    values: Sequence[Sequence[float | None]]
    """One value a span; or several that rise, such as percentiles: then bands above each other."""
    names: Sequence[str] = ()
    """Of the values, where there are several."""
    summary: str = ""
    """At the right of the title."""
    least: float = 0
    """The scale goes to this at the least, so that a lone error is no whole column."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """What every line of a draw takes a part of."""

    top: float
    """What the scale goes to."""
    places: Sequence[int]
    """Which span stands in which cell."""
    heights: Sequence[Sequence[float | None]]
    """Of the values of each span, in rows."""
    styles: Sequence[Style]
    """Of the lowest value, of the next, of the highest."""


def resampled(count: int, cells: int) -> list[int]:
    """Which of `count` values stands in which cell, so that they fill all as evenly as can be."""
    return [cell * count // cells for cell in range(cells)] if count else []


class TimeChart(Widget):
    """A title, the columns with a scale at their left, and the times below."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "time-chart--title",
        "time-chart--summary",
        "time-chart--axis",
        "time-chart--low",
        "time-chart--middle",
        "time-chart--high",
        "time-chart--hover",
    }

    data: reactive[ChartData | None] = reactive(None)
    """What is shown; None while it is being asked for."""
    hovered: reactive[int | None] = reactive(None)
    """The cell under the mouse."""

    def __init__(
        self,
        title: str,
        shown: Callable[[float], str],
        *,
        id: str,  # noqa: A002 - Textual's own name
    ) -> None:
        """An empty chart.

        Args:
            title: what is measured.
            shown: a value as it is read, in at most six characters.
            id: the widget's.
        """
        super().__init__(id=id)
        self._title = title
        self._shown = shown
        self._drawn: _Columns | None = None

    @property
    def cells(self) -> int:
        """How many columns there is room for."""
        return max(1, self.size.width - _GUTTER - 1)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Tells of the span under the mouse."""
        cell = event.x - _GUTTER
        self.hovered = cell if 0 <= cell < self.cells else None

    def on_leave(self, _event: events.Leave) -> None:
        """The mouse has gone elsewhere."""
        self.hovered = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """What the lines share is computed once for all of them."""
        self._drawn = None
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Title, plot, times."""
        width, height = self.size
        ground = self.rich_style
        if y == 0:
            segments = self._heading()
        elif self.data is None or not self.data.starts:
            words = "" if y != height // 2 else "counting…" if self.data is None else "no requests"
            style = self.get_component_rich_style("time-chart--axis")
            segments = [Segment(words.center(width), style)]
        elif y == height - 1:
            segments = self._times(self.data)
        else:
            segments = self._plot(self.data, y - 1, height - 2)
        return Strip(segments).adjust_cell_length(width, ground)

    def _heading(self) -> list[Segment]:
        title = self.get_component_rich_style("time-chart--title")
        summary = self.get_component_rich_style("time-chart--summary")
        words = "" if self.data is None else self.data.summary
        if self.data is not None and self.hovered is not None and self.data.starts:
            words = self._under_mouse(self.data, self.hovered)
        room = self.size.width - len(self._title) - 3
        words = words[: max(0, room)]
        gap = max(1, self.size.width - len(self._title) - len(words) - 2)
        return [
            Segment(f" {self._title}", title),
            Segment(" " * gap, self.rich_style),
            Segment(words, summary),
        ]

    def _under_mouse(self, data: ChartData, cell: int) -> str:
        places = resampled(len(data.starts), self.cells)
        at = places[min(cell, len(places) - 1)]  # the chart may have become narrower since
        values = [series[at] for series in data.values]
        shown = ["—" if value is None else self._shown(value) for value in values]
        if data.names:
            shown = [f"{name} {text}" for name, text in zip(data.names, shown, strict=True)]
        return f"{data.starts[at].astimezone():%b %d %H:%M}  {'  '.join(shown)}"

    def _columns(self, data: ChartData, rows: int) -> _Columns:
        values = [value for series in data.values for value in series if value is not None]
        top = max([*values, data.least]) or 1.0
        return _Columns(
            top,
            resampled(len(data.starts), self.cells),
            [
                [None if value is None else value / top * rows for value in of_span]
                for of_span in zip(*data.values, strict=True)
            ],
            [
                self.get_component_rich_style(f"time-chart--{name}")
                for name in ("low", "middle", "high")
            ],
        )

    def _plot(self, data: ChartData, row: int, rows: int) -> list[Segment]:
        if self._drawn is None:
            self._drawn = self._columns(data, rows)
        places, styles = self._drawn.places, self._drawn.styles
        axis = self.get_component_rich_style("time-chart--axis")
        label = self._shown(self._drawn.top) if row == 0 else "0" if row == rows - 1 else ""
        segments = [Segment(f"{label:>{_GUTTER - 1}}", axis), Segment("▏", axis)]
        floor = rows - 1 - row  # how many whole rows are below this one
        for at in places:
            glyph, style = " ", styles[0]
            heights = self._drawn.heights[at]
            if len(heights) == 1:
                glyph = column_cell(eighths_of(heights[0] or 0), floor)
            else:
                for band, height in enumerate(heights):
                    # A cell belongs to the lowest value that reaches its middle.
                    if height is not None and height > floor + 0.5:
                        glyph, style = _BANDS[band], styles[band]
                        break
                else:
                    first = heights[0]
                    if floor == 0 and first is not None:
                        glyph = column_cell(eighths_of(max(first, 0.13)), 0)
            if self.hovered is not None and places[min(self.hovered, len(places) - 1)] == at:
                style += self.get_component_rich_style("time-chart--hover", partial=True)
            segments.append(Segment(glyph, style))
        return segments

    def _times(self, data: ChartData) -> list[Segment]:
        axis = self.get_component_rich_style("time-chart--axis")
        first, last = data.starts[0].astimezone(), data.starts[-1].astimezone()
        seconds = (last - first).total_seconds()
        form = "%H:%M:%S" if seconds < 600 else "%H:%M" if seconds < 100_000 else "%b %d"
        left, right = f"{first:{form}}", f"{last:{form}}"
        middle = f"{data.starts[len(data.starts) // 2].astimezone():{form}}"
        room = self.cells
        line = left.ljust(room - len(right)) + right if room > len(left + right) + 1 else left
        at = (room - len(middle)) // 2
        if at > len(left) + 2 and at + len(middle) < room - len(right) - 2:
            line = line[:at] + middle + line[at + len(middle) :]
        return [Segment(" " * _GUTTER + line, axis)]
