"""What a model said aloud, as a line that plays and saves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import getters
from textual.content import Content
from textual.widgets import Static

from miavo_tui.conversations.attachments import size_text
from miavo_tui.conversations.messages import AUDIO_FORMATS
from miavo_tui.conversations.records import ReplyAudio

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp

__all__ = ["SoundLine", "sound_suffix"]


def sound_suffix(audio: ReplyAudio) -> str:
    """How a file of it is named."""
    return f".{AUDIO_FORMATS.get(audio.mime, 'bin')}"


class SoundLine(Static):
    """Hidden while there is no sound."""

    if TYPE_CHECKING:
        app = getters.app(MiavoApp)

    def __init__(self, audio: ReplyAudio | None) -> None:
        super().__init__(markup=False, classes="reply--sound")
        self._audio = audio

    def on_mount(self) -> None:
        """Shows what there is from the start."""
        self.show(self._audio)

    def show(self, audio: ReplyAudio | None) -> None:
        """Says what there is to hear, and the keys for it."""
        self._audio = audio
        self.display = audio is not None
        if audio is None:
            return
        self.update(
            Content.assemble(
                ("♪ ", "$text-accent"),
                (f"{sound_suffix(audio)[1:].upper()} {size_text(audio.size)}  ", "$foreground"),
                (self.app.key_of("chat.play", self), "bold $primary"),
                (" plays  ", "$text-muted"),
                (self.app.key_of("chat.save-sound", self), "bold $primary"),
                (" saves", "$text-muted"),
            )
        )
