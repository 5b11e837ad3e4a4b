"""Over the ledger: which entries are listed, and how many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import getters
from textual.content import Content
from textual.reactive import reactive, var
from textual.style import Style
from textual.widget import Widget

from miavo_tui.money_records import LedgerExtent
from miavo_tui.money_text import usd

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp

__all__ = ["KIND_SETS", "LedgerBar"]

KIND_SETS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("money", ("credit", "adjustment", "settlement")),
    ("by hand", ("credit", "adjustment")),
    ("settlements", ("settlement",)),
    ("holds", ("hold", "release")),
    ("all", ()),
)
"""What is called how; holds and their releases cancel each other out, and are left out at first."""


class LedgerBar(Widget):
    """One line; every part answers to a click."""

    ALLOW_SELECT = False
    if TYPE_CHECKING:
        app = getters.app(MiavoApp)
    auto_links = var(False)  # links keep the colours given here
    kinds: reactive[int] = reactive(0)
    """The number of the set in `KIND_SETS`."""
    key_name: reactive[str] = reactive("")
    """Of the one key whose entries are listed."""
    extent: reactive[LedgerExtent | None] = reactive(None)

    def render(self) -> Content:
        """Kinds, key, and how much that is."""
        tabs = [Content.styled(f"{self._key('kinds')} ", "bold $primary")]
        for number, (name, _) in enumerate(KIND_SETS):
            style = "bold $foreground on $chip" if number == self.kinds else "$text-muted"
            action = Style.from_meta({"@click": f"screen.set_kinds({number})"})
            tabs.append(Content.styled(f" {name} ", style).stylize(action))
        if self.key_name:
            action = Style.from_meta({"@click": "screen.one_key"})
            chip = Content.assemble(
                (f"  {self._key('one-key')} ", "bold $primary"),
                (f" {self.key_name} ", "bold $foreground on $chip"),
            )
            tabs.append(chip.stylize(action))
        left = Content(" ") + Content("").join(tabs)
        for right in self._right():
            gap = self.size.width - left.cell_length - right.cell_length - 1
            if gap >= 2:
                return Content.assemble(left, " " * gap, right)
        return left

    def _key(self, name: str) -> str:
        return self.app.key_of(f"credit.{name}", self.screen)

    def _right(self) -> list[Content]:
        extent = self.extent
        if extent is None:
            return []
        count = f"{extent.count:,} entr{'y' if extent.count == 1 else 'ies'}"
        together = f", {usd(extent.amount_usd)} together"
        return [
            Content.assemble((count, "$foreground"), (together, "$text-muted")),
            Content.styled(count, "$foreground"),
        ]
