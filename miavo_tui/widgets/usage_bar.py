"""The line under the filter of requests: what time is looked at, and whether it is live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import getters
from textual.content import Content
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp

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


class UsageBar(Widget):
    """Chips that answer to the mouse, the state of the tail, and the place in the list."""

    ALLOW_SELECT = False
    if TYPE_CHECKING:
        app = getters.app(MiavoApp)
    state: reactive[BarState] = reactive(BarState())

    def on_mount(self) -> None:
        """Links keep the colours given here."""
        self.auto_links = False

    def render(self) -> Content:
        """One line."""
        state = self.state
        left = Content.assemble(
            " ",
            self._chip("charts", "charts" if state.charts else "list", "screen.toggle_charts"),
            " ",
            self._chip("range", state.range_name, "screen.range"),
            "  ",
            self._tail(),
        )
        right = Content.styled(state.position, "$text-muted")
        room = self.size.width - left.cell_length - 2
        if right.cell_length > room:
            right = Content()
        gap = max(1, self.size.width - left.cell_length - right.cell_length - 1)
        return Content.assemble(left, " " * gap, right, " ")

    def _chip(self, name: str, text: str, action: str) -> Content:
        key = self.app.key_of(f"usage.{name}", self.screen)
        face = Content.assemble((f" {key} ", "bold $primary"), (f"{text} ", "$foreground"))
        return face.stylize("on $chip").stylize(Style.from_meta({"@click": action}))

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
            tail += more.stylize(Style.from_meta({"@click": "screen.newest"}))
        return tail
