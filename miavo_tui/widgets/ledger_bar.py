"""Over the ledger: which entries are listed, and how many there are."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive

from miavo_tui.money_records import LedgerExtent
from miavo_tui.money_text import usd
from miavo_tui.requests.ranges import ANY_TIME, TimeRange
from miavo_tui.widgets.click_bar import ClickBar

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


class LedgerBar(ClickBar):
    """One line; every part answers to a click. The kinds make way for the count."""

    KEYS = "credit"
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
        parts = [self.chip("range", self.time_range.name, "screen.range"), Content("  ")]
        if all_kinds:
            parts.append(Content.styled(f"{self.key('kinds')} ", "bold $primary"))
            for number, (name, _) in enumerate(KIND_SETS):
                chosen = number == self.kinds
                parts.append(self.tab(name, f"screen.set_kinds({number})", chosen=chosen))
        else:
            parts.append(self.chip("kinds", KIND_SETS[self.kinds][0], "screen.kinds(1)"))
        if self.key_name:
            parts += [Content("  "), self.chip("one-key", self.key_name, "screen.one_key")]
        return Content(" ") + Content("").join(parts)

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
