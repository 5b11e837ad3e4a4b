"""What was spent on each day, as columns of blocks."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from miavo_tui.amount_text import counted
from miavo_tui.fill import column_cell, eighths_of
from miavo_tui.money_records import SpendOfDay
from miavo_tui.money_text import usd

__all__ = ["SpendDays"]


class SpendDays(Widget, can_focus=True):
    """A title, the columns, the days below. The mouse or the arrows tell of one day, exactly."""

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "left", "step(-1)", "day before", show=False, id="days.before", tooltip="A day back"
        ),
        Binding(
            "right",
            "step(1)",
            "day",
            key_display="←→",
            id="days.next",
            tooltip="What was spent on the next day",
        ),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "spend-days--title",
        "spend-days--sum",
        "spend-days--column",
        "spend-days--today",
        "spend-days--axis",
        "spend-days--hover",
    }

    days: reactive[Sequence[SpendOfDay]] = reactive(())
    """The oldest first, today in UTC last; empty while they are being asked for."""
    hovered: reactive[int | None] = reactive(None)
    """The number of the day under the mouse, of those shown."""

    _drawn: Sequence[SpendOfDay] | None = None
    """The columns of the draw that goes on, once they are summed up."""

    @property
    def columns(self) -> list[SpendOfDay]:
        """One a day; where there is no room for all, one for several days, by their first."""
        days, per = self.days, self._per
        groups = [days[max(0, end - per) : end] for end in range(len(days), 0, -per)]
        return [
            SpendOfDay(
                group[0].day,
                sum(one.requests for one in group),
                sum((one.cost_usd for one in group), Decimal(0)),
            )
            for group in reversed(groups)
        ]

    @property
    def _per(self) -> int:
        """How many days a column stands for."""
        return max(1, -(-len(self.days) // max(1, self.size.width - 2)))

    @property
    def _step(self) -> int:
        """Cells from one column to the next; of two and more, the last is a gap."""
        return max(1, min(6, (self.size.width - 2) // max(1, self._count)))

    @property
    def _count(self) -> int:
        """How many columns there are."""
        return -(-len(self.days) // self._per)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Tells of the day under the mouse."""
        at = (event.x - 1) // self._step
        self.hovered = at if 0 <= at < self._count else None

    def on_leave(self, _event: events.Leave) -> None:
        """The mouse has gone elsewhere."""
        self.hovered = None

    def action_step(self, by: int) -> None:
        """Tells of the day beside."""
        if count := self._count:
            at = count - 1 if self.hovered is None else self.hovered + by
            self.hovered = max(0, min(at, count - 1))

    def on_blur(self, _event: events.Blur) -> None:
        """The sum again."""
        self.hovered = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """What the lines share is summed up once for all of them."""
        self._drawn = None
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Title, columns, days."""
        width, height = self.size
        axis = self.get_component_rich_style("spend-days--axis")
        if self._drawn is None:
            self._drawn = self.columns
        days = self._drawn
        if y == 0:
            segments = self._heading(days)
        elif not any(one.cost_usd for one in days):
            words = "nothing was spent" if days else "summing up…"
            segments = [Segment(f" {words}" if y == height // 2 else "", axis)]
        elif y == height - 1:
            segments = [Segment(self._labels(days), axis)]
        else:
            segments = self._row(days, height - 2 - y, height - 2)
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def _heading(self, days: Sequence[SpendOfDay]) -> list[Segment]:
        per = self._per
        title = " SPENT BY DAY" if per == 1 else f" SPENT BY {per} DAYS"
        title += f", {len(self.days)} DAYS" if days else ""
        told = usd(sum((one.cost_usd for one in days), Decimal(0)))
        if self.hovered is not None and self.hovered < len(days):
            one = days[self.hovered]
            when = f"{one.day:%b %d}{' on' if per > 1 else ''}"
            told = f"{when}  {counted(one.requests, 'request')}  {usd(one.cost_usd)}"
        room = self.size.width - len(title) - 2
        told = told if len(told) <= room else told[: max(0, room)]
        gap = max(1, self.size.width - len(title) - len(told) - 1)
        return [
            Segment(title, self.get_component_rich_style("spend-days--title")),
            Segment(" " * gap, self.rich_style),
            Segment(told, self.get_component_rich_style("spend-days--sum")),
        ]

    def _row(self, days: Sequence[SpendOfDay], below: int, rows: int) -> list[Segment]:
        top = max(one.cost_usd for one in days)
        step = self._step
        segments = [Segment(" ", self.rich_style)]
        for number, one in enumerate(days):
            cell = column_cell(eighths_of(float(one.cost_usd / top * rows)), below)
            name = "today" if number == len(days) - 1 else "column"
            name = "hover" if number == self.hovered else name
            text = cell if step == 1 else cell * (step - 1) + " "
            segments.append(Segment(text, self.get_component_rich_style(f"spend-days--{name}")))
        return segments

    def _labels(self, days: Sequence[SpendOfDay]) -> str:
        """Dates under the columns, as many as stand apart; today is called so."""
        step = self._step
        cells = [" "] * (self.size.width + 8)
        last = 1 + (len(days) - 1) * step
        today = max(1, min(last, self.size.width - 6))
        cells[today : today + 5] = "today"
        taken = today - 1
        for number in range(len(days) - 1, -1, -1):
            text = f"{days[number].day:%b %d}"
            at = 1 + number * step
            if (self._per > 1 or days[number].day.weekday() == 0) and at + len(text) < taken:
                cells[at : at + len(text)] = text
                taken = at
        return "".join(cells)[: self.size.width]
