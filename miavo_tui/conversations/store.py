"""The file `app.db`: conversations, as they are had.

A prompt is on disk before it is sent and a reply as it arrives, so an app that is killed loses at
most the last quarter of a second of text.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import aiosqlite

from miavo_tui.conversations.desks import adopt_desk, mark_interrupted
from miavo_tui.conversations.records import (
    Conversation,
    Desk,
    Reply,
    ReplyState,
    ReplyStats,
    Turn,
    title_of,
)
from miavo_tui.conversations.rows import REPLY_COLUMNS, conversation_of, now, turn_of
from miavo_tui.conversations.schema import NewerSchema, switch_to_wal, upgrade
from miavo_tui.conversations.writers import Writer

__all__ = ["ConversationStore", "StoreUnavailable"]

BUSY_TIMEOUT_S = 2.0
"""How long a write waits for another app's write before it counts as locked out."""

_TURNS = f"""
    SELECT turns.id, turns.conversation_id, turns.prompt, {REPLY_COLUMNS},
        (SELECT count(*) FROM replies WHERE replies.turn_id = turns.id) AS reply_count
    FROM turns JOIN replies ON replies.id = (
        SELECT max(replies.id) FROM replies WHERE replies.turn_id = turns.id
    )
"""

_KEEP_DESK = """
    INSERT INTO desks (writer, conversation_id, draft, updated_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (writer) DO UPDATE SET conversation_id = excluded.conversation_id,
        draft = excluded.draft, updated_at = excluded.updated_at
"""


class StoreUnavailable(Exception):
    """The file cannot be used.

    Attributes:
        message: why, in one sentence that says what to do.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ConversationStore:
    """Conversations in one SQLite file, for one app of those that share it.

    Every method may raise `sqlite3.Error` when the file fails under way.
    """

    def __init__(self, connection: aiosqlite.Connection, writer: Writer | None) -> None:
        self._connection = connection
        self._writer = writer
        self._writer_id = "memory" if writer is None else writer.id
        # One connection is shared by everything on the loop: a transaction must not be interleaved.
        self._turn = asyncio.Lock()
        self._closed = False

    @property
    def kept(self) -> bool:
        """Whether the conversations outlive the app."""
        return self._writer is not None

    @classmethod
    async def open(cls, home: Path) -> ConversationStore:
        """Opens `app.db` in `home` and brings its tables up to date.

        Raises:
            StoreUnavailable: the file is broken, locked, newer than this version or unwritable.
        """
        path = home / "app.db"
        writer = Writer(home / "app-writers")
        try:
            await asyncio.to_thread(writer.take)
            await asyncio.to_thread(_create_private, path)
        except OSError as error:
            raise StoreUnavailable(
                f"{home} cannot be written ({error.strerror}): conversations are not kept."
            ) from error
        connection: aiosqlite.Connection | None = None
        try:
            connection = await aiosqlite.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
            connection.row_factory = sqlite3.Row
            await switch_to_wal(connection, BUSY_TIMEOUT_S)
            # In WAL mode this survives a killed process; only a power cut may lose the last writes.
            await connection.execute("PRAGMA synchronous = NORMAL")
            await connection.execute("PRAGMA foreign_keys = ON")
            await upgrade(connection)
        except (sqlite3.Error, NewerSchema) as error:
            if connection is not None:
                await connection.close()
            await asyncio.to_thread(writer.release)
            raise StoreUnavailable(_advice(path, error)) from error
        except BaseException:
            if connection is not None:
                await connection.close()
            await asyncio.to_thread(writer.release)
            raise
        return cls(connection, writer)

    @classmethod
    async def open_in_memory(cls, turns: Sequence[Turn] = ()) -> ConversationStore:
        """A store that is gone with the app, for when the file cannot be used.

        Args:
            turns: what is already on the screen, oldest first, all of one conversation.
        """
        connection = await aiosqlite.connect(":memory:", isolation_level=None)
        connection.row_factory = sqlite3.Row
        await upgrade(connection)
        store = cls(connection, None)
        if turns:
            await store._put(turns)
        return store

    async def close(self) -> None:
        """Closes the file. What was under way must have been ended before."""
        async with self._turn:
            self._closed = True
            await self._connection.close()
        if self._writer is not None:
            await asyncio.to_thread(self._writer.release)

    async def take_desk(self) -> Desk:
        """What the app that ended last left open, and marks cut-off replies as interrupted.

        Another app that is still running keeps its own; a first start gets an empty desk.
        """
        if self._writer is None:
            return Desk(conversation=None, draft="")
        seen = await self._all(
            "SELECT writer FROM desks UNION SELECT writer FROM replies WHERE state = 'streaming'"
        )
        others = [row["writer"] for row in seen if row["writer"] is not None]
        writer = self._writer
        gone = await asyncio.to_thread(lambda: [id_ for id_ in others if writer.is_gone(id_)])
        async with self._transaction():
            await mark_interrupted(self._connection, gone)
            found = await adopt_desk(self._connection, gone, self._writer_id)
        if found is None:
            return Desk(conversation=None, draft="")
        conversation_id, draft = found
        if conversation_id is None:
            return Desk(conversation=None, draft=draft)
        return Desk(await self.conversation(conversation_id), draft)

    async def keep_desk(self, conversation_id: str | None, draft: str) -> None:
        """Remembers which conversation is open and what has been typed."""
        await self._write(_KEEP_DESK, (self._writer_id, conversation_id, draft, now()))

    async def conversation(self, conversation_id: str) -> Conversation | None:
        """The conversation of this id."""
        rows = await self._all("SELECT * FROM conversations WHERE id = ?", (conversation_id,))
        return conversation_of(rows[0]) if rows else None

    async def set_model(self, conversation_id: str, model: str) -> None:
        """Sends the conversation's next prompt to another model."""
        await self._write(
            "UPDATE conversations SET model = ? WHERE id = ?", (model, conversation_id)
        )

    async def add_turn(self, conversation_id: str | None, prompt: str, model: str) -> Turn:
        """Writes a prompt and the reply about to be asked for; the draft is empty from then on.

        Args:
            conversation_id: None starts a new conversation.
            prompt: as it will be sent.
            model: the slug asked.
        """
        at = now()
        async with self._transaction():
            if conversation_id is None:
                conversation_id = uuid.uuid4().hex
                await self._connection.execute(
                    "INSERT INTO conversations VALUES (?, ?, ?, ?, ?)",
                    (conversation_id, title_of(prompt), model, at, at),
                )
            else:
                await self._connection.execute(
                    "UPDATE conversations SET model = ?, updated_at = ? WHERE id = ?",
                    (model, at, conversation_id),
                )
            cursor = await self._connection.execute(
                "INSERT INTO turns (conversation_id, prompt, created_at) VALUES (?, ?, ?)",
                (conversation_id, prompt, at),
            )
            assert cursor.lastrowid is not None
            turn_id = cursor.lastrowid
            reply = await self._insert_reply(turn_id, model, at)
            # In one step from the draft into the conversation: a kill finds it in one place.
            await self._connection.execute(_KEEP_DESK, (self._writer_id, conversation_id, "", at))
        return Turn(turn_id, conversation_id, prompt, reply)

    async def add_reply(self, turn: Turn, model: str) -> Turn:
        """Writes another reply to a prompt, about to be asked for; the earlier ones stay."""
        at = now()
        async with self._transaction():
            reply = await self._insert_reply(turn.id, model, at)
            await self._connection.execute(
                "UPDATE conversations SET updated_at = ?, model = ? WHERE id = ?",
                (at, model, turn.conversation_id),
            )
        return replace(turn, reply=reply, replies=turn.replies + 1)

    async def grow(self, reply_id: int, text: str, reasoning: str) -> None:
        """Appends what has arrived of a reply."""
        await self._write(
            "UPDATE replies SET text = text || ?, reasoning = reasoning || ? WHERE id = ?",
            (text, reasoning, reply_id),
        )

    async def end(self, reply: Reply) -> None:
        """Writes a reply as it ended."""
        failure = reply.failure
        await self._write(
            "UPDATE replies SET state = ?, writer = NULL, text = ?, reasoning = ?,"
            " finish_reason = ?, request_id = ?, failure_code = ?, failure_message = ?,"
            " failure_param = ?, failure_status = ?, retry_after = ?, ended_at = ? WHERE id = ?",
            (
                reply.state,
                reply.text,
                reply.reasoning,
                reply.finish_reason,
                reply.request_id,
                failure and failure.code,
                failure and failure.message,
                failure and failure.param,
                failure and failure.status,
                failure and failure.retry_after,
                now(),
                reply.id,
            ),
        )

    async def set_stats(self, reply_id: int, stats: ReplyStats) -> None:
        """Writes what a reply used and cost."""
        await self._write(
            "UPDATE replies SET prompt_tokens = ?, output_tokens = ?, first_token_ms = ?,"
            " duration_ms = ?, cost_nano = ? WHERE id = ?",
            (
                stats.prompt_tokens,
                stats.output_tokens,
                stats.first_token_ms,
                stats.duration_ms,
                stats.cost_nano,
                reply_id,
            ),
        )

    async def turns(
        self, conversation_id: str, *, limit: int, before: int | None = None
    ) -> tuple[Turn, ...]:
        """The last turns of a conversation, oldest first.

        Args:
            conversation_id: whose turns.
            limit: how many at most.
            before: only turns older than the one of this id.
        """
        rows = await self._all(
            _TURNS + " WHERE conversation_id = ? AND turns.id < ? ORDER BY turns.id DESC LIMIT ?",
            (conversation_id, before if before is not None else 2**62, limit),
        )
        return tuple(turn_of(row) for row in reversed(rows))

    async def count_before(self, turn: Turn) -> int:
        """How many turns of its conversation lie before a turn."""
        rows = await self._all(
            "SELECT count(*) FROM turns WHERE conversation_id = ? AND id < ?",
            (turn.conversation_id, turn.id),
        )
        return int(rows[0][0])

    async def messages(self, turn: Turn) -> list[dict[str, str]]:
        """The messages to send for a turn: those before it, then its prompt.

        A prompt that got no text for an answer is left out with its reply: providers that insist
        on alternating roles would refuse the whole conversation for it.
        """
        rows = await self._all(
            f"SELECT prompt, text FROM ({_TURNS} WHERE conversation_id = ? AND turns.id < ?)"
            " WHERE text <> '' ORDER BY id",
            (turn.conversation_id, turn.id),
        )
        messages: list[dict[str, str]] = []
        for row in rows:
            messages.append({"role": "user", "content": row["prompt"]})
            messages.append({"role": "assistant", "content": row["text"]})
        messages.append({"role": "user", "content": turn.prompt})
        return messages

    async def _insert_reply(self, turn_id: int, model: str, at: str) -> Reply:
        cursor = await self._connection.execute(
            "INSERT INTO replies (turn_id, model, state, writer, created_at)"
            " VALUES (?, ?, 'streaming', ?, ?)",
            (turn_id, model, self._writer_id, at),
        )
        assert cursor.lastrowid is not None
        return Reply(cursor.lastrowid, turn_id, model, ReplyState.STREAMING)

    async def _put(self, turns: Sequence[Turn]) -> None:
        at = now()
        first = turns[0]
        async with self._transaction():
            await self._connection.execute(
                "INSERT INTO conversations VALUES (?, ?, ?, ?, ?)",
                (first.conversation_id, title_of(first.prompt), turns[-1].reply.model, at, at),
            )
            for turn in turns:
                await self._connection.execute(
                    "INSERT INTO turns VALUES (?, ?, ?, ?)",
                    (turn.id, turn.conversation_id, turn.prompt, at),
                )
                await self._connection.execute(
                    "INSERT INTO replies (id, turn_id, model, state, created_at)"
                    " VALUES (?, ?, ?, ?, ?)",
                    (turn.reply.id, turn.id, turn.reply.model, turn.reply.state, at),
                )
        for turn in turns:
            await self.end(turn.reply)

    async def _all(self, sql: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        async with self._turn:
            return list(await self._connection.execute_fetchall(sql, tuple(values)))

    async def _write(self, sql: str, values: Sequence[object]) -> None:
        async with self._turn:
            # Numbers that arrive while the app closes are asked for again by the next one.
            if not self._closed:
                await self._connection.execute(sql, tuple(values))

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[None]:
        async with self._turn:
            await self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                await self._connection.execute("COMMIT")
            except BaseException:
                # A commit that was cancelled may have gone through all the same.
                with suppress(sqlite3.Error):
                    await self._connection.execute("ROLLBACK")
                raise


def _create_private(path: Path) -> None:
    """Creates an empty file that only its owner may read; SQLite's side files follow it."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _advice(path: Path, error: Exception) -> str:
    if isinstance(error, NewerSchema):
        return f"{path} was written by a newer Miavo. Start that version to go on with it."
    if "locked" in str(error):
        return f"{path} is locked by another program. End that program and start Miavo again."
    return (
        f"{path} cannot be used ({error}). Move it aside and start Miavo again"
        " to have conversations kept."
    )
