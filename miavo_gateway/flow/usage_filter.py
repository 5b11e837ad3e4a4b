"""Which usage rows: the same filter for pages of rows, for their number and for their totals."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from miavo_gateway.store.tables import UNCOMPLETED, UsageState, api_key_table, usage_table

__all__ = ["ERROR_STATES", "Searched", "UsageFilter", "narrowed"]

ERROR_STATES = (UsageState.FAILED, UsageState.TRUNCATED, UsageState.INTERRUPTED)
"""How a request ends that went wrong."""

_IN = ("key_id", "slug", "provider", "state", "status")
_REQUEST_ID = "req_"
_ID_LENGTH = 28
_UNCOMPLETED_STATES = frozenset(UsageState) - {UsageState.OPEN, UsageState.COMPLETED}


@dataclass(frozen=True, slots=True)
class Searched:
    """A text to be found in a row; a row has only the ids of what people know by name."""

    text: str
    """In lower case."""
    key_ids: tuple[str, ...] = ()
    """Keys whose name has it."""
    slugs: tuple[str, ...] = ()
    """Models whose slug or name has it."""


@dataclass(frozen=True, slots=True)
class UsageFilter:
    """Which rows; None or nothing is any. Times are Unix microseconds, `until` is not included.

    Of several values, one has to be met.
    """

    since: int | None = None
    until: int | None = None
    key_id: str | Collection[str] | None = None
    slug: str | Collection[str] | None = None
    provider: str | Collection[str] | None = None
    state: str | Collection[str] | None = None
    status: Collection[int] | None = None
    account_id: str | None = None
    searched: Searched | None = None


def narrowed(query: Select[Any], rows: UsageFilter) -> Select[Any]:
    """A query over the usage table, less the rows that do not pass."""
    column = usage_table.c
    for name in _IN:
        if (wanted := getattr(rows, name)) is not None:
            values = [wanted] if isinstance(wanted, str) else list(wanted)
            query = query.where(_is_one_of(column[name], values))
            if name == "state" and _UNCOMPLETED_STATES.issuperset(values):
                query = query.where(UNCOMPLETED)
    if rows.account_id is not None:
        # A key stays with its account, so its requests need not name it.
        keys = select(api_key_table.c.id).where(api_key_table.c.account_id == rows.account_id)
        query = query.where(column.key_id.in_(keys))
    if rows.since is not None:
        query = query.where(column.started_at >= rows.since)
    if rows.until is not None:
        query = query.where(column.started_at < rows.until)
    if rows.searched is not None:
        query = query.where(_has(rows.searched))
    return query


def _is_one_of(column: ColumnElement[Any], values: list[Any]) -> ColumnElement[bool]:
    if len(values) == 1:
        same: ColumnElement[bool] = column == values[0]
        return same
    # Kept from the column's index: of several values it gives rows in no order, and all of them
    # would have to be sorted for one page.
    met: ColumnElement[bool] = func.coalesce(column, values[0] if values else "").in_(values)
    return met


def _has(searched: Searched) -> ColumnElement[bool]:
    column = usage_table.c
    if searched.text.startswith(_REQUEST_ID) and len(searched.text) >= _ID_LENGTH:
        # A whole id is found in its index; nothing else looks like one.
        same: ColumnElement[bool] = column.request_id == searched.text
        return same
    found: list[ColumnElement[bool]] = [
        func.lower(each).contains(searched.text, autoescape=True)
        for each in (column.request_id, column.error_code, column.state, column.endpoint)
    ]
    # By its provider and by who answered, a model is found as well.
    found += [
        each.contains(searched.text, autoescape=True)
        for each in (column.slug, column.provider, column.answered_by)
    ]
    found += [column.key_id.in_(searched.key_ids)] if searched.key_ids else []
    found += [column.slug.in_(searched.slugs)] if searched.slugs else []
    return or_(*found)
