"""The video tasks: what waits, what is rendered, what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from miavo_tui.plain_text import printable_line
from miavo_tui.video_records import VideoTask
from miavo_tui.widgets.empty_state import EmptyState

__all__ = ["VideoQueue"]

_STATES = {
    "pending": ("◌", "waiting", "$text-muted"),
    "running": ("◐", "rendering", "$text-primary"),
    "succeeded": ("●", "done", "$text-success"),
    "failed": ("✖", "failed", "$text-error"),
}
_BAR = 12


class VideoQueue(Vertical):
    """One line a task, the newest first, with its progress and time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "move(1)", show=False, id="videos.down", tooltip="One down"),
        Binding("k", "move(-1)", show=False, id="videos.up", tooltip="One up"),
    ]

    options = getters.query_one(OptionList)
    _empty = getters.query_one(EmptyState)

    @dataclass
    class Chosen(Message):
        """Another task is under the highlight."""

        task: VideoTask

    def __init__(self) -> None:
        super().__init__(id="video-queue")
        self.tasks: tuple[VideoTask, ...] = ()
        self.wanted = ""
        """The id of a task that shall have the highlight when it is there."""

    def compose(self) -> ComposeResult:
        """The list."""
        yield EmptyState()
        yield OptionList(compact=True, id="videos")

    def on_mount(self) -> None:
        """Nothing is known yet."""
        self.show(())

    def show(self, tasks: Sequence[VideoTask]) -> None:
        """Show the tasks as they are now; the highlight stays with its task."""
        chosen = self.chosen
        kept = self.wanted or (chosen.id if chosen is not None else "")
        self.options.display = bool(tasks)
        if tasks:
            self._empty.hide()
        else:
            self._empty.show(
                "No video yet.",
                "What you render appears here.",
                ("studio.make", "renders the prompt"),
            )
        same = [task.id for task in tasks] == [task.id for task in self.tasks]
        self.tasks = tuple(tasks)
        ids = [task.id for task in tasks]
        if same:
            for index, task in enumerate(tasks):
                self.options.replace_option_prompt_at_index(index, self._line(task))
        else:
            self.options.clear_options()
            self.options.add_options(Option(self._line(task)) for task in tasks)
        if tasks and (self.wanted in ids or not same):
            self.options.highlighted = ids.index(kept) if kept in ids else 0
            self.wanted = "" if self.wanted in ids else self.wanted

    def on_resize(self) -> None:
        """Cuts the lines anew."""
        for index, task in enumerate(self.tasks):
            self.options.replace_option_prompt_at_index(index, self._line(task))

    @property
    def chosen(self) -> VideoTask | None:
        """The task under the highlight."""
        index = self.options.highlighted
        return None if index is None or index >= len(self.tasks) else self.tasks[index]

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        if (task := self.chosen) is not None:
            self.post_message(self.Chosen(task))

    def action_move(self, by: int) -> None:
        """Up or down the list."""
        (self.options.action_cursor_down if by > 0 else self.options.action_cursor_up)()

    def _line(self, task: VideoTask) -> Content:
        symbol, word, colour = _STATES.get(task.status, ("?", task.status, "$text-muted"))
        end = task.completed_at or datetime.now(UTC)
        took = max(0, round((end - task.created_at).total_seconds()))
        progress = "" if task.progress is None or task.ended else _bar(task.progress)
        size = f"{task.duration_seconds} s {task.resolution}"
        line = Content.assemble(
            (f"{symbol} {word:<10}", colour),
            (f"{progress:<{_BAR + 6}}" if not task.ended else "", "$text-primary"),
            (f"{took // 60}:{took % 60:02d}  ", "$text-muted"),
            (f"{size:<11} ", "$text-muted"),
            (f"{task.model}  ", "$foreground"),
            (printable_line(task.prompt), "$text-muted"),
        )
        room = self.options.scrollable_content_region.width
        return line.truncate(room, ellipsis=True) if room > 0 else line


def _bar(percent: int) -> str:
    full = round(_BAR * min(100, max(0, percent)) / 100)
    return f"{'━' * full}{'─' * (_BAR - full)} {percent:>3}%"
