"""The line under the filter of requests: what time is looked at, and whether it is live."""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content
from textual.reactive import reactive

from miavo_tui.widgets.click_bar import ClickBar, clickable

__all__ = ["BarState", "UsageBar"]


@dataclass(frozen=True, slots=True)
class BarState:
    """What the line says."""

    range_name: str = "any time"
    charts: bool = False
    live: bool = False
    """Whether the gateway tells of requests as they happen."""
    paused: bool = False
    coming: int = 0
    """Requests that came and are not in the list yet."""
    note: str = ""
    """What is being done, or what went wrong, in the place of the state."""
    trouble: bool = False
    """Whether the note tells of trouble."""
    position: str = ""
    """At the right: which of how many requests."""


class UsageBar(ClickBar):
    """Chips that answer to the mouse, the state of the tail, and the place in the list."""

    KEYS = "usage"
    state: reactive[BarState] = reactive(BarState())

    def render(self) -> Content:
        """One line."""
        state = self.state
        left = Content.assemble(
            " ",
            self.chip("charts", "charts" if state.charts else "list", "screen.toggle_charts"),
            " ",
            self.chip("range", state.range_name, "screen.range"),
            "  ",
            self._tail(),
        )
        right = Content.styled(state.position, "$text-muted")
        room = self.size.width - left.cell_length - 2
        if right.cell_length > room:
            right = Content()
        gap = max(1, self.size.width - left.cell_length - right.cell_length - 1)
        return Content.assemble(left, " " * gap, right, " ")

    def _tail(self) -> Content:
        state = self.state
        if state.note:
            colour = "$text-error" if state.trouble else "$text-muted"
            return Content.styled(f"{'✖ ' if state.trouble else ''}{state.note}", colour)
        if state.charts:
            return Content()
        if state.paused:
            tail = Content.styled("‖ paused", "bold $text-warning")
        elif not state.live:
            tail = Content.styled("◌ not live", "$text-muted")
        else:
            tail = Content.styled("● live", "$text-success")
        if state.coming:
            key = self.app.key_of("list.first", self)
            more = Content.styled(f"  ▲ {state.coming:,} new, {key} shows", "$text-primary")
            tail += clickable(more, "screen.newest")
        return tail
