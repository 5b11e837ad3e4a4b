"""What apps that have ended left behind, and how the next one takes it over."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import aiosqlite

from miavo_tui.conversations.rows import now

__all__ = ["adopt_desk", "mark_interrupted"]


async def mark_interrupted(connection: aiosqlite.Connection, gone: Sequence[str]) -> None:
    """Ends the replies that writers who are gone had under way. Inside a transaction.

    Args:
        connection: of `app.db`.
        gone: ids of writers that are not alive.
    """
    for writer_id in gone:
        await connection.execute(
            "UPDATE replies SET state = 'interrupted', writer = NULL, ended_at = ?"
            " WHERE state = 'streaming' AND writer = ?",
            (now(), writer_id),
        )


async def adopt_desk(
    connection: aiosqlite.Connection, gone: Sequence[str], writer_id: str
) -> sqlite3.Row | None:
    """Takes over the newest desk of a writer who is gone. Inside a transaction.

    Older desks with nothing typed on them only point at a conversation and are dropped; one with
    a draft waits for the next app.

    Args:
        connection: of `app.db`.
        gone: ids of writers that are not alive.
        writer_id: who takes it over.

    Returns:
        The desk's row, whose `conversation_id` is None for a new one; None when there is no desk
        to take.
    """
    # Read again inside the transaction: of two apps that start at once, one gets the desk.
    rows = list(
        await connection.execute_fetchall(
            "SELECT * FROM desks ORDER BY updated_at DESC, rowid DESC"
        )
    )
    free = [row for row in rows if row["writer"] in set(gone)]
    if not free:
        return None
    newest = free[0]
    for row in free:
        if row is newest or not (row["draft"] or row["attachments"] != "[]"):
            await connection.execute("DELETE FROM desks WHERE writer = ?", (row["writer"],))
    await connection.execute(
        "INSERT INTO desks (writer, conversation_id, draft, attachments, settings, updated_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            writer_id,
            newest["conversation_id"],
            newest["draft"],
            newest["attachments"],
            newest["settings"],
            now(),
        ),
    )
    return newest
