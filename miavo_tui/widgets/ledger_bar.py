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
from miavo_tui.requests.ranges import ANY_TIME, TimeRange

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

_COUNT_ROOM = len("1,000 entries")
_GAP = 2


class LedgerBar(Widget):
    """One line; every part answers to a click. The kinds make way for the count."""

    ALLOW_SELECT = False
    if TYPE_CHECKING:
        app = getters.app(MiavoApp)
    auto_links = var(False)  # links keep the colours given here
    kinds: reactive[int] = reactive(0)
    """The number of the set in `KIND_SETS`."""
    time_range: reactive[TimeRange] = reactive(ANY_TIME)
    """The time that is looked at."""
    key_name: reactive[str] = reactive("")
    """Of the one key whose entries are listed."""
    extent: reactive[LedgerExtent | None] = reactive(None)

    def render(self) -> Content:
        """Time, kinds, key, and how much that is."""
        right = self._right()
        room = self.size.width - 1
        least = max([_COUNT_ROOM, *(each.cell_length for each in right[-1:])]) + _GAP
        left = self._left(all_kinds=True)
        if left.cell_length + least > room:
            left = self._left(all_kinds=False)
        for each in right:
            gap = room - left.cell_length - each.cell_length
            if gap >= _GAP:
                return Content.assemble(left, " " * gap, each)
        return left

    def _left(self, *, all_kinds: bool) -> Content:
        parts = [self._chip("range", self.time_range.name, "screen.range"), Content("  ")]
        if all_kinds:
            parts.append(Content.styled(f"{self._key('kinds')} ", "bold $primary"))
            for number, (name, _) in enumerate(KIND_SETS):
                style = "bold $foreground on $chip" if number == self.kinds else "$text-muted"
                action = Style.from_meta({"@click": f"screen.set_kinds({number})"})
                parts.append(Content.styled(f" {name} ", style).stylize(action))
        else:
            parts.append(self._chip("kinds", KIND_SETS[self.kinds][0], "screen.kinds(1)"))
        if self.key_name:
            parts += [Content("  "), self._chip("one-key", self.key_name, "screen.one_key")]
        return Content(" ") + Content("").join(parts)

    def _chip(self, name: str, text: str, action: str) -> Content:
        face = Content.assemble(
            (f" {self._key(name)} ", "bold $primary"), (f"{text} ", "$foreground")
        )
        return face.stylize("on $chip").stylize(Style.from_meta({"@click": action}))

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
