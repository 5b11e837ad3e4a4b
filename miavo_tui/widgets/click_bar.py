"""Lines over a list that say what of it is shown; their parts name a key and answer to a click."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import getters
from textual.content import Content
from textual.reactive import var
from textual.style import Style
from textual.widget import Widget

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp

__all__ = ["ClickBar", "clickable"]


class ClickBar(Widget):
    """What a subclass renders is made of these parts.

    Attributes:
        KEYS: what the ids of the bindings begin with whose keys are named.
    """

    ALLOW_SELECT = False
    KEYS: ClassVar[str] = ""

    if TYPE_CHECKING:
        app = getters.app(MiavoApp)
    auto_links = var(False)  # links keep the colours given here

    def key(self, name: str) -> str:
        """The key of one of the screen's bindings, without what its id begins with."""
        return self.app.key_of(f"{self.KEYS}.{name}", self.screen)

    def chip(self, name: str, text: str, action: str) -> Content:
        """A key and what is chosen with it, on a ground of their own."""
        face = Content.assemble(
            (f" {self.key(name)} ", "bold $primary"), (f"{text} ", "$foreground")
        )
        return clickable(face.stylize("on $chip"), action)

    def part(
        self, name: str, text: str, action: str, *, active: bool, ticked: bool = False
    ) -> Content:
        """A key and what is chosen with it.

        Args:
            name: of the key's binding.
            text: what is chosen.
            action: what a click does.
            active: whether it narrows or orders the list otherwise than at first.
            ticked: whether a tick says so as well.
        """
        face = Content.assemble(
            (self.key(name), "bold $primary"),
            (" ✓" if ticked else "", "bold $accent"),
            (f" {text}", "bold $foreground" if active else "$text-muted"),
        )
        return clickable(face, action)

    def tab(self, text: str, action: str, *, chosen: bool) -> Content:
        """One of several, of which one is chosen."""
        style = "bold $foreground on $chip" if chosen else "$text-muted"
        return clickable(Content.styled(f" {text} ", style), action)


def clickable(face: Content, action: str) -> Content:
    """A text on which a click does something."""
    return face.stylize(Style.from_meta({"@click": action}))
