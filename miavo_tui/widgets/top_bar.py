"""The line at the top: the name, the screens as tabs, and how the gateway stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import getters
from textual.content import Content
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from miavo_tui.link import Link, Phase
from miavo_tui.screens.registry import SCREENS, ScreenRow

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp

__all__ = ["TopBar", "link_label"]

_LEAST_LINK = 9
"""Cells that the state of the link takes without its address."""
_LINK_LOOKS = {
    Phase.STARTING: ("◌", "starting", "$text-muted"),
    Phase.READY: ("●", "ready", "$text-success"),
    Phase.LOST: ("▲", "lost — retrying", "$text-warning"),
    Phase.FAILED: ("✖", "failed", "$text-error"),
}


def link_label(link: Link, room: int) -> Content:
    """Symbol, word and, where `room` cells allow, the address."""
    symbol, word, colour = _LINK_LOOKS[link.phase]
    state = Content.assemble((symbol, colour), " ", (word, colour))
    if not link.address:
        return state
    full = Content.assemble(state, "  ", (link.address, "$text-muted"))
    return full if full.cell_length <= room else state


class TopBar(Widget):
    """One line; tabs answer to the mouse, keys are the app's."""

    ALLOW_SELECT = False
    if TYPE_CHECKING:
        app = getters.app(MiavoApp)

    tab: reactive[str] = reactive("")
    """The name of the screen in view, as in `screens.registry`."""
    link: reactive[Link] = reactive(Link())

    _NAME: ClassVar[Content] = Content.assemble((" ▟ ", "$accent"), ("Miavo", "bold $foreground"))

    def __init__(self, tab: str) -> None:
        super().__init__(id="top-bar")
        self.set_reactive(TopBar.tab, tab)
        # Links keep the colours given here.
        self.set_reactive(TopBar.auto_links, False)

    def on_mount(self) -> None:
        """Follows the app's link."""
        self.watch(self.app, "link", self._follow)

    def _follow(self, link: Link) -> None:
        self.link = link

    def render(self) -> Content:
        """The bar, as wide as the screen; where that is narrow, tabs keep their keys alone."""
        for short in (False, True):
            tabs = [self._tab(row, short=short and row.name != self.tab) for row in SCREENS]
            left = Content.assemble(self._NAME, " ", self._held(), *tabs)
            room = self.size.width - left.cell_length - 3
            if room >= _LEAST_LINK or short:
                break
        right = link_label(self.link, room)
        gap = max(1, self.size.width - left.cell_length - right.cell_length - 1)
        return Content.assemble(left, " " * gap, right, " ")

    def _held(self) -> Content:
        """What to hold with a tab's key, where the key alone is typed into a text."""
        types: bool = getattr(self.screen, "TYPES", False)  # of a FrameScreen, which holds this bar
        return Content.styled("alt+ ", "$text-muted") if types else Content(" ")

    def _tab(self, row: ScreenRow, *, short: bool) -> Content:
        action = Style.from_meta({"@click": f"app.show_screen('{row.name}')"})
        if row.name == self.tab:
            face = Content.assemble(
                (f" {row.digit} ", "$primary"), (f"{row.title} ", "bold $foreground")
            )
            return face.stylize("on $tab-ground").stylize(action)
        words = f" {row.digit} " if short else f" {row.digit} {row.title} "
        return Content.assemble((words, "$text-muted")).stylize(action)
