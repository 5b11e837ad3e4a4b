"""The line at the top: the name, the screens as tabs, and how the gateway stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual import getters
from textual.content import Content
from textual.geometry import Region
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from miavo_tui.link import Link, Phase
from miavo_tui.screens.registry import SCREENS, ScreenRow

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp

__all__ = ["TopBar", "link_labels"]

_LINK_LOOKS = {
    Phase.STARTING: ("◌", "starting", "$text-muted"),
    Phase.READY: ("●", "ready", "$text-success"),
    Phase.LOST: ("▲", "lost — retrying", "$text-warning"),
    Phase.FAILED: ("✖", "failed", "$text-error"),
}


def link_labels(link: Link, *, read_only: bool = False) -> list[Content]:
    """How the link is told, the longest way first.

    Symbol, word and address; symbol and word; the symbol alone, as a notice below has the words
    where something is wrong. What should never be forgotten stands before each: that providers
    are simulated, that nothing can be changed.
    """
    symbol, word, colour = _LINK_LOOKS[link.phase]
    chips = [Content.styled("◍ sandbox", "bold $text-warning")] if link.sandbox else []
    chips += [Content.styled("read-only", "bold $text-secondary")] if read_only else []
    state = Content.assemble((symbol, colour), " ", (word, colour))
    labels = [(*chips, state)]
    if link.address:
        labels.insert(0, (*chips, state, Content.styled(link.address, "$text-muted")))
    labels.append((*chips, Content.styled(symbol, colour)))
    if chips and link.phase is Phase.READY:
        labels.append((*chips,))
        if link.sandbox and not read_only:
            # Without its symbol it leaves room for the titles of all tabs in 80 columns.
            labels.append((Content.styled("sandbox", "bold $text-warning"),))
    return [Content("  ").join(label) for label in labels]


class TopBar(Widget):
    """One line; tabs answer to the mouse, keys are the app's."""

    ALLOW_SELECT = False
    if TYPE_CHECKING:
        app = getters.app(MiavoApp)

    tab: reactive[str] = reactive("")
    """The name of the screen in view, as in `screens.registry`."""
    link: reactive[Link] = reactive(Link())

    _NAME: ClassVar[Content] = Content.assemble((" ▟ ", "$accent"), ("Miavo ", "bold $foreground"))
    _MARK: ClassVar[Content] = Content.styled("▟", "$accent")

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
        """The bar, as wide as the screen.

        Where that is narrow the address goes first, then the name and the room between the tabs,
        then the titles of all tabs but the one in view.
        """
        width = self.size.width - 1
        labels = link_labels(self.link, read_only=self.app.read_only)
        roomy = self._left(self._NAME, title=" {} {} ")
        close = self._left(self._MARK, title=" {} {}")
        keys = self._left(self._MARK, title=" {} ")
        bare = self._left(Content(), title=" {} {}")
        for left, rights in (
            (roomy, labels[:2]),
            (close, labels[1:]),
            (bare, labels[1:]),
            (keys, labels),
        ):
            for right in rights:
                gap = width - left.cell_length - right.cell_length
                if gap >= 1:
                    return Content.assemble(left, " " * gap, right, " ")
        return Content.assemble(keys, " ", labels[-1])

    def tab_regions(self) -> dict[str, Region]:
        """Where each tab is on the screen, by the name of its screen."""
        shown, place = self.render(), self.region
        found: dict[str, Region] = {}
        for span in shown.spans:
            if isinstance(span.style, Style) and (name := span.style.meta.get("tab")):
                left = cell_len(shown.plain[: span.start])
                width = cell_len(shown.plain[span.start : span.end])
                found[name] = Region(place.x + left, place.y, width, 1)
        return found

    def _left(self, name: Content, title: str) -> Content:
        """The name and the tabs; `title` lays out the digit and the title of one not in view."""
        types: bool = getattr(self.screen, "TYPES", False)  # of a FrameScreen, which holds this bar
        # What to hold with a tab's key, where the key alone is typed into a text.
        held = Content.styled(" alt+", "$text-muted") if types else Content(" ")
        tabs = [self._tab(row, title) for row in SCREENS]
        return Content.assemble(name, held, *tabs)

    def _tab(self, row: ScreenRow, title: str) -> Content:
        action = Style.from_meta({"@click": f"app.show_screen('{row.name}')", "tab": row.name})
        name = f"app.{row.name}"
        key = self.app.key_of(name, self) if name in self.app.keys_given else row.digit
        if row.name == self.tab:
            face = Content.assemble((f" {key} ", "$primary"), (f"{row.title} ", "bold $foreground"))
            return face.stylize("on $tab-ground").stylize(action)
        face = Content.styled(title.format(key, row.title), "$text-muted")
        return face.stylize(action)
