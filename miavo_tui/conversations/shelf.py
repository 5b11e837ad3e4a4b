"""All conversations: listed, searched, named, branched, deleted."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import aiosqlite

from miavo_tui.conversations.full_text import MARK_END, MARK_START, catch_up, match_of
from miavo_tui.conversations.paths import PATH
from miavo_tui.conversations.records import Conversation, title_of
from miavo_tui.conversations.rows import conversation_of, now
from miavo_tui.conversations.store_file import StoreFile

__all__ = ["ConversationShelf", "Found"]

MOST = 500
"""Conversations listed or found at a time; the search reaches the others."""
BRANCH_MARK = "↳ "
"""Before the name of a conversation that went on from another."""
_MOST_HITS = 2_000


@dataclass(frozen=True, slots=True)
class Found:
    """A conversation in the list, or in what a search found."""

    conversation: Conversation
    excerpt: str = ""
    """Where the words stand, each between `MARK_START` and `MARK_END`."""
    turn_id: int | None = None
    """The turn they stand in; None where the title holds them."""


class ConversationShelf:
    """Every conversation in a store."""

    def __init__(self, file: StoreFile) -> None:
        self._file = file
        self._caught_up = False

    async def recent(self, limit: int = MOST) -> list[Found]:
        """The conversations, the one spoken in last first."""
        rows = await self._file.all(
            "SELECT * FROM conversations ORDER BY updated_at DESC, rowid DESC LIMIT ?", (limit,)
        )
        return [Found(conversation_of(row)) for row in rows]

    async def search(self, query: str, limit: int = MOST) -> list[Found]:
        """The conversations whose title or messages hold every word, the latest first."""
        if not query.strip():
            return await self.recent(limit)
        found = await (self._indexed(query) if self._file.full_text else self._scanned(query))
        titled = await self._file.all(
            "SELECT id FROM conversations WHERE title LIKE ? ESCAPE '\\'", (_like(query),)
        )
        for row in titled:
            found.setdefault(row["id"], ("", None))
        rows = await self._file.all(
            "SELECT * FROM conversations ORDER BY updated_at DESC, rowid DESC"
        )
        return [
            Found(conversation_of(row), *found[row["id"]]) for row in rows if row["id"] in found
        ][:limit]

    async def rename(self, conversation_id: str, title: str) -> None:
        """Gives a conversation another name."""
        await self._file.write(
            "UPDATE conversations SET title = ? WHERE id = ?", (title_of(title), conversation_id)
        )

    async def delete(self, conversation_id: str) -> None:
        """Takes a conversation away for good, with everything said in it."""
        async with self._file.transaction() as connection:
            own = (conversation_id,)
            for sql in (
                "UPDATE desks SET conversation_id = NULL WHERE conversation_id = ?",
                "UPDATE turns SET parent_id = NULL WHERE conversation_id = ?",
                "DELETE FROM replies WHERE turn_id IN"
                " (SELECT id FROM turns WHERE conversation_id = ?)",
                "DELETE FROM turns WHERE conversation_id = ?",
                "DELETE FROM conversations WHERE id = ?",
            ):
                await connection.execute(sql, own)
            await _drop_unused(connection)

    async def branch(self, turn_id: int) -> Conversation:
        """A conversation of its own that goes on from a turn: a copy of the path that leads there.

        Args:
            turn_id: the last turn that is taken along, with the replies shown.
        """
        new_id, at = uuid.uuid4().hex, now()
        async with self._file.transaction() as connection:
            await connection.execute(
                "INSERT INTO conversations (id, title, model, created_at, updated_at, settings,"
                " models) SELECT ?, ? || ltrim(title, ?), model, ?, ?, settings, models"
                " FROM conversations WHERE id = (SELECT conversation_id FROM turns WHERE id = ?)",
                (new_id, BRANCH_MARK, BRANCH_MARK, at, at, turn_id),
            )
            path = list(
                await connection.execute_fetchall(
                    f"{PATH} SELECT id FROM path ORDER BY depth", (turn_id, -1)
                )
            )
            copied: int | None = None
            for row in path:
                copied = await _copy_turn(connection, row["id"], copied, new_id)
            await connection.execute(
                "UPDATE conversations SET leaf_id = ? WHERE id = ?", (copied, new_id)
            )
        rows = await self._file.all("SELECT * FROM conversations WHERE id = ?", (new_id,))
        return conversation_of(rows[0])

    async def _indexed(self, query: str) -> dict[str, tuple[str, int | None]]:
        match = match_of(query)
        if not match:
            return {}
        if not self._caught_up:
            async with self._file.transaction() as connection:
                await catch_up(connection)
            self._caught_up = True
        rows = await self._file.all(
            "SELECT hits.excerpt, turns.id AS turn_id, turns.conversation_id FROM ("
            " SELECT rowid AS place, rank AS quality,"
            " snippet(message_index, 0, ?, ?, '…', 12) AS excerpt"
            " FROM message_index WHERE message_index MATCH ? ORDER BY rank LIMIT ?) AS hits"
            " LEFT JOIN replies ON hits.place % 2 = 1 AND replies.id = hits.place / 2"
            " JOIN turns ON turns.id ="
            " CASE hits.place % 2 WHEN 0 THEN hits.place / 2 ELSE replies.turn_id END"
            " ORDER BY hits.quality",
            (MARK_START, MARK_END, match, _MOST_HITS),
        )
        found: dict[str, tuple[str, int | None]] = {}
        for row in rows:
            found.setdefault(row["conversation_id"], (row["excerpt"], row["turn_id"]))
        return found

    async def _scanned(self, query: str) -> dict[str, tuple[str, int | None]]:
        # Without FTS5 the words are looked for one after the other in every message.
        words = query.split()
        has = " AND ".join("said LIKE ? ESCAPE '\\'" for _ in words)
        rows = await self._file.all(
            "SELECT turn_id, conversation_id, said FROM ("
            " SELECT id AS turn_id, conversation_id, prompt AS said FROM turns UNION ALL"
            " SELECT turns.id, turns.conversation_id, replies.text FROM replies"
            f" JOIN turns ON turns.id = replies.turn_id) WHERE {has} LIMIT ?",
            (*(_like(word) for word in words), _MOST_HITS),
        )
        found: dict[str, tuple[str, int | None]] = {}
        for row in rows:
            found.setdefault(
                row["conversation_id"], (_excerpt(row["said"], words[0]), row["turn_id"])
            )
        return found


def _like(text: str) -> str:
    escaped = text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _excerpt(said: str, word: str) -> str:
    at = max(0, said.casefold().find(word.casefold()))
    before = said[max(0, at - 30) : at]
    after = said[at + len(word) : at + len(word) + 50]
    return f"{before}{MARK_START}{said[at : at + len(word)]}{MARK_END}{after}"


async def _copy_turn(
    connection: aiosqlite.Connection, turn_id: int, parent_id: int | None, conversation_id: str
) -> int:
    cursor = await connection.execute(
        "INSERT INTO turns (conversation_id, prompt, created_at, parent_id, depth, lane, results,"
        " attachments) SELECT ?, prompt, created_at, ?, depth, lane, results, attachments"
        " FROM turns WHERE id = ?",
        (conversation_id, parent_id, turn_id),
    )
    assert cursor.lastrowid is not None
    columns: Sequence[str] = (
        *("model", "text", "reasoning", "finish_reason", "request_id", "failure_code"),
        *("failure_message", "failure_param", "failure_status", "retry_after", "prompt_tokens"),
        *("output_tokens", "first_token_ms", "duration_ms", "cost_nano", "created_at", "ended_at"),
        *("lane", "turned", "calls", "audio"),
    )
    names = ", ".join(columns)
    # A reply that is still on its way is taken as far as it has come.
    await connection.execute(
        f"INSERT INTO replies (turn_id, state, {names})"
        " SELECT ?, CASE state WHEN 'streaming' THEN 'interrupted' ELSE state END,"
        f" {names} FROM replies WHERE turn_id = ? ORDER BY id",
        (cursor.lastrowid, turn_id),
    )
    return cursor.lastrowid


async def _drop_unused(connection: aiosqlite.Connection) -> None:
    """Drops images and sounds that nothing refers to any more. Inside a transaction."""
    await connection.execute(
        "DELETE FROM blobs WHERE sha NOT IN ("
        " SELECT json_extract(one.value, '$.sha') FROM turns, json_each(turns.attachments) AS one"
        " UNION SELECT json_extract(one.value, '$.sha') FROM desks,"
        " json_each(desks.attachments) AS one"
        " UNION SELECT json_extract(audio, '$.sha') FROM replies WHERE audio IS NOT NULL)"
    )
