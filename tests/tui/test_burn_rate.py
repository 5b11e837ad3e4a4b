"""How long credit lasts: exact, and told neither from a minute nor from days without spend."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from miavo_tui.burn_rate import BurnRate, burn_rate
from miavo_tui.money_records import SpendOfDay

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def days(*costs: str) -> list[SpendOfDay]:
    first = date(2026, 3, 10) - timedelta(days=len(costs) - 1)
    return [
        SpendOfDay(first + timedelta(days=number), 1, Decimal(cost))
        for number, cost in enumerate(costs)
    ]


@pytest.mark.parametrize(
    ("costs", "per_day"),
    [
        (("0", "0", "0"), "0"),
        (("0", "0", "3"), "3"),  # of today alone, a whole day is the least
        (("0", "2", "1"), "2"),  # a day and a half
        (("99", "6.5", "0", "0", "0", "0", "0", "0"), "1"),  # seven days, the eighth is over
    ],
)
def test_a_rate(costs: tuple[str, ...], per_day: str) -> None:
    assert burn_rate(days(*costs), NOON).per_day == Decimal(per_day)


def test_what_is_left_lasts_as_long_as_its_rate_says() -> None:
    assert BurnRate(Decimal("0.5"), 7).days_left(Decimal(10)) == 20
    assert BurnRate(Decimal("0.5"), 7).days_left(Decimal(-1)) == 0
    assert BurnRate(Decimal(0), 7).days_left(Decimal(10)) is None
