"""The gateway's log, one line each, the newest at the bottom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from miavo_tui.amount_text import brief_milliseconds
from miavo_tui.operation_records import LogLine
from miavo_tui.plain_text import printable_line
from miavo_tui.widgets.cell_text import fitted_text
from miavo_tui.widgets.cursor_list import in_sight, list_bindings

__all__ = ["LEVELS", "LogList", "line_words"]

LEVELS = {
    "debug": ("·", "debug", "text-muted"),
    "info": ("●", "info", "text-success"),
    "warning": ("▲", "warn", "text-warning"),
    "error": ("✖", "error", "text-error"),
    "critical": ("✖", "fatal", "text-error"),
}
"""Symbol, word, colour, from the least severe on."""

_MOST = 4_000
_NEAR = 30
_UNKNOWN = ("·", "?", "text-muted")


class LogList(Widget, can_focus=True):
    """Follows the log while the cursor is on its last line; further up it stays where it is."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "log-list--row",
        "log-list--cursor",
        "log-list--dim",
        *(f"log-list--{colour}" for _, _, colour in LEVELS.values()),
    }
    BINDINGS: ClassVar[list[BindingType]] = list_bindings("The oldest", "The newest")

    @dataclass
    class NearStart(Message):
        """Little is left above: older lines are wanted."""

    @dataclass
    class Chosen(Message):
        """A line was double-clicked."""

        line: LogLine

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.lines: list[LogLine] = []
        self.cursor = 0
        self.top = 0

    @property
    def highlighted(self) -> LogLine | None:
        """The line under the cursor."""
        return self.lines[self.cursor] if self.cursor < len(self.lines) else None

    @property
    def following(self) -> bool:
        """Whether the cursor is on the newest line."""
        return self.cursor >= len(self.lines) - 1

    def show(self, lines: Sequence[LogLine]) -> None:
        """Shows other lines, oldest first, with the cursor on the newest."""
        self.lines = list(lines)
        self.cursor = max(0, len(self.lines) - 1)
        self._fit()
        self.refresh()

    def add_newer(self, lines: Sequence[LogLine]) -> None:
        """Adds lines at the bottom; the oldest make room."""
        following = self.following
        self.lines += lines
        if (dropped := len(self.lines) - _MOST) > 0 and following:
            del self.lines[:dropped]
        if following:
            self.cursor = len(self.lines) - 1
        self._fit()
        self.refresh()

    def add_older(self, lines: Sequence[LogLine]) -> None:
        """Adds lines at the top; what is in view stays there."""
        self.lines[:0] = lines
        self.cursor += len(lines)
        self.top += len(lines)
        self._fit()
        self.refresh()

    def _fit(self) -> None:
        self.cursor, self.top = in_sight(
            self.cursor, self.top, count=len(self.lines), height=self.size.height
        )

    def on_resize(self, _event: events.Resize) -> None:
        """Keeps the cursor in view; what was drawn for another height is drawn anew."""
        self._fit()
        self.refresh()

    def action_move(self, by: int) -> None:
        """Moves the cursor by lines."""
        self.cursor += by
        self._fit()
        self.refresh()
        self.screen.refresh_bindings()
        if by < 0 and self.cursor < _NEAR:
            self.post_message(self.NearStart())

    def action_first(self) -> None:
        """Moves the cursor to the oldest line."""
        self.action_move(-len(self.lines))

    def action_last(self) -> None:
        """Moves the cursor to the newest line."""
        self.action_move(len(self.lines))

    def action_move_page(self, by: int) -> None:
        """Moves the cursor by screenfuls."""
        self.action_move(by * max(1, self.size.height - 1))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three lines back."""
        event.stop()
        self.action_move(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three lines on."""
        event.stop()
        self.action_move(3)

    def on_click(self, event: events.Click) -> None:
        """A line moves the cursor, twice opens it."""
        at = event.y + self.top
        if at < len(self.lines):
            self.action_move(at - self.cursor)
            if event.chain == 2:
                self.post_message(self.Chosen(self.lines[at]))

    def render_line(self, y: int) -> Strip:
        """One line of the log, or nothing."""
        width = self.size.width
        ground = self.get_component_rich_style("log-list--row")
        at = y + self.top
        if at >= len(self.lines):
            return Strip.blank(width, ground)
        if at == self.cursor:
            ground = self.get_component_rich_style("log-list--cursor")
        line = self.lines[at]
        symbol, word, colour = LEVELS.get(line.level, _UNKNOWN)
        dim = ground + self.get_component_rich_style("log-list--dim", partial=True)
        level = ground + self.get_component_rich_style(f"log-list--{colour}", partial=True)
        time = f"{line.time.astimezone():%H:%M:%S}" if line.time else " " * 8
        room = max(0, width - 20)
        segments = [
            Segment(f" {time} ", dim),
            Segment(f" {symbol} {word:<6}", level),
            Segment(fitted_text(line_words(line), room), ground),
        ]
        return Strip(segments).adjust_cell_length(width, ground)


def line_words(line: LogLine) -> str:
    """The line in words: of a request, what it was and what came of it."""
    fields = dict(line.fields)
    if line.message == "request" and "path" in fields:
        hung_up = fields.get("status", "null") == "null"
        state = fields.get("state", "hung up" if hung_up else "")
        parts = [
            fields.get("error_code") or (state if state != "completed" else ""),
            fields.get("slug", ""),
            "simulated" if fields.get("simulated") == "true" else "",
            fields["path"],
        ]
        words = printable_line("  ".join(part for part in parts if part))
        status, method = "—" if hung_up else fields["status"], fields.get("method", "")
        return f"{status:>3} {_duration(fields.get('duration_ms')):>6}  {method:<4} {words}"
    more = "  ".join(f"{name}={value}" for name, value in fields.items())
    return printable_line(f"{line.message}  {more}{'  ▸ traceback' if line.exception else ''}")


def _duration(written: str | None) -> str:
    try:
        return brief_milliseconds(float(written or ""))
    except ValueError:
        return ""
