"""The time that is looked at: the last hour, the last day, all of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

__all__ = ["ANY_TIME", "RANGES", "TimeRange", "range_named", "span_seconds"]

_STEPS = (
    *(1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200),
    *(86_400, 172_800, 604_800, 1_209_600, 2_592_000),
)


@dataclass(frozen=True, slots=True)
class TimeRange:
    """The last so many seconds; None: all there is."""

    name: str
    seconds: int | None

    def since(self, now: datetime | None = None) -> datetime | None:
        """When it began."""
        if self.seconds is None:
            return None
        return (now or datetime.now(UTC)) - timedelta(seconds=self.seconds)


ANY_TIME = TimeRange("any time", None)
RANGES = (
    TimeRange("last 15 minutes", 900),
    TimeRange("last hour", 3_600),
    TimeRange("last 6 hours", 21_600),
    TimeRange("last 24 hours", 86_400),
    TimeRange("last 7 days", 604_800),
    TimeRange("last 30 days", 2_592_000),
    ANY_TIME,
)


def range_named(name: str) -> TimeRange:
    """The range of a name; any time where there is none."""
    return next((each for each in RANGES if each.name == name), ANY_TIME)


def span_seconds(total: float, most: int) -> int:
    """How long a span is, in seconds a person counts in, so that at most `most` fill a time."""
    least = total / max(1, most)
    fitting = next((step for step in _STEPS if step >= least), None)
    return fitting or math.ceil(least / _STEPS[-1]) * _STEPS[-1]
