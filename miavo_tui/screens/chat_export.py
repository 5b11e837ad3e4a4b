"""Saving a conversation to a file, or copying it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Select

from miavo_tui.conversations.export import FORMATS, Exported, Material, export
from miavo_tui.file_replacement import replace_file
from miavo_tui.screens.save_form import SaveForm
from miavo_tui.widgets.form_field import FormField

__all__ = ["ChatExportForm"]


class ChatExportForm(SaveForm[str]):
    """Asks for the kind of file and its place; answers with what was written, in a sentence."""

    HEADING = "Export the conversation"
    SUBMIT = "Save"
    AUTO_FOCUS = "#export-format"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+y",
            "copy",
            "copy instead",
            id="form.copy",
            tooltip="Copy it to the clipboard and write no file",
            priority=True,
        ),
    ]

    def __init__(self, material: Material) -> None:
        super().__init__()
        self._material = material
        words = re.findall(r"\w+", material.conversation.title.casefold())
        self._name = "-".join(words)[:40].strip("-") or "conversation"

    def compose_fields(self) -> ComposeResult:
        """Kind, place."""
        yield FormField(
            "format",
            "As",
            Select(
                [(each.title, each.name) for each in FORMATS],
                value=FORMATS[0].name,
                allow_blank=False,
                compact=True,
                id="export-format",
            ),
        )
        yield FormField(
            "path",
            "Where",
            Input(f"~/{self._name}{FORMATS[0].suffix}", select_on_focus=False, id="export-path"),
            self.app.with_keys(
                "attachments go to a folder beside it; <form.copy> copies instead", self
            ),
        )

    @on(Select.Changed, "#export-format")
    def _format_chosen(self, event: Select.Changed) -> None:
        suffixes = {each.name: each.suffix for each in FORMATS}
        self.end_with(suffixes[str(event.value)], suffixes.values())

    @work
    async def action_copy(self) -> None:
        """Copies it and writes nothing."""
        made = await asyncio.to_thread(export, self._material, self._format, self._folder_of("x"))
        await self.app.copy(made.text, "the conversation")
        self.dismiss("")

    @property
    def _format(self) -> str:
        return str(self.query_one("#export-format", Select).value)

    def _folder_of(self, stem: str) -> str:
        return f"{stem}-files"

    async def submit(self) -> str:
        """What was written."""
        path = await self.place()
        folder = self._folder_of(path.stem)
        with self.writing():
            made = await asyncio.to_thread(export, self._material, self._format, folder)
            await asyncio.to_thread(_write, path, made, folder)
        beside = f", and {len(made.files)} beside it" if made.files else ""
        return f"Saved {path}{beside}."


def _write(path: Path, made: Exported, folder: str) -> None:
    files: Mapping[str, bytes] = made.files
    if files:
        (path.parent / folder).mkdir(exist_ok=True)
    for name, data in files.items():
        (path.parent / folder / name).write_bytes(data)
    replace_file(path, made.text)
