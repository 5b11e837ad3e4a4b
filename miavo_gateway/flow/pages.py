"""Pages of what is on record: usage rows and ledger entries, newest first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    RowMapping,
    Select,
    func,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncEngine

from miavo_gateway.flow.usage_filter import UsageFilter, narrowed
from miavo_gateway.store.tables import (
    BY_HAND,
    ENTERED_BY_HAND,
    ledger_entry_table,
    usage_table,
)

__all__ = ["EntryExtent", "EntryFilter", "Extent", "Page", "Pages"]


_LAST_CHARACTER = "\uffff"


@dataclass(frozen=True, slots=True)
class Page:
    """Where a page is: `limit` rows older than the row `before`; the newest if that is None.

    With `after` it is the rows next to that one on its newer side instead: after 0, the oldest.
    """

    limit: int
    before: int | None = None
    after: int | None = None

    def goes_on(self, found: int) -> bool:
        """Whether there may be older rows than the so many that were found."""
        # Seen from the oldest, what is behind the page's far end cannot be told without looking.
        return found == self.limit or bool(found and self.after)


@dataclass(frozen=True, slots=True)
class Extent:
    """How many rows there are, and between which; None where there is none."""

    count: int
    oldest: int | None
    newest: int | None


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which ledger entries; None is any. Times are Unix microseconds, `until` is not included.

    Of several values, one has to be met.
    """

    since: int | None = None
    until: int | None = None
    kind: tuple[str, ...] | None = None
    key_id: tuple[str, ...] | None = None
    account_id: str | None = None
    text: str | None = None
    """To be found in the note, to begin the id of the request, or of a key in `text_keys`."""
    text_keys: tuple[str, ...] = ()
    """Ids of the keys whose name has the text."""


@dataclass(frozen=True, slots=True)
class EntryExtent(Extent):
    """How many entries there are, and what they come to in nano-dollars."""

    amount: int


class Pages:
    """Reads by keyset, so that a page far back costs no more than the first."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def usage(self, page: Page, rows: UsageFilter) -> list[RowMapping]:
        """Requests, newest first."""
        number = usage_table.c.id
        query = _turned_to(page, select(usage_table), number)
        async with self._engine.connect() as connection:
            if (ends := _ends(rows)) is not None:
                # Rows stand in the order of their numbers, which is nearly that of time: the page
                # is looked for between the first and the last row of the time, not from the end.
                first, last = (await connection.execute(ends)).one()
                if first is None:
                    return []
                query = query.where(number.between(first, last)).where(_in_time(rows))
            query = narrowed(query, replace(rows, since=None, until=None))
            found = list((await connection.execute(query)).mappings())
        return found if page.after is None else found[::-1]

    async def usage_extent(self, rows: UsageFilter) -> Extent:
        """How many requests there are, and the numbers of the first and last of them."""
        number = usage_table.c.id
        wanted: list[Any] = [func.count(), func.min(number), func.max(number)]
        query = select(*wanted).select_from(usage_table)
        async with self._engine.connect() as connection:
            count, oldest, newest = (await connection.execute(narrowed(query, rows))).one()
        return Extent(int(count), oldest, newest)

    async def entries(self, page: Page, entries: EntryFilter) -> list[RowMapping]:
        """Movements of money."""
        query = _turned_to(page, select(ledger_entry_table), ledger_entry_table.c.id)
        async with self._engine.connect() as connection:
            query = self._passing(query, entries)
            found = list((await connection.execute(query)).mappings())
        return found if page.after is None else found[::-1]

    async def entry_extent(self, entries: EntryFilter) -> EntryExtent:
        """How many movements there are, what they come to, and the first and last of them."""
        column = ledger_entry_table.c
        wanted: list[Any] = [
            func.count(),
            func.min(column.id),
            func.max(column.id),
            func.coalesce(func.sum(column.amount_nano), 0),
        ]
        query = self._passing(select(*wanted).select_from(ledger_entry_table), entries)
        async with self._engine.connect() as connection:
            count, oldest, newest, amount = (await connection.execute(query)).one()
        return EntryExtent(int(count), oldest, newest, int(amount))

    def _passing(self, query: Select[Any], entries: EntryFilter) -> Select[Any]:
        return _passing(query, entries, bytewise=self._engine.dialect.name == "sqlite")


def _turned_to(page: Page, query: Select[Any], number: ColumnElement[int]) -> Select[Any]:
    """The rows of a page, those next to where it is first."""
    query = query.limit(page.limit)
    if page.after is not None:
        return query.where(number > page.after).order_by(number.asc())
    if page.before is not None:
        query = query.where(number < page.before)
    return query.order_by(number.desc())


def _passing(query: Select[Any], entries: EntryFilter, *, bytewise: bool) -> Select[Any]:
    column = ledger_entry_table.c
    by_hand = entries.kind is not None and set(entries.kind) <= set(BY_HAND)
    if entries.account_id is not None:
        # Among the few made by hand it is sought in them, not in the index of all it has.
        account = func.coalesce(column.account_id, "") if by_hand else column.account_id
        query = query.where(account == entries.account_id)
    if entries.kind is not None:
        query = query.where(column.kind.in_(entries.kind))
        if by_hand:
            query = query.where(ENTERED_BY_HAND)
    if entries.key_id is not None:
        query = query.where(column.key_id.in_(entries.key_id))
    if entries.since is not None:
        query = query.where(column.created_at >= entries.since)
    if entries.until is not None:
        query = query.where(column.created_at < entries.until)
    if entries.text is not None:
        query = query.where(
            column.id.in_(_with_text(entries.text, entries.text_keys, bytewise=bytewise))
        )
    return query


def _with_text(text: str, key_ids: tuple[str, ...], *, bytewise: bool) -> CompoundSelect[Any]:
    """The ids of entries with a text, each way of having it through an index of its own.

    Args:
        text: what is sought.
        key_ids: of keys that have it in their name.
        bytewise: whether the database orders texts by their bytes, as SQLite does: then what
            begins with a text stands together in an index.
    """
    column = ledger_entry_table.c
    begins = column.request_id.startswith(text, autoescape=True)
    if bytewise:
        begins = (column.request_id >= text) & (column.request_id < text + _LAST_CHARACTER)
    number = select(column.id)
    found = [
        # People write notes, and requests have none.
        number.where(ENTERED_BY_HAND).where(
            func.lower(column.note).contains(text, autoescape=True)
        ),
        number.where(begins),
    ]
    if key_ids:
        found.append(number.where(column.key_id.in_(key_ids)))
    return union_all(*found)


def _ends(rows: UsageFilter) -> Select[Any] | None:
    """A query for the numbers of the first and last row of a time; its index alone is read."""
    if rows.since is None and rows.until is None:
        return None
    number = usage_table.c.id
    query: Select[Any] = select(func.min(number), func.max(number))
    return narrowed(query, UsageFilter(since=rows.since, until=rows.until))


def _in_time(rows: UsageFilter) -> ColumnElement[bool]:
    """The same time, kept from its index: that gives rows in another order than a page's."""
    began = func.coalesce(usage_table.c.started_at, 0)
    since = began >= (rows.since or 0)
    return since if rows.until is None else since & (began < rows.until)
