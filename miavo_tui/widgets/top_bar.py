"""The line at the top: the name, the screens as tabs, and how the gateway stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import getters
from textual.content import Content
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from miavo_tui.link import Link, Phase

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp

__all__ = ["TABS", "TopBar", "link_label"]

TABS = (("catalogue", "1", "F2", "Catalogue"), ("chat", "2", "F3", "Chat"))
"""The screens: mode, key, the key that works where digits are typed into a text, title."""

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
    """The screen in view, one of `TABS`."""
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
        """The bar, as wide as the screen."""
        left = Content.assemble(self._NAME, "  ", *(self._tab(*tab) for tab in TABS))
        right = link_label(self.link, self.size.width - left.cell_length - 3)
        gap = max(1, self.size.width - left.cell_length - right.cell_length - 1)
        return Content.assemble(left, " " * gap, right, " ")

    def _tab(self, name: str, digit: str, function_key: str, title: str) -> Content:
        key = function_key if self.tab == "chat" else digit
        action = Style.from_meta({"@click": f"app.show_screen('{name}')"})
        if name == self.tab:
            face = Content.assemble((f" {key} ", "$primary"), (f"{title} ", "bold $foreground"))
            return face.stylize("on $tab-ground").stylize(action)
        face = Content.assemble((f" {key} {title} ", "$text-muted"))
        return face.stylize(action)
