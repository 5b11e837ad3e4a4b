"""The chart of spend by day: every day is in it at any width, and its sum is exact."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region

from miavo_tui.money_records import SpendOfDay
from miavo_tui.widgets.spend_days import SpendDays


class Chart(App[None]):
    def compose(self) -> ComposeResult:
        yield SpendDays()


@pytest.mark.parametrize(("width", "columns"), [(120, 90), (92, 90), (48, 45), (20, 18), (3, 1)])
async def test_every_day_is_in_a_column(width: int, columns: int) -> None:
    first = date(2026, 1, 1)
    days = [
        SpendOfDay(first + timedelta(days=number), 1, Decimal("0.000000001"))
        for number in range(90)
    ]
    app = Chart()
    async with app.run_test(size=(width, 10)):
        chart = app.query_one(SpendDays)
        chart.styles.height = 9
        chart.days = days
        assert len(chart.columns) == columns
        assert sum(one.requests for one in chart.columns) == 90
        assert sum(one.cost_usd for one in chart.columns) == Decimal("0.00000009")
        lines = chart.render_lines(Region(0, 0, width, 9))
        assert [line.cell_length for line in lines] == [width] * 9
