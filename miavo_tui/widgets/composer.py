"""Where the reader writes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from miavo_tui.plain_text import pasted, printable
from miavo_tui.typed_paths import paths_in

__all__ = ["Composer"]

NEWLINE_KEYS = frozenset({"shift+enter", "alt+enter", "ctrl+enter", "ctrl+j"})
"""Terminals differ in which of the first three they tell from Enter; all of them send Ctrl+J."""


class Composer(TextArea):
    """A text field of one to eight lines; Enter sends.

    Page keys scroll the transcript, and so do Home, End and Up while nothing is typed.

    Attributes:
        last_prompt: what Up brings back into the empty field.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        # Never offered by a key of their own: `on_key` takes them. Declared for the help.
        Binding(
            "ctrl+j",
            "newline",
            "newline",
            show=False,
            id="chat.newline",
            tooltip="Begin a new line; Shift+Enter too where the terminal tells it from Enter",
        ),
    ]

    @dataclass
    class Submitted(Message):
        """The reader sends what is written."""

        text: str

    @dataclass
    class FilesPasted(Message):
        """Paths were pasted, or files dropped on the terminal."""

        paths: list[Path]
        text: str
        """The paste itself."""

    @dataclass
    class ScrollRequested(Message):
        """A key that moves the transcript was pressed here."""

        action: str
        """`page_up`, `page_down`, `home` or `end`."""

    @dataclass
    class UpFromEmpty(Message):
        """Up was pressed in the empty field, and there is no last prompt to bring."""

    def __init__(self) -> None:
        super().__init__(
            show_line_numbers=False,
            soft_wrap=True,
            tab_behavior="focus",
            highlight_cursor_line=False,
            placeholder="Write a message",
            id="composer",
        )
        self.last_prompt = ""

    async def _on_key(self, event: events.Key) -> None:
        # Before TextArea's own handler of the same name, which takes Enter for a new line.
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self._submit()
        elif event.key in NEWLINE_KEYS:
            event.stop()
            event.prevent_default()
            self.action_newline()

    async def _on_paste(self, event: events.Paste) -> None:
        event.text = pasted(event.text)
        if paths := paths_in(event.text):
            # What they are is told by the disk, which is not looked at here.
            event.stop()
            event.prevent_default()
            self.post_message(self.FilesPasted(paths, event.text))

    def action_newline(self) -> None:
        """Begins a new line."""
        start, end = self.selection
        result = self.replace("\n", start, end, maintain_selection_offset=False)
        self.move_cursor(result.end_location)

    def put(self, text: str) -> None:
        """Replaces what is written; undo brings it back."""
        self.replace(printable(text), (0, 0), self.document.end, maintain_selection_offset=False)
        self.move_cursor(self.document.end)

    def action_cursor_up(self, select: bool = False) -> None:
        """Up a line; in the empty field the last prompt."""
        if self.text:
            super().action_cursor_up(select)
        elif self.last_prompt:
            self.put(self.last_prompt)
        else:
            self.post_message(self.UpFromEmpty())

    def action_cursor_page_up(self) -> None:
        """Scrolls the transcript."""
        self.post_message(self.ScrollRequested("page_up"))

    def action_cursor_page_down(self) -> None:
        """Scrolls the transcript."""
        self.post_message(self.ScrollRequested("page_down"))

    def action_cursor_line_start(self, select: bool = False) -> None:
        """To the start of the line; in the empty field the start of the transcript."""
        if self.text:
            super().action_cursor_line_start(select)
        else:
            self.post_message(self.ScrollRequested("home"))

    def action_cursor_line_end(self, select: bool = False) -> None:
        """To the end of the line; in the empty field the end of the transcript."""
        if self.text:
            super().action_cursor_line_end(select)
        else:
            self.post_message(self.ScrollRequested("end"))

    def _submit(self) -> None:
        text = printable(self.text).strip()
        self.post_message(self.Submitted(text))
