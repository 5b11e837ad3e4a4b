"""The record of what every request used and cost.

A request's row is written before the request leaves, and completed once, when it ends. What a
crash left open is closed at the next start as `interrupted`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from miavo_gateway.catalogue import Model
from miavo_gateway.clock import now_us
from miavo_gateway.errors import MiavoError, NotFound
from miavo_gateway.flow.keys import Key, Keys
from miavo_gateway.flow.pricing import cost_nano
from miavo_gateway.store.tables import UsageState, api_key_table, usage_table
from miavo_gateway.store.writer import GroupCommitWriter
from miavo_gateway.usage import UsageBuckets

__all__ = ["Ledger", "Outcome", "Ticket"]


@dataclass(frozen=True, slots=True)
class Ticket:
    """An open row: what settles it."""

    request_id: str
    key_id: str
    model: Model
    started_at: int
    """Unix microseconds."""
    clock: float
    """`time.monotonic()` at the start: a wall clock that jumps changes no duration."""


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
    """Opens, settles and reads usage rows."""

    def __init__(self, engine: AsyncEngine, writer: GroupCommitWriter, keys: Keys) -> None:
        self._engine = engine
        self._writer = writer
        self._keys = keys

    async def close_interrupted(self) -> int:
        """Close what a crash left open; how many rows that were."""

        async def close(connection: AsyncConnection) -> int:
            done = await connection.execute(
                update(usage_table)
                .where(usage_table.c.state == UsageState.OPEN.value)
                .values(state=UsageState.INTERRUPTED.value)
            )
            return int(done.rowcount)

        return await self._writer.write(close)

    async def open(
        self, request_id: str, key: Key, model: Model, *, endpoint: str, stream: bool
    ) -> Ticket:
        """Write the row of a request that is about to leave; durable on return."""
        ticket = Ticket(request_id, key.id, model, now_us(), time.monotonic())
        row = {
            "request_id": request_id,
            "key_id": key.id,
            "slug": model.slug,
            "provider": model.provider,
            "endpoint": endpoint,
            "stream": stream,
            "state": UsageState.OPEN.value,
            "started_at": ticket.started_at,
        }

        async def insert_row(connection: AsyncConnection) -> None:
            await connection.execute(insert(usage_table).values(row))
            await connection.execute(
                update(api_key_table)
                .where(api_key_table.c.id == key.id)
                .values(last_used_at=ticket.started_at)
            )

        await self._writer.write(insert_row)
        self._keys.used(key.id, ticket.started_at)
        return ticket

    async def settle(self, ticket: Ticket, outcome: Outcome) -> None:
        """Complete a row, once; durable on return. A second settlement changes nothing."""
        ended = time.monotonic()
        usage = outcome.usage
        values = {
            "state": outcome.state.value,
            "status": outcome.error.status if outcome.error else 200,
            "error_code": outcome.error.code if outcome.error else None,
            "finish_reason": outcome.finish_reason,
            "duration_us": round((ended - ticket.clock) * 1_000_000),
            "first_token_us": (
                None
                if outcome.first_token is None
                else round((outcome.first_token - ticket.clock) * 1_000_000)
            ),
            "uncached_input": usage.uncached_input,
            "cache_read": usage.cache_read,
            "cache_write": usage.cache_write,
            "output": usage.output,
            "reasoning": usage.reasoning,
            "cost_nano": cost_nano(ticket.model.prices, usage),
        }

        async def complete_row(connection: AsyncConnection) -> None:
            await connection.execute(
                update(usage_table)
                .where(usage_table.c.request_id == ticket.request_id)
                .where(usage_table.c.state == UsageState.OPEN.value)
                .values(values)
            )

        await self._writer.write(complete_row)

    async def page(self, *, limit: int, before: int | None = None) -> list[RowMapping]:
        """Up to `limit` rows, newest first, older than the row `before`."""
        query = select(usage_table).order_by(usage_table.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(usage_table.c.id < before)
        async with self._engine.connect() as connection:
            return list((await connection.execute(query)).mappings())

    async def row(self, request_id: str) -> RowMapping:
        """The row of one request.

        Raises:
            NotFound: no request has this id.
        """
        query = select(usage_table).where(usage_table.c.request_id == request_id)
        async with self._engine.connect() as connection:
            found: RowMapping | None = (await connection.execute(query)).mappings().one_or_none()
        if found is None:
            raise NotFound(f"There is no request with the id '{request_id[:64]}'.")
        return found
