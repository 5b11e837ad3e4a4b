"""Saving a copy of what the studio made."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.widgets import Input

from miavo_tui.media.kept import save_copy
from miavo_tui.screens.form import FieldProblem, FormModal
from miavo_tui.widgets.form_field import FormField

__all__ = ["SaveAs"]


class SaveAs(FormModal[Path]):
    """Asks where to; nothing that is there is overwritten."""

    HEADING: ClassVar[str] = "Save a copy"
    SUBMIT: ClassVar[str] = "Save"

    def __init__(self, source: Path) -> None:
        super().__init__()
        self._source = source

    def compose_fields(self) -> ComposeResult:
        """One line: a folder, or a name."""
        yield FormField(
            "path",
            "Where to",
            Input(str(Path.home() / self._source.name), id="save-path"),
            "A folder, or a name of its own. ~ is your home.",
        )

    async def submit(self) -> Path:
        """Copies the file."""
        wanted = self.query_one("#save-path", Input).value.strip()
        if not wanted:
            raise FieldProblem("path", "Say where to.")
        try:
            saved = await asyncio.to_thread(save_copy, self._source, wanted)
        except OSError as error:
            raise FieldProblem("path", str(error.strerror or error)) from None
        self.app.notify(f"Saved {saved}.", timeout=4, markup=False)
        return saved
