"""The columns of the list of requests, as many as there is room for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from miavo_tui.amount_text import brief_milliseconds
from miavo_tui.generation_speed import tokens_per_second
from miavo_tui.plain_text import printable_line
from miavo_tui.requests.measures import brief_in_and_out, used_anything
from miavo_tui.requests.states import look_of, state_words
from miavo_tui.usage_records import UsageRow

__all__ = ["UsageColumn", "cost_text", "usage_columns"]

GAP = 2
_LEAST_MODEL = 15
_MOST_MODEL = 34
_LESS_NEEDED = 6
_SPARE_FOR_MODEL = 9
_ROOM_FOR_DATES = 12


@dataclass(frozen=True, slots=True)
class UsageColumn:
    """One column."""

    name: str
    title: str
    width: int
    cell: Callable[[UsageRow], str]
    right: bool = False
    place: int = 0
    """Columns come into the list in this order, as room allows."""


def cost_text(cost: Decimal | None, *, used: bool = True) -> str:
    """A cost in a narrow column: four digits that count, cents at least."""
    if cost is None:
        return "unpriced" if used else "—"
    if cost == 0:
        return "$0"
    if cost >= 1_000:
        return f"${cost:,.0f}"
    if cost >= Decimal("0.995"):
        return f"${cost:,.2f}"
    if cost < Decimal("0.0000005"):
        return "<$.000001"
    return f"${cost:.6f}".rstrip("0")


def _time(row: UsageRow) -> str:
    began = row.started_at.astimezone()
    today = began.date() == datetime.now(began.tzinfo).date()
    return f"{began:%H:%M:%S}" if today else f"{began:%b %d}"


def _full_time(row: UsageRow) -> str:
    return f"{row.started_at.astimezone():%b %d %H:%M:%S}"


def _model(row: UsageRow) -> str:
    """The model asked for, who answered in its place, and whether it was simulated."""
    slug = f"{row.slug} → {row.answered_by}" if row.answered_by else row.slug
    return f"◍ {slug}" if row.simulated else slug


def _speed(row: UsageRow) -> str:
    rate = tokens_per_second(row.output_tokens, row.first_token_ms, row.duration_ms)
    return "" if rate is None else f"{rate:.0f}/s"


def _cost(row: UsageRow) -> str:
    if row.state == "open":
        return ""
    return cost_text(row.cost_usd, used=used_anything(row))


def _duration(ms: float | None) -> str:
    return "" if not ms else brief_milliseconds(ms)


_ALL = (
    UsageColumn("time", "began", 8, _time, place=0),
    UsageColumn(
        "state", "state", 13, lambda row: f"{look_of(row).symbol} {state_words(row)}", place=1
    ),
    UsageColumn("model", "model", _LEAST_MODEL, _model, place=2),
    UsageColumn("provider", "provider", 10, lambda row: row.provider, place=9),
    UsageColumn("key", "key", 14, lambda row: printable_line(row.key_name or ""), place=6),
    UsageColumn("input", "in", 5, lambda row: brief_in_and_out(row)[0], right=True, place=4),
    UsageColumn("output", "out", 5, lambda row: brief_in_and_out(row)[1], right=True, place=4),
    UsageColumn(
        "first", "first", 6, lambda row: _duration(row.first_token_ms), right=True, place=7
    ),
    UsageColumn("took", "took", 6, lambda row: _duration(row.duration_ms), right=True, place=3),
    UsageColumn("speed", "speed", 6, _speed, right=True, place=8),
    UsageColumn("cost", "cost", 9, _cost, right=True, place=5),
)


@lru_cache(maxsize=32)
def usage_columns(width: int) -> tuple[UsageColumn, ...]:
    """Those that fit into `width` cells; the model takes what is left."""
    room = width - 1
    kept: set[str] = set()
    for column in sorted(_ALL, key=lambda each: each.place):
        # What is less needed than the model's whole name comes when that has room.
        spare = _SPARE_FOR_MODEL if column.place >= _LESS_NEEDED else 0
        if column.width + GAP + spare <= room:
            kept.add(column.name)
            room -= column.width + GAP
    more: dict[str, dict[str, Any]] = {}
    if room > _ROOM_FOR_DATES:
        more["time"] = {"width": 15, "cell": _full_time}
        room -= 7
    wider = max(0, min(room, _MOST_MODEL - _LEAST_MODEL))
    more["model"] = {"width": _LEAST_MODEL + wider}
    return tuple(
        replace(column, **more.get(column.name, {})) for column in _ALL if column.name in kept
    )
