"""The recordings that were made, and the one that is chosen among them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from miavo_tui.media import kept
from miavo_tui.media.player import open_file
from miavo_tui.media.waveform import Unplayable, read_waveform
from miavo_tui.widgets.empty_state import EmptyState
from miavo_tui.widgets.wave import WaveView

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp

__all__ = ["SoundShelf"]

_ENDINGS = (".mp3", ".wav", ".opus", ".flac", ".aac", ".pcm")


class SoundShelf(Vertical):
    """A list of recordings over the waveform of one of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,p", "play", "play", id="sound.play", tooltip="Play the recording"),
        Binding("s", "save", "save as", id="sound.save", tooltip="Save a copy somewhere"),
        Binding("y", "copy_path", "copy path", id="sound.path", tooltip="Copy the file's path"),
        Binding("delete,d", "remove", "delete", id="sound.remove", tooltip="Delete the recording"),
        Binding("j", "move(1)", show=False, id="sound.down", tooltip="One down"),
        Binding("k", "move(-1)", show=False, id="sound.up", tooltip="One up"),
    ]

    if TYPE_CHECKING:
        app = getters.app(MiavoApp)

    options = getters.query_one(OptionList)
    wave = getters.query_one(WaveView)
    _note = getters.query_one("#sound-note", Static)
    _empty = getters.query_one(EmptyState)

    def __init__(self) -> None:
        super().__init__(id="sound-shelf")
        self._paths: list[Path] = []

    def compose(self) -> ComposeResult:
        """The list, the waveform, what is to be said of it."""
        yield EmptyState()
        yield OptionList(compact=True, id="sounds")
        yield WaveView()
        yield Static(id="sound-note", markup=False)

    def on_mount(self) -> None:
        """Shows what earlier runs made."""
        self.reload()

    @work(exclusive=True, group="reload")
    async def reload(self) -> None:
        """Reads the folder anew, the newest chosen."""
        paths = await asyncio.to_thread(kept.made_files, self.app.start.home, _ENDINGS)
        self._paths = paths
        there = bool(paths)
        for each in (self.options, self.wave, self._note):
            each.display = there
        if there:
            self._empty.hide()
        else:
            self._empty.show(
                "Nothing spoken yet.",
                "What you make appears here.",
                ("studio.make", "speaks the text"),
            )
        self.options.clear_options()
        self.options.add_options(Option(Content(path.name)) for path in paths)
        if there:
            self.options.highlighted = 0
        self.refresh_bindings()

    @property
    def chosen(self) -> Path | None:
        """The recording under the highlight."""
        index = self.options.highlighted
        return None if index is None or index >= len(self._paths) else self._paths[index]

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        if (path := self.chosen) is not None:
            self._look(path)

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_play()

    @work(exclusive=True, group="look")
    async def _look(self, path: Path) -> None:
        self.wave.wave = None
        try:
            self.wave.wave = await asyncio.to_thread(read_waveform, path)
        except Unplayable as problem:
            self._note.update(Content.styled(f"▲ {problem}", "$text-warning"))
            return
        except OSError as error:
            self._note.update(Content.styled(f"✖ {error.strerror}", "$text-error"))
            return
        size = (await asyncio.to_thread(path.stat)).st_size
        self._note.update(Content.styled(f"{size / 1024:,.0f} kB  {path}", "$text-muted"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offers what can be done with a recording while there is one."""
        if action in ("play", "save", "copy_path", "remove", "move"):
            return bool(self._paths)
        return super().check_action(action, parameters)

    def action_move(self, by: int) -> None:
        """Up or down the list."""
        (self.options.action_cursor_down if by > 0 else self.options.action_cursor_up)()

    @work(group="play")
    async def action_play(self) -> None:
        """Plays the recording with what this machine has."""
        if (path := self.chosen) is not None and (problem := await open_file(path)):
            self.app.notify(problem, severity="warning", markup=False)

    @work
    async def action_save(self) -> None:
        """Saves a copy where the person says."""
        from miavo_tui.screens.save_as import SaveAs

        if (path := self.chosen) is not None:
            await self.app.push_screen_wait(SaveAs(path))

    @work
    async def action_copy_path(self) -> None:
        """Copies the path."""
        if (path := self.chosen) is not None:
            await self.app.copy(str(path), "the path")

    @work
    async def action_remove(self) -> None:
        """Deletes the recording, after a question."""
        from miavo_tui.screens.confirm import ConfirmDialog

        path = self.chosen
        if path is None:
            return
        question = ConfirmDialog("Delete this recording?", path.name, verb="Delete")
        if await self.app.push_screen_wait(question):
            await asyncio.to_thread(path.unlink, missing_ok=True)
            self.reload()
