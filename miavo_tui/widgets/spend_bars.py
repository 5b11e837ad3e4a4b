"""What was spent by model or by key, as bars under each other."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from miavo_tui.fill import bar
from miavo_tui.money_columns import aligned_usd, decimals_of
from miavo_tui.money_records import Spend
from miavo_tui.plain_text import printable_line
from miavo_tui.widgets.cell_text import fitted_text

__all__ = ["SpendBars"]


class SpendBars(Widget):
    """The dearest first; what there is no room for is summed up in the last line."""

    ALLOW_SELECT = False

    spend: reactive[Sequence[Spend] | None] = reactive(None, layout=True)
    """None while it is being asked for."""
    most: reactive[int] = reactive(6, layout=True)
    """How many lines at most, the title not counted."""

    title: reactive[str] = reactive("")

    def __init__(self, title: str, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.set_reactive(SpendBars.title, title)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The title and the lines."""
        return 1 + max(1, min(len(self.spend or ()), self.most))

    def render(self) -> Content:
        """The title over the bars."""
        lines = [Content.styled(f" {self.title}", "bold $text-muted")]
        if self.spend is None:
            lines.append(Content.styled(" summing up…", "$text-muted"))
        elif not self.spend:
            lines.append(Content.styled(" no requests", "$text-muted"))
        else:
            lines += self._bars(self._kept(self.spend))
        return Content("\n").join(lines)

    def _kept(self, spend: Sequence[Spend]) -> list[Spend]:
        if len(spend) <= self.most:
            return list(spend)
        kept, rest = list(spend[: self.most - 1]), spend[self.most - 1 :]
        others = Spend(
            group="",
            name=f"{len(rest):,} others",
            requests=sum(one.requests for one in rest),
            unpriced=sum(one.unpriced for one in rest),
            tokens=sum(one.tokens for one in rest),
            cost_usd=sum((one.cost_usd for one in rest), Decimal(0)),
        )
        return [*kept, others]

    def _bars(self, kept: Sequence[Spend]) -> list[Content]:
        width = self.size.width - 2
        decimals = decimals_of(one.cost_usd for one in kept)
        costs = [_cost(one, decimals) for one in kept]
        cost_width = max(map(len, costs))
        requests = [f"{one.requests:,}" for one in kept]
        request_width = max(max(map(len, requests)), 4) if width >= 56 else 0
        names = [printable_line(one.name) or "—" for one in kept]
        room = width - cost_width - (request_width + 2 if request_width else 0) - 2
        name_width = min(max(map(cell_len, names)), max(10, room // 2))
        length = max(4, room - name_width - 2)
        top = max(one.cost_usd for one in kept)
        lines = []
        for one, name, cost, count in zip(kept, names, costs, requests, strict=True):
            full, empty = bar(float(one.cost_usd / top) if top else 0.0, length)
            lines.append(
                Content.assemble(
                    " ",
                    (fitted_text(name, name_width), "$foreground" if one.group else "$text-muted"),
                    "  ",
                    (full, "$primary"),
                    (empty, "$rule"),
                    "  ",
                    (cost.rjust(cost_width), "$foreground"),
                    (f"  {count.rjust(request_width)}" if request_width else "", "$text-muted"),
                )
            )
        return lines


def _cost(one: Spend, decimals: int) -> str:
    if not one.cost_usd and one.unpriced:
        return "unpriced"
    return aligned_usd(one.cost_usd, decimals)
