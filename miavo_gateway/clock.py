"""Time, in the units the tables keep."""

from __future__ import annotations

import time
from datetime import UTC, datetime

__all__ = ["iso", "now_us"]


def now_us() -> int:
    """Unix time in microseconds."""
    return time.time_ns() // 1_000


def iso(us: int) -> str:
    """Unix microseconds as ISO 8601 in UTC, to the millisecond."""
    return datetime.fromtimestamp(us / 1_000_000, UTC).isoformat(timespec="milliseconds")
