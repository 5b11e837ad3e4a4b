"""Small forms of Chat: a conversation's name, a file to attach."""

from __future__ import annotations

import asyncio
from pathlib import Path

from textual.app import ComposeResult
from textual.widgets import Input

from miavo_tui.conversations.attachments import AttachmentProblem, load
from miavo_tui.conversations.records import Conversation
from miavo_tui.plain_text import printable_line
from miavo_tui.screens.form import FieldProblem, FormModal
from miavo_tui.screens.save_form import SaveForm
from miavo_tui.typed_paths import typed_path
from miavo_tui.widgets.form_field import FormField

__all__ = ["AttachForm", "RenameForm", "SaveSoundForm"]


class RenameForm(FormModal[str]):
    """Asks for another name."""

    HEADING = "Rename the conversation"
    SUBMIT = "Rename"

    def __init__(self, conversation: Conversation) -> None:
        super().__init__()
        self._title = conversation.title

    def compose_fields(self) -> ComposeResult:
        """The name."""
        yield FormField("title", "Name", Input(self._title, max_length=60))

    async def submit(self) -> str:
        """The name, on one line."""
        title = printable_line(self.query_one(Input).value)
        if not title:
            raise FieldProblem("title", "Type a name.")
        return title


class AttachForm(FormModal[Path]):
    """Asks for a file."""

    HEADING = "Attach an image or a sound"
    SUBMIT = "Attach"

    def compose_fields(self) -> ComposeResult:
        """The path."""
        yield FormField(
            "path",
            "File",
            Input(placeholder="~/Pictures/parrot.png"),
            "Or paste a path into the message, or drop a file on the terminal",
        )

    async def submit(self) -> Path:
        """The path of a file that can be attached."""
        typed = self.query_one(Input).value.strip()
        if not typed:
            raise FieldProblem("path", "Type the file's name.")
        try:
            return await asyncio.to_thread(_loadable, typed)
        except AttachmentProblem as problem:
            raise FieldProblem("path", str(problem)) from None


class SaveSoundForm(SaveForm[Path]):
    """Asks where a sound shall go, and writes it there."""

    HEADING = "Save what was said"
    SUBMIT = "Save"

    def __init__(self, data: bytes, suffix: str) -> None:
        super().__init__()
        self._data = data
        self._suffix = suffix

    def compose_fields(self) -> ComposeResult:
        """The place."""
        yield FormField("path", "Where", Input(f"~/reply{self._suffix}", select_on_focus=False))

    async def submit(self) -> Path:
        """The file written."""
        path = await self.place()
        with self.writing():
            await asyncio.to_thread(path.write_bytes, self._data)
        return path


def _loadable(typed: str) -> Path:
    path = typed_path(typed)
    load(path)
    return path
