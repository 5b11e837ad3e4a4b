"""Where money moves, and nowhere else.

A request's row and its hold are written before the request leaves, and the row is settled once,
when it ends: the hold is released and the cost charged in the same transaction. What a crash left
open is closed at the next start as `interrupted`, its hold released. The balance of an account is
the sum of its entries at any moment.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from miavo_gateway.attempts import begin_attempts
from miavo_gateway.catalogue import Kind, Model
from miavo_gateway.clock import now_us
from miavo_gateway.errors import BudgetExhausted, MiavoError
from miavo_gateway.flow.funds import Funds, usd
from miavo_gateway.flow.key import Key
from miavo_gateway.flow.keys import DEFAULT_ACCOUNT, Keys
from miavo_gateway.flow.ledger_rows import (
    CLOSE_MEASURED,
    CLOSE_USAGE,
    INSERT_ENTRY,
    INSERT_USAGE,
    MEASURES,
    TOUCH_KEY,
    close_interrupted,
    closing_entries,
    closing_row,
    entry,
    kept_message,
    open_for_videos,
    opening_row,
    spent_in_period,
)
from miavo_gateway.flow.open_rows import OpenRows
from miavo_gateway.flow.pricing import cost_nano
from miavo_gateway.flow.ticket import HoldRange, Outcome, Ticket
from miavo_gateway.log import log
from miavo_gateway.observe.observer import Observer
from miavo_gateway.store.tables import EntryKind, UsageState, ledger_entry_table, usage_table
from miavo_gateway.store.writer import GroupCommitWriter, Rows

__all__ = ["Ledger"]

_WAIT_SECONDS = 30.0
_PAUSES = (0.1, 0.5, 2.0)
_LATE_PAUSE = 5.0
"""Seconds between the tries of a settlement whose caller waits no longer."""
_INSERT_REFUSED = insert(usage_table)


class Ledger:
    """Adds credit; opens, extends and settles requests."""

    def __init__(
        self, engine: AsyncEngine, writer: GroupCommitWriter, keys: Keys, observer: Observer
    ) -> None:
        self._engine = engine
        self._writer = writer
        self._keys = keys
        self.observer = observer
        self.funds = Funds()
        self._row_ids = itertools.count(1)
        self._open_rows = OpenRows()
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}
        self._late: set[asyncio.Task[None]] = set()

    @property
    def holds_open(self) -> int:
        """How many requests have a hold that is not settled."""
        return len(self._open_rows)

    async def load(self) -> int:
        """Close what a crash left open, and read the balances; how many rows were closed."""
        closed = await self._writer.write(close_interrupted)
        entries = ledger_entry_table.c
        now = now_us()
        async with self._engine.connect() as connection:
            # Given here and not by the database: a statement for many rows could not tell them.
            newest = await connection.scalar(select(func.max(usage_table.c.id)))
            self._row_ids = itertools.count((newest or 0) + 1)
            sums = await connection.execute(
                select(entries.account_id, func.sum(entries.amount_nano)).group_by(
                    entries.account_id
                )
            )
            for account_id, amount in sums:
                self.funds.load(account_id, int(amount))
            for key in self._keys.all():
                if key.terms.budget_nano is None:
                    continue
                spent = await connection.scalar(spent_in_period(key, now))
                self.funds.load_spent(key, int(spent or 0), now)
        return closed

    async def add(
        self, kind: EntryKind, amount: int, note: str | None, account_id: str = DEFAULT_ACCOUNT
    ) -> int:
        """Add credit, or adjust; the balance after it. Durable on return."""
        moved = entry(account_id, None, None, kind, amount, note=note)
        await self._writer.put(Rows(INSERT_ENTRY, (moved,)))
        self.funds.add(account_id, amount)
        self._wake(account_id)
        return self.funds.available(account_id)

    async def count_spent(self, key: Key) -> None:
        """Count what a key has spent in its budget's period: the budget or the period is new."""
        now = now_us()
        column = usage_table.c
        with self._open_rows.count(key.id, next(self._row_ids)) as count:
            spent_before = (
                spent_in_period(key, now)
                .where(column.id < count.behind)
                .where(column.id.not_in(count.open))
            )
            async with self._engine.connect() as connection:
                spent = await connection.scalar(spent_before)
            self.funds.load_spent(key, int(spent or 0) + count.charged, now)

    async def open(
        self,
        request_id: str,
        key: Key,
        model: Model,
        *,
        endpoint: str,
        stream: bool,
        hold: HoldRange,
    ) -> Ticket:
        """Hold the money and write the row of a request that is about to leave.

        Both are durable on return.

        Raises:
            BudgetExhausted: the credit or the key's budget does not cover it; nothing is written.
        """
        held = await self._take(key, hold) if hold.wanted > 0 else 0
        ticket = Ticket(request_id, key, model, now_us(), time.monotonic(), held)
        ticket.attempts = begin_attempts()
        ticket.row = opening_row(ticket, next(self._row_ids), endpoint, stream=stream)
        rows = [Rows(INSERT_USAGE, (ticket.row,))]
        if held:
            moved = entry(key.account_id, key.id, request_id, EntryKind.HOLD, -held)
            rows.append(Rows(INSERT_ENTRY, (moved,)))
        if self._keys.used(key.id, ticket.started_at):
            touched = {"touched_key": key.id, "last_used_at": ticket.started_at}
            rows.append(Rows(TOUCH_KEY, (touched,)))
        self._open_rows.open(ticket.row["id"])
        try:
            # What a power cut takes of it has not been charged.
            await self._writer.put(*rows, durable=False)
        except asyncio.CancelledError:
            # The write goes on without its caller, so the row will have to be settled.
            await asyncio.shield(
                asyncio.ensure_future(self.settle(ticket, Outcome(UsageState.CANCELLED)))
            )
            raise
        except BaseException:
            self._open_rows.close(ticket.row["id"], key.id, 0)
            self.funds.settle(key, held, 0, now_us())
            self._wake(key.account_id)
            raise
        self.observer.started(ticket.row)
        return ticket

    async def resume(self, models: Callable[[str], Model | None]) -> dict[str, Ticket]:
        """The tickets of requests that live on in video tasks, by the id of the request.

        To be called once, after `load`, whose balances lack what these hold.

        Args:
            models: the model of a slug; one that is gone from the catalogue costs nothing.
        """
        async with self._engine.connect() as connection:
            rows = list((await connection.execute(open_for_videos())).mappings())
        tickets = {}
        now = now_us()
        for row in rows:
            model = models(row["slug"]) or Model(row["slug"], "", row["provider"], Kind.VIDEO, "")
            key = self._keys.get(row["key_id"])
            began = row["started_at"]
            clock = time.monotonic() - max(0, now - began) / 1_000_000
            held = max(0, -int(row["moved"]))
            ticket = Ticket(row["request_id"], key, model, began, clock, held)
            ticket.row = {name: value for name, value in row.items() if name != "moved"}
            self.funds.resume(key, held, now)
            self.outlast(ticket)
            self._open_rows.open(ticket.row["id"])
            tickets[ticket.request_id] = ticket
        return tickets

    def outlast(self, ticket: Ticket) -> None:
        """Let nobody wait for the hold of a request that takes minutes."""
        self.funds.outlast(ticket.key, ticket.held - ticket.lasting)
        ticket.lasting = ticket.held
        self._wake(ticket.key.account_id)

    async def refuse(
        self,
        request_id: str,
        key: Key,
        model: Model,
        *,
        endpoint: str,
        stream: bool,
        error: MiavoError,
    ) -> None:
        """Write the row of a request that reached no upstream; durable on return."""
        ticket = Ticket(request_id, key, model, now_us(), time.monotonic())
        opened = opening_row(ticket, next(self._row_ids), endpoint, stream=stream)
        row = opened | {
            "state": UsageState.FAILED.value,
            "status": error.status,
            "error_code": error.code,
            "error_message": kept_message(error),
            "duration_us": 0,
        }
        await self._writer.put(Rows(_INSERT_REFUSED, (row,)))
        self.observer.ended(row)

    async def extend(self, ticket: Ticket, amount: int) -> bool:
        """Hold more for a reply that grows; False when nothing is left to hold.

        Less than `amount` is held where that is all there is. Durable on return.
        """
        try:
            more = self.funds.take(ticket.key, 1, amount, now_us(), wait=False)
        except BudgetExhausted:
            return False
        assert more is not None, "without waiting there is always an answer"
        ticket.held += more
        key = ticket.key
        moved = entry(key.account_id, key.id, ticket.request_id, EntryKind.HOLD, -more)
        await self._writer.put(Rows(INSERT_ENTRY, (moved,)))
        return True

    async def settle(self, ticket: Ticket, outcome: Outcome) -> None:
        """Complete a row: release its hold and charge its cost, once; durable on return.

        Raises:
            DBAPIError: the database refused it for seconds. It goes on being tried in the
                background, with the money held meanwhile.
        """
        if ticket.settled:
            return
        ticket.settled = True
        key = ticket.key
        prices = (outcome.answered_by or ticket.model).prices
        cost = cost_nano(prices, outcome.usage, outcome.tier)
        recorded = ticket.held
        ticket.held += self.funds.take_rest(key, (cost or 0) - ticket.held)
        charged = min(cost or 0, ticket.held)
        if cost is not None and charged < cost:
            log.warning(
                "%s cost %s, and %s could be charged", ticket.request_id, usd(cost), usd(charged)
            )
        values = closing_row(ticket, outcome, cost)
        # The money stays held until the row is durable: what a crash would take back is not
        # spent meanwhile.
        closed = {"closed_request": ticket.request_id, **values}
        entries = closing_entries(ticket, recorded, charged)
        try:
            await self._write_surely(closed, entries, _PAUSES)
        except DBAPIError:
            late = asyncio.create_task(
                self._settle_late(ticket, values, closed, entries, charged), name="settle-late"
            )
            self._late.add(late)
            late.add_done_callback(self._late.discard)
            raise
        self._settled(ticket, values, charged)

    async def close(self) -> None:
        """Stop trying what the database still refuses; the next start closes those rows."""
        for late in tuple(self._late):
            late.cancel()
        await asyncio.gather(*self._late, return_exceptions=True)

    async def _settle_late(
        self,
        ticket: Ticket,
        values: dict[str, Any],
        closed: dict[str, Any],
        entries: list[dict[str, Any]],
        charged: int,
    ) -> None:
        await asyncio.sleep(_LATE_PAUSE)
        await self._write_surely(closed, entries, itertools.repeat(_LATE_PAUSE))
        log.info("%s is settled after all", ticket.request_id)
        self._settled(ticket, values, charged)

    def _settled(self, ticket: Ticket, values: dict[str, Any], charged: int) -> None:
        self.funds.settle(ticket.key, ticket.held, charged, now_us(), lasting=ticket.lasting)
        self._open_rows.close(ticket.row["id"], ticket.key.id, charged)
        self._wake(ticket.key.account_id)
        self.observer.ended({**ticket.row, **values})

    async def _write_surely(
        self, closed: dict[str, Any], entries: list[dict[str, Any]], pauses: Iterable[float]
    ) -> None:
        """Write what must not be lost, again after each pause while the database refuses it."""

        def once(connection: Connection) -> None:
            """What is asked anew may have been written before the answer was lost."""
            if connection.execute(CLOSE_USAGE, closed).rowcount and entries:
                connection.execute(INSERT_ENTRY, entries)

        # A statement's rows all have the same columns, and few requests use more than tokens.
        statement = CLOSE_MEASURED if MEASURES[0] in closed else CLOSE_USAGE
        rows = [Rows(statement, (closed,), exactly=True)]
        if entries:
            rows.append(Rows(INSERT_ENTRY, entries))
        for pause in pauses:
            try:
                return await self._writer.put(*rows, alone=once)
            except DBAPIError as error:
                log.warning(
                    "the database refused a settlement, once more in %.1f s: %s", pause, error.orig
                )
                await asyncio.sleep(pause)
        return await self._writer.put(*rows, alone=once)

    async def _take(self, key: Key, hold: HoldRange) -> int:
        """Hold money, in turn behind those who wait already."""
        waiting = self._waiting.setdefault(key.account_id, deque())
        deadline = time.monotonic() + _WAIT_SECONDS
        first = True
        try:
            while True:
                late = time.monotonic() >= deadline
                if late or not (first and waiting):
                    held = self.funds.take(key, hold.least, hold.wanted, now_us(), wait=not late)
                    if held is not None:
                        return held
                turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                # Who has waited keeps the head of the queue.
                waiting.append(turn) if first else waiting.appendleft(turn)
                first = False
                await asyncio.wait({turn}, timeout=max(0.0, deadline - time.monotonic()))
                if turn in waiting:
                    waiting.remove(turn)
        finally:
            if not first:
                self._wake(key.account_id)

    def _wake(self, account_id: str) -> None:
        waiting = self._waiting.get(account_id)
        while waiting:
            turn = waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
