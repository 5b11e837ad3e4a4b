"""A few pictures of a video, one after the other."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import getters, work
from textual.app import ComposeResult
from textual.containers import Center, Vertical
from textual.content import Content
from textual.widgets import Static

from miavo_tui.media.pictures import picture_widget
from miavo_tui.media.stills import read_stills
from miavo_tui.media.waveform import Unplayable
from miavo_tui.screens.frame import FrameScreen

if TYPE_CHECKING:
    from PIL.Image import Image
    from textual.timer import Timer

__all__ = ["VideoPreview"]

_STILLS = 8
_SECONDS_EACH = 0.7


class VideoPreview(Vertical):
    """Shows the pictures of a file in turn, while it is in view."""

    _words = getters.query_one("#preview-words", Static)
    _place = getters.query_one(Center)

    def __init__(self) -> None:
        super().__init__(id="video-preview")
        self._stills: list[Image] = []
        self._at = 0
        self._picture: Any = None
        self._turning: Timer | None = None

    def compose(self) -> ComposeResult:
        """The picture over what is said of it."""
        yield Center()
        yield Static(id="preview-words", markup=False)

    def on_mount(self) -> None:
        """Nothing is shown yet."""
        self._place.display = False

    def say(self, words: Content) -> None:
        """Show words and no picture."""
        self._stop()
        self._place.display = False
        self._words.update(words)

    @work(exclusive=True)
    async def show(self, path: Path, words: Content) -> None:
        """Show the pictures of a file, with words under them."""
        self._stop()
        self._words.update(words)
        try:
            stills = await asyncio.to_thread(read_stills, path, _STILLS)
        except (Unplayable, OSError) as problem:
            self._place.display = False
            self._words.update(Content.assemble(words, ("\n▲ ", "$text-warning"), str(problem)))
            return
        widget = await asyncio.to_thread(picture_widget)
        self._stills, self._at = stills, 0
        self._place.display = True
        if self._picture is None:
            self._picture = widget(stills[0])
            await self._place.mount(self._picture)
        else:
            self._picture.image = stills[0]
        assert isinstance(self.screen, FrameScreen)
        self._turning = self.screen.every(_SECONDS_EACH, self._turn)

    def _turn(self) -> None:
        if self._picture is None or not self._stills:
            return
        if not (self.screen.is_current and self.is_on_screen):
            return
        self._at = (self._at + 1) % len(self._stills)
        self._picture.image = self._stills[self._at]

    def _stop(self) -> None:
        if self._turning is not None:
            self._turning.stop()
            self._turning = None
