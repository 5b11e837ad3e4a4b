"""The studio's kinds as tabs."""

from __future__ import annotations

from typing import ClassVar

from textual.content import Content
from textual.reactive import reactive, var
from textual.style import Style
from textual.widget import Widget

__all__ = ["StudioKinds"]


class StudioKinds(Widget):
    """One line; each kind answers to a click."""

    KINDS: ClassVar[tuple[str, ...]] = ("video", "speech", "transcription")
    ALLOW_SELECT = False
    auto_links = var(False)  # links keep the colours given here
    kind: reactive[str] = reactive("")

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.set_reactive(StudioKinds.kind, kind)

    def render(self) -> Content:
        """The kinds."""
        tabs = []
        for kind in self.KINDS:
            style = "bold $foreground on $chip" if kind == self.kind else "$text-muted"
            action = Style.from_meta({"@click": f"screen.show_kind('{kind}')"})
            tabs.append(Content.styled(f" {kind} ", style).stylize(action))
        return Content.assemble(*tabs)
