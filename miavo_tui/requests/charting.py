"""Asks the gateway for what the charts show: the sums at once, the latencies when ranked."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from miavo_tui.requests.ranges import span_seconds
from miavo_tui.usage_query import UsageQuery
from miavo_tui.usage_records import Span, UsageTotals

if TYPE_CHECKING:
    from miavo_tui.client import GatewayClient

__all__ = ["ChartQuestion", "Charted", "charted", "spans_of", "whole_time"]

_LEAST_REFRESH = 2.0
_SHARE = 12
"""Of the time, at most one part in so many goes into counting anew."""


@dataclass(frozen=True, slots=True)
class ChartQuestion:
    """What is charted: a query that has a beginning, and how long its spans are."""

    query: UsageQuery
    seconds: int


@dataclass(frozen=True, slots=True)
class Charted:
    """What came of it."""

    spans: Sequence[Span]
    totals: UsageTotals | None
    groups: Mapping[str, Sequence[UsageTotals]]
    """By what they are grouped."""
    ranked: bool
    """Whether latencies are in it."""
    took: float
    """Seconds."""

    @property
    def refresh_after(self) -> float:
        """Seconds after which to count anew, so that counting is a small part of the work."""
        return max(_LEAST_REFRESH, self.took * _SHARE)


async def whole_time(client: GatewayClient, query: UsageQuery) -> UsageQuery:
    """The query with a beginning: that of the oldest row where it has none."""
    if query.since is not None:
        return query
    page = await client.usage.page(query, limit=1, after=0)
    began = page.rows[0].started_at if page.rows else datetime.now(UTC) - timedelta(hours=1)
    return replace(query, since=began)


def spans_of(query: UsageQuery, cells: int) -> ChartQuestion:
    """The question whose answer fills so many cells; its beginning is that of a span."""
    assert query.since is not None, "a chart has a beginning"
    until = query.until or datetime.now(UTC)
    seconds = span_seconds(max(1.0, (until - query.since).total_seconds()), max(2, cells - 1))
    begin = int(query.since.timestamp()) // seconds * seconds
    try:
        since = datetime.fromtimestamp(begin, UTC)
    except ValueError:  # before the year 1
        since = query.since
    return ChartQuestion(replace(query, since=since), seconds)


async def charted(
    client: GatewayClient, question: ChartQuestion, by: Sequence[str]
) -> AsyncIterator[Charted]:
    """What came of a question so far, the quick parts first.

    The sums of spans, then of all and of groups; then, as ranking takes seconds over millions of
    rows, the latencies of spans and of all.

    Args:
        client: whom to ask.
        question: what to ask.
        by: what to group by, as `UsageRecords.totals` takes it.
    """
    began = time.monotonic()
    query, usage = question.query, client.usage
    spans = await usage.spans(query, question.seconds, ranked=False)
    so_far = Charted(spans, None, {}, False, time.monotonic() - began)
    yield so_far
    totals = await usage.totals(query, ranked=False)
    groups = {each: await usage.totals(query, by=each, ranked=False) for each in by}
    so_far = replace(so_far, totals=_only(totals), groups=groups)
    yield so_far
    spans = await usage.spans(query, question.seconds)
    so_far = replace(so_far, spans=spans, ranked=True)
    yield so_far
    totals = await usage.totals(query)
    yield replace(so_far, totals=_only(totals), took=time.monotonic() - began)


def _only(totals: Sequence[UsageTotals]) -> UsageTotals | None:
    return totals[0] if totals else None
