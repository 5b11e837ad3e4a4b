"""A recording as one sees it: loudness over time."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from miavo_tui.fill import column_cell
from miavo_tui.media.waveform import Waveform

__all__ = ["WaveView"]


class WaveView(Widget):
    """Bars that grow from the bottom line, as wide as the widget; one line tells the length."""

    ALLOW_SELECT = False
    wave: reactive[Waveform | None] = reactive(None)

    def render(self) -> Content:
        """The bars, and the length under them."""
        wave = self.wave
        if wave is None:
            return Content("")
        rows = max(1, self.size.height - 1)
        levels = wave.columns(self.size.width)
        eighths = [round(level**0.5 * rows * 8) for level in levels]
        lines = []
        for row in range(rows, 0, -1):
            cells = (column_cell(height, row - 1) for height in eighths)
            lines.append(Content.styled("".join(cells), "$text-primary"))
        minutes, seconds = divmod(wave.seconds, 60)
        lines.append(Content.styled(f"{int(minutes)}:{seconds:04.1f}", "$text-muted"))
        return Content("\n").join(lines)
