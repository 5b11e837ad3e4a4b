"""Sums and percentiles over usage rows, each answer one query that every database understands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, func, literal, null, select
from sqlalchemy.ext.asyncio import AsyncEngine

from miavo_gateway.flow.usage_filter import ERROR_STATES, UsageFilter, narrowed
from miavo_gateway.store.tables import UsageState, usage_table

__all__ = ["GROUPS", "Percentiles", "Totals", "UsageTotals"]

GROUPS = {"model": "slug", "key": "key_id", "provider": "provider", "state": "state"}
"""The columns to group by, by their names in the API."""

_PERCENTS = (50, 95, 99)
_SECOND = 1_000_000
_SAMPLE = 100_000
_SUMMED = ("reasoning", "characters", "images", "milliseconds")


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Microseconds; None where nothing was measured."""

    p50: int | None = None
    p95: int | None = None
    p99: int | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """Requests put together. Percentiles are nearest ranks: values that were measured."""

    requests: int = 0
    errors: int = 0
    unpriced: int = 0
    prompt: int = 0
    cached: int = 0
    output: int = 0
    reasoning: int = 0
    characters: int = 0
    images: int = 0
    milliseconds: int = 0
    cost_nano: int = 0
    duration: Percentiles = Percentiles()
    first_token: Percentiles = Percentiles()


class UsageTotals:
    """Reads the usage rows, in sum."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def sample_step(self, rows: UsageFilter) -> int:
        """The `rank_every` by which some hundred thousand rows are ranked; 1 where there are fewer.

        Ranking a million takes seconds, and a sample of this size tells the same to the eye.
        Counting them first takes a hundredth of what summing them up does.
        """
        query = narrowed(select(func.count()).select_from(usage_table), rows)
        async with self._engine.connect() as connection:
            count = int(await connection.scalar(query) or 0)
        return max(1, count // _SAMPLE)

    async def by(
        self, group: str | None, rows: UsageFilter, *, rank_every: int = 1
    ) -> dict[str | None, Totals]:
        """Totals by a column named in `GROUPS`, the dearest and busiest first.

        Args:
            group: what they have in common. Without one: the totals of all, under None; of no
                rows there are none.
            rows: which rows.
            rank_every: of how many rows one is ranked for the percentiles: 1 for exact ones, 0
                for none.
        """
        column: ColumnElement[Any] = usage_table.c[GROUPS[group]] if group else null()
        if group and rows.since is not None:
            # Kept from its own index: by that, rows of all times would be read to find the few.
            column = func.coalesce(column, "")
        found = await self._totals(column, rows, rank_every)
        ordered = sorted(found, key=lambda one: (-one[1].cost_nano, -one[1].requests, one[0] or ""))
        return dict(ordered)

    async def in_spans(
        self, seconds: int, rows: UsageFilter, *, rank_every: int = 1
    ) -> dict[int, Totals]:
        """Totals by span of time, by the span's start in Unix microseconds, in no order.

        Spans begin at whole multiples of their length since 1970; those without requests are
        left out. `rank_every` is as in `by`.
        """
        width = seconds * _SECOND
        span = usage_table.c.started_at // literal(width)
        found = await self._totals(span, rows, rank_every)
        return {int(number) * width: totals for number, totals in found}

    async def _totals(
        self, group: ColumnElement[Any], rows: UsageFilter, rank_every: int
    ) -> list[tuple[Any, Totals]]:
        if rank_every <= 1:
            return await self._read(_totals(group, rows, percentiles=rank_every == 1))
        sums = await self._read(_totals(group, rows, percentiles=False))
        sample = usage_table.c.id % literal(rank_every) == 0
        ranked = dict(await self._read(_totals(group, rows, percentiles=True, only=sample)))
        nothing = Totals()
        return [
            (
                value,
                replace(
                    totals,
                    duration=ranked.get(value, nothing).duration,
                    first_token=ranked.get(value, nothing).first_token,
                ),
            )
            for value, totals in sums
        ]

    async def _read(self, query: Select[Any]) -> list[tuple[Any, Totals]]:
        async with self._engine.connect() as connection:
            return [(row.group, _from(row)) for row in await connection.execute(query)]


def _totals(
    group: ColumnElement[Any],
    rows: UsageFilter,
    *,
    percentiles: bool,
    only: ColumnElement[bool] | None = None,
) -> Select[Any]:
    """One pass that ranks the durations of each group, and one that sums up.

    Ranking takes most of the time: without `percentiles` there is none. `only` says which of the
    rows are looked at.
    """
    take = _percentiles if percentiles else _no_percentiles
    column = usage_table.c
    ranked = select(
        group.label("group"),
        column.state,
        column.uncached_input,
        column.cache_read,
        column.cache_write,
        column.output,
        column.reasoning,
        column.audio_input,
        column.audio_output,
        column.characters,
        column.images,
        column.milliseconds,
        column.cost_nano,
        *(_ranked("duration", column.duration_us, group) if percentiles else ()),
        *(_ranked("first_token", column.first_token_us, group) if percentiles else ()),
    )
    if only is not None:
        ranked = ranked.where(only)
    row = narrowed(ranked, rows).subquery().c
    prompt = row.uncached_input + row.cache_read + row.cache_write + row.audio_input
    ended_unpriced = row.cost_nano.is_(None) & row.state.not_in(
        [UsageState.OPEN.value, *(state.value for state in ERROR_STATES)]
    )
    return select(
        row.group.label("group"),
        func.count().label("requests"),
        func.sum(case((row.state.in_([state.value for state in ERROR_STATES]), 1), else_=0)).label(
            "errors"
        ),
        func.sum(case((ended_unpriced, 1), else_=0)).label("unpriced"),
        func.sum(prompt).label("prompt"),
        func.sum(row.cache_read).label("cached"),
        func.sum(row.output + row.audio_output).label("output"),
        *(func.sum(row[name]).label(name) for name in _SUMMED),
        func.coalesce(func.sum(row.cost_nano), 0).label("cost_nano"),
        *take("duration", row),
        *take("first_token", row),
    ).group_by(row.group)


def _ranked(
    name: str, value: ColumnElement[Any], group: ColumnElement[Any]
) -> tuple[ColumnElement[Any], ...]:
    """A value, its rank among those of its group, and how many there are."""
    # Databases disagree on whether null sorts first: apart, it disturbs nobody's rank.
    rank = func.row_number().over(partition_by=(group, value.is_(None)), order_by=value)
    return (
        value.label(name),
        rank.label(f"{name}_rank"),
        func.count(value).over(partition_by=group).label(f"{name}_count"),
    )


def _percentiles(name: str, row: Any) -> list[ColumnElement[Any]]:
    value, rank, count = row[name], row[f"{name}_rank"], row[f"{name}_count"]
    return [
        # The smallest value with at least that share of the values at or below it.
        func.min(case((value.is_not(None) & (rank * 100 >= count * percent), value))).label(
            f"{name}_p{percent}"
        )
        for percent in _PERCENTS
    ]


def _no_percentiles(name: str, _row: Any) -> list[ColumnElement[Any]]:
    return [null().label(f"{name}_p{percent}") for percent in _PERCENTS]


def _from(row: Row[Any]) -> Totals:
    found = row._mapping
    # PostgreSQL sums integers as numeric, which arrives as Decimal.
    whole = {
        name: int(found[name])
        for name in (
            "requests",
            "errors",
            "unpriced",
            "prompt",
            "cached",
            "output",
            "cost_nano",
            *_SUMMED,
        )
    }
    duration, first_token = (
        Percentiles(*(found[f"{name}_p{percent}"] for percent in _PERCENTS))
        for name in ("duration", "first_token")
    )
    return Totals(**whole, duration=duration, first_token=first_token)
