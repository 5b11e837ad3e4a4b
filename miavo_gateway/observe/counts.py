"""The running counts of one gateway, kept as plain numbers until somebody asks for them.

A request adds to a few dictionaries here; the labels and the text of an exposition format are
made when they are asked for.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

__all__ = ["BOUNDS", "BUCKETS", "Counts", "Histogram", "Took"]

_LATEST = 4_096

BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
"""The upper ends of the histograms' buckets, in seconds; one without an end follows."""

BUCKETS = (
    "uncached_input",
    "cache_read",
    "cache_write",
    "output",
    "reasoning",
    "audio_input",
    "audio_output",
)
"""The columns of a usage row that count tokens. `reasoning` is a part of `output`."""


class Histogram:
    """How often a duration fell between which bounds."""

    __slots__ = ("_counts", "total")

    def __init__(self) -> None:
        self._counts = [0] * (len(BOUNDS) + 1)
        self.total = 0.0
        """The sum of the durations, in seconds."""

    def add(self, seconds: float) -> None:
        """Count one duration; a bound belongs to the bucket that it ends."""
        self._counts[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds

    def cumulative(self) -> list[tuple[str, float]]:
        """Upper end and how many durations were at most that; the last end is `+Inf`."""
        ends = [*(str(bound) for bound in BOUNDS), "+Inf"]
        return list(zip(ends, map(float, accumulate(self._counts)), strict=True))


@dataclass(frozen=True, slots=True)
class Took:
    """How long one request took; microseconds."""

    ended_at: int
    """Unix time."""
    duration_us: int
    first_token_us: int | None


@dataclass(slots=True)
class Counts:
    """Everything counted since the gateway started."""

    requests: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    """By slug, provider, status and state."""
    tokens: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By slug and bucket."""
    cost_nano: Counter[str] = field(default_factory=Counter)
    """Nano-dollars by slug; an unpriced model is absent."""
    duration: defaultdict[str, Histogram] = field(default_factory=lambda: defaultdict(Histogram))
    """Seconds from the hold to the end, by slug."""
    first_token: defaultdict[str, Histogram] = field(default_factory=lambda: defaultdict(Histogram))
    """Seconds from the hold to the first token, by slug."""
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    """HTTP answers of every endpoint, by route and status."""

    latest: deque[Took] = field(default_factory=lambda: deque(maxlen=_LATEST))
    """The requests that ended last, oldest first."""

    def add_row(self, row: Mapping[str, Any]) -> None:
        """Count a request by its usage row, as the table has it."""
        slug = row["slug"]
        self.requests[slug, row["provider"], str(row["status"]), row["state"]] += 1
        for bucket in BUCKETS:
            # A row has the columns that were written.
            if count := row.get(bucket):
                self.tokens[slug, bucket] += count
        if (cost := row["cost_nano"]) is not None:
            self.cost_nano[slug] += cost
        # A request that was turned away at once took no time that says anything.
        if duration := row["duration_us"]:
            self.duration[slug].add(duration / 1_000_000)
            ended_at = row["started_at"] + duration
            self.latest.append(Took(ended_at, duration, row["first_token_us"]))
        if (first := row["first_token_us"]) is not None:
            self.first_token[slug].add(first / 1_000_000)

    def recent(self, since: int) -> list[Took]:
        """The requests that ended since then (Unix microseconds), as far as they are kept."""
        return [one for one in self.latest if one.ended_at >= since]

    def add_refusal(self, slug: str, provider: str, status: int) -> None:
        """Count a request that a key may not make, or not now, or not pay: it has no row."""
        self.requests[slug, provider, str(status), "refused"] += 1
