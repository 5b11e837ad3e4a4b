"""How fast credit is spent, and how long it lasts at that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from miavo_tui.money_records import SpendOfDay

__all__ = ["BurnRate", "burn_rate"]

_DAYS = 7
_DAY = 86_400
_FOR_EVER = 36_500


@dataclass(frozen=True, slots=True)
class BurnRate:
    """Dollars a day, over the last days."""

    per_day: Decimal
    days: int
    """Over how many days, today included."""

    def days_left(self, balance: Decimal) -> Decimal | None:
        """How many days a balance lasts; None if it lasts for as long as anyone looks ahead."""
        if self.per_day <= 0:
            return None
        left = max(Decimal(0), balance) / self.per_day
        return left if left < _FOR_EVER else None


def burn_rate(days: Sequence[SpendOfDay], now: datetime) -> BurnRate:
    """What was spent in the last seven days, a day.

    Days before the first spend do not count, so that a gateway of yesterday is not told to burn a
    seventh of what it does; a day is the least, so that its first minute tells of no fortune.

    Args:
        days: the last of them today, in UTC.
        now: how far today has come.
    """
    last = list(days)[-_DAYS:]
    while last and not last[0].cost_usd:
        last.pop(0)
    if not last:
        return BurnRate(Decimal(0), _DAYS)
    began = datetime.combine(last[0].day, time(), UTC)
    elapsed = max(now - began, timedelta(days=1))
    spent = sum((one.cost_usd for one in last), Decimal(0))
    return BurnRate(spent * _DAY / Decimal(elapsed.total_seconds()), len(last))
