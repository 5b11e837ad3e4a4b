"""Text to speech, and to music."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.widgets import Input, Select, TextArea

from miavo_tui.media.kept import spoken_path
from miavo_tui.screens.form import FieldProblem
from miavo_tui.widgets.form_field import FormField
from miavo_tui.widgets.sound_shelf import SoundShelf
from miavo_tui.widgets.studio_pane import StudioPane, line, typed_number

if TYPE_CHECKING:
    from miavo_tui.client import GatewayClient

__all__ = ["SpeechPane"]

_FORMS = ("mp3", "wav", "flac", "opus", "aac")
_VOICE_HINT = "Such as alloy, nova or onyx; the model says which it has."


class SpeechPane(StudioPane):
    """A text and a voice; recordings with their waveforms."""

    KIND: ClassVar[str] = "speech"
    MAKE: ClassVar[str] = "Speak"

    text = getters.query_one("#speech-text", TextArea)
    shelf = getters.query_one(SoundShelf)
    _form = getters.query_one("#speech-form", Select)

    def compose_fields(self) -> ComposeResult:
        """The text and how to say it."""
        yield FormField(
            "input",
            "Text",
            TextArea(
                id="speech-text",
                soft_wrap=True,
                tab_behavior="focus",
                highlight_cursor_line=False,
                placeholder="What shall be said?",
            ),
        )
        yield FormField("voice", "Voice", Input("alloy", id="speech-voice"), _VOICE_HINT)
        yield FormField(
            "response_format",
            "Format",
            Select(
                [(form, form) for form in _FORMS],
                id="speech-form",
                allow_blank=False,
                value=_FORMS[0],
                compact=True,
            ),
        )
        yield FormField("speed", "Speed", Input(placeholder="1.0", id="speech-speed"))

    def compose_results(self) -> ComposeResult:
        """The recordings."""
        yield SoundShelf()

    async def make(self, client: GatewayClient) -> None:
        """Ask for the text, spoken, and keep the recording."""
        text = self.text.text.strip()
        if not text:
            raise FieldProblem("input", "Write what shall be said.")
        form = str(self._form.value)
        body: dict[str, object] = {"model": self.model, "input": text, "response_format": form}
        if voice := line(self, "voice"):
            body["voice"] = voice
        if (speed := typed_number("speed", line(self, "speed"), float)) is not None:
            body["speed"] = speed
        path = await asyncio.to_thread(
            spoken_path, self.app.start.home, text, self.model, f".{form}"
        )
        self.shelf.loading = True
        try:
            await client.sound.speak(body, path)
        finally:
            self.shelf.loading = False
        self.shelf.reload()
