"""Where money moves, and nowhere else.

A request's row and its hold are written before the request leaves, and the row is settled once,
when it ends: the hold is released and the cost charged in the same transaction. What a crash left
open is closed at the next start as `interrupted`, its hold released. The balance of an account is
the sum of its entries at any moment.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import CursorResult, func, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from miavo_gateway.catalogue import Model
from miavo_gateway.clock import now_us
from miavo_gateway.errors import BudgetExhausted, MiavoError
from miavo_gateway.flow.funds import Funds, period_start, usd
from miavo_gateway.flow.keys import DEFAULT_ACCOUNT, Key, Keys
from miavo_gateway.flow.pricing import cost_nano
from miavo_gateway.log import log
from miavo_gateway.observe.observer import Observer
from miavo_gateway.store.tables import (
    EntryKind,
    UsageState,
    api_key_table,
    ledger_entry_table,
    usage_table,
)
from miavo_gateway.store.writer import GroupCommitWriter, Operation
from miavo_gateway.usage import UsageBuckets

__all__ = ["HoldRange", "Ledger", "Outcome", "Ticket"]

_WAIT_SECONDS = 30.0
_PAUSES = (0.1, 0.5, 2.0)


@dataclass(frozen=True, slots=True)
class HoldRange:
    """What a request may cost: as short as can be, and at the most. Nano-dollars."""

    least: int = 0
    wanted: int = 0


@dataclass(slots=True)
class Ticket:
    """An open row: what settles it."""

    request_id: str
    key: Key
    model: Model
    started_at: int
    """Unix microseconds."""
    clock: float
    """`time.monotonic()` at the start: a wall clock that jumps changes no duration."""
    held: int = 0
    """Nano-dollars."""
    settled: bool = False
    row: dict[str, Any] = field(default_factory=dict)
    """As it was opened, with its id."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a request ended."""

    state: UsageState
    usage: UsageBuckets = field(default_factory=UsageBuckets)
    finish_reason: str | None = None
    first_token: float | None = None
    """`time.monotonic()` of the first token delivered."""
    error: MiavoError | None = None


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
        self.holds_open = 0
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    async def load(self) -> int:
        """Close what a crash left open, and read the balances; how many rows were closed."""
        closed = await self._writer.write(_close_interrupted)
        entries = ledger_entry_table.c
        now = now_us()
        async with self._engine.connect() as connection:
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
                since = period_start(key.terms.budget_reset, now)
                spent = await connection.scalar(
                    select(func.sum(usage_table.c.cost_nano))
                    .where(usage_table.c.key_id == key.id)
                    .where(usage_table.c.started_at >= since)
                )
                self.funds.load_spent(key, int(spent or 0), now)
        return closed

    async def add(
        self, kind: EntryKind, amount: int, note: str | None, account_id: str = DEFAULT_ACCOUNT
    ) -> int:
        """Add credit, or adjust; the balance after it. Durable on return."""
        entry = _entry(account_id, None, None, kind, amount, note=note)

        async def insert_entry(connection: AsyncConnection) -> None:
            await connection.execute(insert(ledger_entry_table).values(entry))

        await self._writer.write(insert_entry)
        self.funds.add(account_id, amount)
        self._wake(account_id)
        return self.funds.available(account_id)

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
        row = _opening_row(ticket, endpoint, stream=stream)
        ticket.row = row

        async def insert_row(connection: AsyncConnection) -> None:
            made = await connection.execute(insert(usage_table).values(row))
            ticket.row = {"id": _row_id(made), **row}
            await connection.execute(
                update(api_key_table)
                .where(api_key_table.c.id == key.id)
                .values(last_used_at=ticket.started_at)
            )
            if held:
                await connection.execute(
                    insert(ledger_entry_table).values(
                        _entry(key.account_id, key.id, request_id, EntryKind.HOLD, -held)
                    )
                )

        self.holds_open += 1
        try:
            await self._writer.write(insert_row)
        except asyncio.CancelledError:
            # The write goes on without its caller, so the row will have to be settled.
            await asyncio.shield(
                asyncio.ensure_future(self.settle(ticket, Outcome(UsageState.CANCELLED)))
            )
            raise
        except BaseException:
            self.holds_open -= 1
            self.funds.settle(key, held, 0, now_us())
            self._wake(key.account_id)
            raise
        self._keys.used(key.id, ticket.started_at)
        self.observer.started(ticket.row)
        return ticket

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
        row = _opening_row(ticket, endpoint, stream=stream) | {
            "state": UsageState.FAILED.value,
            "status": error.status,
            "error_code": error.code,
            "duration_us": 0,
        }

        async def insert_row(connection: AsyncConnection) -> int:
            made = await connection.execute(insert(usage_table).values(row))
            return _row_id(made)

        self.observer.ended({"id": await self._writer.write(insert_row), **row})

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
        entry = _entry(
            ticket.key.account_id, ticket.key.id, ticket.request_id, EntryKind.HOLD, -more
        )

        async def insert_entry(connection: AsyncConnection) -> None:
            await connection.execute(insert(ledger_entry_table).values(entry))

        await self._writer.write(insert_entry)
        return True

    async def settle(self, ticket: Ticket, outcome: Outcome) -> None:
        """Complete a row: release its hold and charge its cost, once; durable on return."""
        if ticket.settled:
            return
        ticket.settled = True
        key = ticket.key
        cost = cost_nano(ticket.model.prices, outcome.usage)
        recorded = ticket.held
        ticket.held += self.funds.take_rest(key, (cost or 0) - ticket.held)
        charged = min(cost or 0, ticket.held)
        if cost is not None and charged < cost:
            log.warning(
                "%s cost %s, and %s could be charged", ticket.request_id, usd(cost), usd(charged)
            )
        values = _settled_row(ticket, outcome, cost)
        entries = _closing_entries(ticket, recorded, charged)

        async def complete_row(connection: AsyncConnection) -> None:
            done = await connection.execute(
                update(usage_table)
                .where(usage_table.c.request_id == ticket.request_id)
                .where(usage_table.c.state == UsageState.OPEN.value)
                .values(values)
            )
            if done.rowcount and entries:
                await connection.execute(insert(ledger_entry_table), entries)

        # The money stays held until the row is durable: what a crash would take back is not
        # spent meanwhile.
        await self._write_surely(complete_row)
        self.funds.settle(key, ticket.held, charged, now_us())
        self.holds_open -= 1
        self._wake(key.account_id)
        self.observer.ended({**ticket.row, **values})

    async def _write_surely(self, operation: Operation[None]) -> None:
        """Write what must not be lost, again if the database is busy or full for a moment."""
        for pause in _PAUSES:
            try:
                return await self._writer.write(operation)
            except DBAPIError as error:
                log.warning(
                    "the database refused a settlement, once more in %.1f s: %s", pause, error.orig
                )
                await asyncio.sleep(pause)
        return await self._writer.write(operation)

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


def _entry(
    account_id: str,
    key_id: str | None,
    request_id: str | None,
    kind: EntryKind,
    amount: int,
    note: str | None = None,
) -> dict[str, Any]:
    return {
        "account_id": account_id,
        "key_id": key_id,
        "request_id": request_id,
        "kind": kind.value,
        "amount_nano": amount,
        "created_at": now_us(),
        "note": note,
    }


def _opening_row(ticket: Ticket, endpoint: str, *, stream: bool) -> dict[str, Any]:
    return {
        "request_id": ticket.request_id,
        "key_id": ticket.key.id,
        "slug": ticket.model.slug,
        "provider": ticket.model.provider,
        "endpoint": endpoint,
        "stream": stream,
        "state": UsageState.OPEN.value,
        "started_at": ticket.started_at,
    }


def _row_id(made: CursorResult[Any]) -> int:
    """The number that the database gave an inserted row."""
    key = made.inserted_primary_key
    assert key is not None, "one row was inserted"
    return int(key[0])


def _closing_entries(ticket: Ticket, recorded: int, charged: int) -> list[dict[str, Any]]:
    """The entries that end a hold; none where nothing was held and nothing is charged."""
    key = ticket.key
    moves = ((EntryKind.RELEASE, recorded), (EntryKind.SETTLEMENT, -charged))
    return [
        _entry(key.account_id, key.id, ticket.request_id, kind, amount)
        for kind, amount in moves
        if amount
    ]


def _settled_row(ticket: Ticket, outcome: Outcome, cost: int | None) -> dict[str, Any]:
    usage = outcome.usage
    first = outcome.first_token
    return {
        "state": outcome.state.value,
        "status": outcome.error.status if outcome.error else 200,
        "error_code": outcome.error.code if outcome.error else None,
        "finish_reason": outcome.finish_reason,
        "duration_us": round((time.monotonic() - ticket.clock) * 1_000_000),
        "first_token_us": None if first is None else round((first - ticket.clock) * 1_000_000),
        "uncached_input": usage.uncached_input,
        "cache_read": usage.cache_read,
        "cache_write": usage.cache_write,
        "output": usage.output,
        "reasoning": usage.reasoning,
        "cost_nano": cost,
    }


async def _close_interrupted(connection: AsyncConnection) -> int:
    """Release the holds of the requests that a crash left open, and close their rows."""
    entries = ledger_entry_table.c
    open_requests = select(usage_table.c.request_id).where(
        usage_table.c.state == UsageState.OPEN.value
    )
    held = await connection.execute(
        select(
            entries.account_id,
            entries.key_id,
            entries.request_id,
            func.sum(entries.amount_nano),
        )
        .where(entries.request_id.in_(open_requests))
        .group_by(entries.account_id, entries.key_id, entries.request_id)
    )
    releases = [
        _entry(account_id, key_id, request_id, EntryKind.RELEASE, -int(amount))
        for account_id, key_id, request_id, amount in held
        if amount
    ]
    if releases:
        await connection.execute(insert(ledger_entry_table), releases)
    done = await connection.execute(
        update(usage_table)
        .where(usage_table.c.state == UsageState.OPEN.value)
        .values(state=UsageState.INTERRUPTED.value)
    )
    return int(done.rowcount)
