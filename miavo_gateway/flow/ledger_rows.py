"""The rows that the ledger writes, and the statements that write them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Select, bindparam, func, insert, select, true, update

from miavo_gateway.attempts import written_attempts
from miavo_gateway.clock import now_us
from miavo_gateway.errors import InvalidRequest, MiavoError
from miavo_gateway.flow.funds import period_start
from miavo_gateway.store.tables import (
    EntryKind,
    UsageState,
    api_key_table,
    ledger_entry_table,
    usage_table,
    video_task_table,
)

if TYPE_CHECKING:
    from miavo_gateway.flow.key import Key
    from miavo_gateway.flow.ticket import Outcome, Ticket

__all__ = [
    "CLOSE_MEASURED",
    "CLOSE_USAGE",
    "INSERT_ENTRY",
    "INSERT_USAGE",
    "MEASURES",
    "TOUCH_KEY",
    "close_interrupted",
    "closing_entries",
    "closing_row",
    "entry",
    "kept_message",
    "open_for_videos",
    "opening_row",
    "spent_in_period",
]

INSERT_USAGE = insert(usage_table)
INSERT_ENTRY = insert(ledger_entry_table)
CLOSE_USAGE = (
    update(usage_table)
    .where(usage_table.c.request_id == bindparam("closed_request"))
    .where(usage_table.c.state == UsageState.OPEN.value)
)
"""Completes an open row; takes its request as `closed_request`, and the columns to set."""
CLOSE_MEASURED = CLOSE_USAGE.where(true())
"""The same for a row that sets `MEASURES` too: a statement of its own."""
_LONGEST_MESSAGE = 300
MEASURES = ("audio_input", "audio_output", "characters", "images", "milliseconds")
"""The columns that only requests set which use more than tokens of text."""
TOUCH_KEY = update(api_key_table).where(api_key_table.c.id == bindparam("touched_key"))


def entry(
    account_id: str,
    key_id: str | None,
    request_id: str | None,
    kind: EntryKind,
    amount: int,
    note: str | None = None,
) -> dict[str, Any]:
    """One movement of `amount` nano-dollars."""
    return {
        "account_id": account_id,
        "key_id": key_id,
        "request_id": request_id,
        "kind": kind.value,
        "amount_nano": amount,
        "created_at": now_us(),
        "note": note,
    }


def opening_row(ticket: Ticket, row_id: int, endpoint: str, *, stream: bool) -> dict[str, Any]:
    """The row of a request that is about to leave."""
    return {
        "id": row_id,
        "request_id": ticket.request_id,
        "key_id": ticket.key.id,
        "slug": ticket.model.slug,
        "provider": ticket.model.provider,
        "endpoint": endpoint,
        "stream": stream,
        "state": UsageState.OPEN.value,
        "started_at": ticket.started_at,
        "uncached_input": 0,
        "cache_read": 0,
        "cache_write": 0,
        "output": 0,
        "reasoning": 0,
    }


def closing_row(ticket: Ticket, outcome: Outcome, cost: int | None) -> dict[str, Any]:
    """What is set in the row of a request that has ended; `cost` in nano-dollars."""
    usage = outcome.usage
    first = outcome.first_token
    measured = {name: getattr(usage, name) for name in MEASURES}
    return {
        "state": outcome.state.value,
        "status": outcome.error.status if outcome.error else 200,
        "error_code": outcome.error.code if outcome.error else None,
        "error_message": kept_message(outcome.error),
        "attempts": written_attempts(ticket.attempts),
        "finish_reason": outcome.finish_reason,
        "duration_us": round((time.monotonic() - ticket.clock) * 1_000_000),
        "first_token_us": None if first is None else round((first - ticket.clock) * 1_000_000),
        "uncached_input": usage.uncached_input,
        "cache_read": usage.cache_read,
        "cache_write": usage.cache_write,
        "output": usage.output,
        "reasoning": usage.reasoning,
        "cost_nano": cost,
        "answered_by": outcome.answered_by.slug if outcome.answered_by else None,
        "simulated": outcome.simulated,
        **(measured if any(measured.values()) else {}),
    }


def kept_message(error: MiavoError | None) -> str | None:
    """What of an error's words is kept in its row.

    Nothing of a request that was refused for what it is: a provider may quote it in its refusal.
    """
    if error is None or isinstance(error, InvalidRequest):
        return None
    return error.message[:_LONGEST_MESSAGE]


def closing_entries(ticket: Ticket, recorded: int, charged: int) -> list[dict[str, Any]]:
    """The entries that end a hold; none where nothing was held and nothing is charged."""
    key = ticket.key
    moves = ((EntryKind.RELEASE, recorded), (EntryKind.SETTLEMENT, -charged))
    return [
        entry(key.account_id, key.id, ticket.request_id, kind, amount)
        for kind, amount in moves
        if amount
    ]


def spent_in_period(key: Key, now: int) -> Select[Any]:
    """What a key's requests cost in the period of its budget that `now` is in; null for none."""
    column = usage_table.c
    return (
        select(func.sum(column.cost_nano))
        .where(column.key_id == key.id)
        .where(column.started_at >= period_start(key.terms.budget_reset, now))
    )


def open_for_videos() -> Select[tuple[Any, ...]]:
    """The open rows whose requests live on in a video task, with what they hold."""
    entries = ledger_entry_table.c
    return (
        select(usage_table, func.coalesce(func.sum(entries.amount_nano), 0).label("moved"))
        .join(video_task_table, video_task_table.c.request_id == usage_table.c.request_id)
        .outerjoin(ledger_entry_table, entries.request_id == usage_table.c.request_id)
        .where(usage_table.c.state == UsageState.OPEN.value)
        .group_by(usage_table.c.id)
    )


def close_interrupted(connection: Connection) -> int:
    """Release the holds of the requests that a crash left open, and close their rows.

    Video tasks survive a crash, so their rows stay open.
    """
    entries = ledger_entry_table.c
    left_open = (usage_table.c.state == UsageState.OPEN.value) & usage_table.c.request_id.not_in(
        select(video_task_table.c.request_id)
    )
    held = connection.execute(
        select(
            entries.account_id,
            entries.key_id,
            entries.request_id,
            func.sum(entries.amount_nano),
        )
        .where(entries.request_id.in_(select(usage_table.c.request_id).where(left_open)))
        .group_by(entries.account_id, entries.key_id, entries.request_id)
    )
    releases = [
        entry(account_id, key_id, request_id, EntryKind.RELEASE, -int(amount))
        for account_id, key_id, request_id, amount in held
        if amount
    ]
    if releases:
        connection.execute(insert(ledger_entry_table), releases)
    done = connection.execute(
        update(usage_table).where(left_open).values(state=UsageState.INTERRUPTED.value)
    )
    return int(done.rowcount)
