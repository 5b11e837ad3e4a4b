"""What can be read of the conversations in a store."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence

from miavo_tui.conversations.messages import Message, messages_of
from miavo_tui.conversations.paths import PATH, VERSIONED_TURNS
from miavo_tui.conversations.records import Conversation, Reply, Turn
from miavo_tui.conversations.rows import SHOWN_REPLIES, conversation_of, reply_of, turn_of
from miavo_tui.conversations.store_file import StoreFile

__all__ = ["ConversationReader"]

_FEW = 200
"""Turns that are read on the event loop; more of them would hold it up."""
_MANY = 500
"""Values that one statement takes at most, below every limit of SQLite's."""


class ConversationReader:
    """Reads conversations, their turns, and what is sent of them."""

    def __init__(self, file: StoreFile) -> None:
        self._file = file

    async def conversation(self, conversation_id: str) -> Conversation | None:
        """The conversation of this id."""
        rows = await self._file.all("SELECT * FROM conversations WHERE id = ?", (conversation_id,))
        return conversation_of(rows[0]) if rows else None

    async def turns(
        self, conversation_id: str, *, limit: int, before: int | None = None
    ) -> tuple[Turn, ...]:
        """The last turns of the path in view, oldest first.

        Args:
            conversation_id: whose turns.
            limit: how many at most; -1 for all.
            before: only turns older than the one of this id.
        """
        rows = await self._file.all(
            "SELECT leaf_id FROM conversations WHERE id = ?"
            if before is None
            else "SELECT parent_id FROM turns WHERE id = ?",
            (conversation_id if before is None else before,),
        )
        if not rows or rows[0][0] is None:
            return ()
        return await self._path(rows[0][0], limit)

    async def turn(self, turn_id: int) -> Turn:
        """One turn."""
        (turn,) = await self._path(turn_id, 1)
        return turn

    async def messages(self, turn: Turn, *, system: str = "", lane: int = 0) -> list[Message]:
        """The messages to send for a turn: those before it, then its prompt.

        Args:
            turn: whose prompt comes last.
            system: instructions that come first.
            lane: whose replies are meant where several models were asked side by side.
        """
        path = await self._path(turn.id, -1)
        blobs = await self.blobs({each.sha for turn in path for each in turn.attachments})
        return await asyncio.to_thread(messages_of, path, blobs, system=system, lane=lane)

    async def blobs(self, shas: set[str]) -> dict[str, bytes]:
        """Images and sounds by their names."""
        found: dict[str, bytes] = {}
        for sha in shas:
            for row in await self._file.all("SELECT data FROM blobs WHERE sha = ?", (sha,)):
                found[sha] = row["data"]
        return found

    async def _path(self, turn_id: int, limit: int) -> tuple[Turn, ...]:
        rows = await self._file.all(f"{PATH} {VERSIONED_TURNS}", (turn_id, limit))
        ids = [row["id"] for row in rows]
        found: list[sqlite3.Row] = []
        for start in range(0, len(ids), _MANY):
            some = ids[start : start + _MANY]
            marks = ", ".join("?" * len(some))
            found += await self._file.all(
                f"{SHOWN_REPLIES} AND replies.turn_id IN ({marks}) ORDER BY replies.lane", some
            )
        if len(rows) <= _FEW:
            return _assembled(rows, found)
        return await asyncio.to_thread(_assembled, rows, found)


def _assembled(rows: Sequence[sqlite3.Row], found: Sequence[sqlite3.Row]) -> tuple[Turn, ...]:
    """Turns from their rows and those of their replies."""
    replies: dict[int, list[Reply]] = {row["id"]: [] for row in rows}
    for row in found:
        replies[row["turn_id"]].append(reply_of(row))
    return tuple(turn_of(row, replies[row["id"]]) for row in rows)
