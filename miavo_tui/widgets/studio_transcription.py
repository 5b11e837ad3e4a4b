"""A recording to text."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import getters, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Select, TextArea

from miavo_tui.media.kept import spoken_path
from miavo_tui.screens.form import FieldProblem
from miavo_tui.widgets.empty_state import EmptyState
from miavo_tui.widgets.form_field import FormField
from miavo_tui.widgets.path_suggester import PathSuggester
from miavo_tui.widgets.studio_pane import StudioPane, existing_file, line

if TYPE_CHECKING:
    from miavo_tui.client import GatewayClient

__all__ = ["TranscriptionPane"]

_FORMS = {"text": "text", "srt": "subtitles (srt)", "vtt": "subtitles (vtt)", "json": "json"}
_ENDINGS = {"text": ".txt", "srt": ".srt", "vtt": ".vtt", "json": ".json"}
_LARGEST = 25 * 1024 * 1024


class TranscriptionPane(StudioPane):
    """A file and a model; the text that was heard."""

    KIND: ClassVar[str] = "transcription"
    MAKE: ClassVar[str] = "Transcribe"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+y", "copy", "copy", id="heard.copy", tooltip="Copy the text"),
        Binding("f7", "save", "save as", id="heard.save", tooltip="Save the text to a file"),
    ]

    heard = getters.query_one("#heard", TextArea)
    _empty = getters.query_one(EmptyState)
    _form = getters.query_one("#heard-form", Select)

    def compose_fields(self) -> ComposeResult:
        """The file and what to make of it."""
        yield FormField(
            "file",
            "Recording",
            Input(placeholder="~/meeting.mp3", id="heard-file", suggester=PathSuggester()),
            "A path; → takes what is suggested. A file dropped here types its path.",
        )
        yield FormField(
            "language",
            "Language",
            Input(placeholder="en; empty to let the model find out", id="heard-language"),
        )
        yield FormField(
            "response_format",
            "As",
            Select(
                [(title, form) for form, title in _FORMS.items()],
                id="heard-form",
                allow_blank=False,
                value="text",
                compact=True,
            ),
        )

    def compose_results(self) -> ComposeResult:
        """The text."""
        yield EmptyState()
        yield TextArea(id="heard", read_only=True, soft_wrap=True, show_line_numbers=False)

    def on_mount(self) -> None:
        """Nothing was heard yet."""
        self.heard.display = False
        self._empty.show(
            "Nothing heard yet.",
            "Name a recording at the left: mp3, wav, flac, m4a, ogg, webm.",
            ("studio.make", "transcribes it"),
        )

    async def make(self, client: GatewayClient) -> None:
        """Send the recording, show the text."""
        path = await asyncio.to_thread(existing_file, "file", line(self, "file"))
        size = (await asyncio.to_thread(path.stat)).st_size
        if size > _LARGEST:
            raise FieldProblem("file", f"The file has {size / 2**20:,.0f} MB; 25 MB can be sent.")
        content = await asyncio.to_thread(path.read_bytes)
        self.heard.loading = True
        try:
            text = await client.sound.transcribe(
                path.name,
                content,
                self.model,
                form=str(self._form.value),
                language=line(self, "language") or None,
            )
        finally:
            self.heard.loading = False
        self._empty.hide()
        self.heard.display = True
        self.heard.load_text(text.strip() or "(nothing was heard)")
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Copying and saving need a text."""
        if action in ("copy", "save"):
            return self.heard.display
        return super().check_action(action, parameters)

    @work
    async def action_copy(self) -> None:
        """Copies what was heard."""
        await self.app.copy(self.heard.text, "the text")

    @work
    async def action_save(self) -> None:
        """Saves what was heard to a file of the person's choice."""
        from miavo_tui.screens.save_as import SaveAs

        kept = await asyncio.to_thread(self._keep)
        await self.app.push_screen_wait(SaveAs(kept))

    def _keep(self) -> Path:
        ending = _ENDINGS[str(self._form.value)]
        path = spoken_path(self.app.start.home, "transcript", self.model, ending)
        path.write_text(self.heard.text, encoding="utf-8")
        return path
