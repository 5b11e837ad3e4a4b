"""What costs the most, as a short table with bars."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from miavo_tui.amount_text import count_text
from miavo_tui.plain_text import printable_line
from miavo_tui.usage_records import UsageTotals
from miavo_tui.widgets.cell_text import fitted_text
from miavo_tui.widgets.usage_columns import cost_text

__all__ = ["Ranking"]

_ROWS = 10
_LEAST_NAME, _MOST_NAME = 12, 28
_NUMBERS = 18
"""Cells of the two counts and their gaps."""


class Ranking(Widget):
    """Groups of requests, the dearest first; the width decides on names and bars."""

    ALLOW_SELECT = False
    groups: reactive[Sequence[UsageTotals]] = reactive((), layout=True)

    def __init__(self, title: str, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._title = title

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The title, the rows, and how many more there are."""
        return 1 + min(len(self.groups), _ROWS + 1)

    def render(self) -> Content:
        """The table."""
        heading = Content.assemble(
            (self._title, "bold $foreground"), ("  requests and cost", "$text-muted")
        )
        most = max((float(each.cost_usd) for each in self.groups), default=0.0)
        busiest = max((each.requests for each in self.groups), default=1) or 1
        room = self.size.width - _NUMBERS - 2
        name_room = max(_LEAST_NAME, min(_MOST_NAME, room - 8))
        bar_room = max(0, min(24, room - name_room - 2))
        lines = [heading]
        for each in self.groups[:_ROWS]:
            share = float(each.cost_usd) / most if most else each.requests / busiest
            lines.append(
                Content.assemble(
                    (fitted_text(printable_line(each.name or each.group or "—"), name_room), ""),
                    (f" {count_text(each.requests):>6}", "$text-muted"),
                    (f" {cost_text(each.cost_usd):>9}  ", "$foreground"),
                    ("▇" * max(1, round(share * bar_room)) if bar_room else "", "$primary"),
                )
            )
        if len(self.groups) > _ROWS:
            more = f"and {len(self.groups) - _ROWS} more"
            lines.append(Content.styled(more, "$text-muted"))
        return Content("\n").join(lines)
