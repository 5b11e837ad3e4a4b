"""Making videos and speech, and hearing what was said."""

from __future__ import annotations

from pathlib import PurePath
from typing import ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import ContentSwitcher

from miavo_tui.screens.frame import FrameScreen
from miavo_tui.widgets.studio_kinds import StudioKinds
from miavo_tui.widgets.studio_pane import StudioPane
from miavo_tui.widgets.studio_speech import SpeechPane
from miavo_tui.widgets.studio_transcription import TranscriptionPane
from miavo_tui.widgets.studio_video import VideoPane

__all__ = ["StudioScreen"]


class StudioScreen(FrameScreen):
    """One pane for each kind of thing that is made."""

    TAB = "studio"
    TYPES = True
    CHANGES: ClassVar[frozenset[str]] = frozenset({"make"})
    PURPOSE = (
        "Render videos, have texts spoken, have recordings written down.\n"
        "What is made is kept in the studio folder of Miavo's home."
    )
    CSS_PATH: ClassVar[list[str | PurePath]] = [
        "studio.tcss",
        "../widgets/wave.tcss",
        "../widgets/empty_state.tcss",
    ]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 - as the base has it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+s",
            "make",
            "make it",
            id="studio.make",
            tooltip="Make what the form says",
            priority=True,
        ),
        Binding(
            "ctrl+t",
            "next_kind",
            "kind",
            id="studio.kind",
            tooltip="From video to speech to transcription",
            priority=True,
        ),
        Binding(
            "escape",
            "results",
            "results",
            id="studio.results",
            tooltip="From the form to what was made, and back",
        ),
    ]

    _kinds = getters.query_one(StudioKinds)
    _switcher = getters.query_one(ContentSwitcher)

    def __init__(self) -> None:
        super().__init__()
        self.kind = "video"

    def compose_body(self) -> ComposeResult:
        """The kinds over the pane of one."""
        yield StudioKinds(self.kind)
        with ContentSwitcher(initial=self.kind):
            yield VideoPane(id="video")
            yield SpeechPane(id="speech")
            yield TranscriptionPane(id="transcription")

    @property
    def pane(self) -> StudioPane:
        """The pane in view."""
        return self.query_one(f"#{self.kind}", StudioPane)

    def use_model(self, slug: str) -> None:
        """Show the pane of a model's kind, with the model chosen."""
        card = self.app.model(slug)
        if card is not None and card.kind in StudioKinds.KINDS:
            self.action_show_kind(card.kind)
            self.pane.use_model(slug)

    def action_show_kind(self, kind: str) -> None:
        """Show the pane of a kind."""
        self.kind = self._kinds.kind = self._switcher.current = kind
        self.pane.query("FormField TextArea, FormField Input").first().focus()
        self.refresh_bindings()

    def action_next_kind(self) -> None:
        """The next kind, and round again."""
        kinds = StudioKinds.KINDS
        self.action_show_kind(kinds[(kinds.index(self.kind) + 1) % len(kinds)])

    def action_make(self) -> None:
        """As the button of the pane in view."""
        self.pane.start()

    def action_results(self) -> None:
        """To the results from the form, to the form from the results."""
        pane = self.pane
        results = pane.query_one(".studio-results")
        inside = self.focused is not None and results in self.focused.ancestors
        place = ".studio-form" if inside else ".studio-results"
        targets = [each for each in pane.query(f"{place} *") if each.focusable]
        if targets:
            targets[0].focus()
