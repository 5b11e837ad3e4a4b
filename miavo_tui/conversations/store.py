"""Conversations in `app.db`, as they are had.

A prompt is on disk before it is sent and a reply as it arrives, so an app that is killed loses at
most the last quarter of a second of text.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import aiosqlite

from miavo_tui.conversations.desks import adopt_desk, mark_interrupted
from miavo_tui.conversations.records import (
    Attachment,
    Desk,
    Reply,
    ReplyStats,
    ToolResult,
    Turn,
    title_of,
)
from miavo_tui.conversations.rows import (
    attachments_of,
    now,
    to_json,
)
from miavo_tui.conversations.settings import ChatSettings
from miavo_tui.conversations.shelf import ConversationShelf
from miavo_tui.conversations.store_file import StoreFile, StoreUnavailable
from miavo_tui.conversations.tool_box import ToolBox
from miavo_tui.conversations.turning import ConversationTurner

__all__ = ["ConversationStore", "StoreUnavailable"]

_KEEP_DESK = """
    INSERT INTO desks (writer, conversation_id, draft, attachments, settings, updated_at)
    VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (writer) DO UPDATE SET conversation_id = excluded.conversation_id,
        draft = excluded.draft, attachments = excluded.attachments,
        settings = excluded.settings, updated_at = excluded.updated_at
"""


class ConversationStore(ConversationTurner):
    """Conversations in one SQLite file, for one app of those that share it.

    Every method may raise `sqlite3.Error` when the file fails under way.

    Attributes:
        shelf: all conversations.
        tools: the tools that were defined.
    """

    def __init__(self, file: StoreFile) -> None:
        super().__init__(file)
        self.shelf = ConversationShelf(file)
        self.tools = ToolBox(file)

    @property
    def kept(self) -> bool:
        """Whether the conversations outlive the app."""
        return self._file.writer is not None

    @classmethod
    async def open(cls, home: Path) -> ConversationStore:
        """Opens `app.db` in `home` and brings its tables up to date.

        Raises:
            StoreUnavailable: the file is broken, locked, newer than this version or unwritable.
        """
        return cls(await StoreFile.open(home))

    @classmethod
    async def open_in_memory(cls, turns: Sequence[Turn] = ()) -> ConversationStore:
        """A store that is gone with the app, for when the file cannot be used.

        Args:
            turns: what is already on the screen, oldest first, all of one conversation.
        """
        store = cls(await StoreFile.open_in_memory())
        if turns:
            await store._put(turns)
        return store

    async def close(self) -> None:
        """Closes the file. What was under way must have been ended before."""
        await self._file.close()

    async def take_desk(self) -> Desk:
        """What the app that ended last left open, and marks cut-off replies as interrupted.

        Another app that is still running keeps its own; a first start gets an empty desk.
        """
        writer = self._file.writer
        if writer is None:
            return Desk(conversation=None, draft="")
        seen = await self._file.all(
            "SELECT writer FROM desks UNION SELECT writer FROM replies WHERE state = 'streaming'"
        )
        others = [row["writer"] for row in seen if row["writer"] is not None]
        gone = await asyncio.to_thread(lambda: [id_ for id_ in others if writer.is_gone(id_)])
        async with self._file.transaction() as connection:
            await mark_interrupted(connection, gone)
            desk = await adopt_desk(connection, gone, writer.id)
        if desk is None:
            return Desk(conversation=None, draft="")
        conversation_id = desk["conversation_id"]
        return Desk(
            None if conversation_id is None else await self.conversation(conversation_id),
            desk["draft"],
            attachments_of(desk["attachments"]),
            ChatSettings.from_json(desk["settings"]),
        )

    async def keep_desk(
        self,
        conversation_id: str | None,
        draft: str,
        attachments: Sequence[Attachment] = (),
        settings: ChatSettings | None = None,
    ) -> None:
        """Remembers which conversation is open and what has been typed and attached."""
        await self._file.write(
            _KEEP_DESK, self._desk_values(conversation_id, draft, attachments, settings)
        )

    async def set_models(self, conversation_id: str, model: str, models: Sequence[str]) -> None:
        """Sends the conversation's next prompt to another model, or to several."""
        await self._file.write(
            "UPDATE conversations SET model = ?, models = ? WHERE id = ?",
            (model, json.dumps(list(models)), conversation_id),
        )

    async def set_settings(self, conversation_id: str, settings: ChatSettings) -> None:
        """Talks otherwise from the next prompt on."""
        await self._file.write(
            "UPDATE conversations SET settings = ? WHERE id = ?",
            (settings.to_json(), conversation_id),
        )

    async def add_turn(
        self,
        conversation_id: str | None,
        prompt: str,
        model: str,
        *,
        beside: Sequence[str] = (),
        attachments: Sequence[Attachment] = (),
        results: Sequence[ToolResult] = (),
        settings: ChatSettings | None = None,
        instead_of: Turn | None = None,
    ) -> Turn:
        """Writes a prompt and the replies about to be asked for; the draft is empty from then on.

        Args:
            conversation_id: None starts a new conversation.
            prompt: as it will be sent.
            model: the slug asked.
            beside: further slugs asked side by side with it.
            attachments: what goes with the prompt.
            results: what tools came back with; the prompt is empty then.
            settings: of a new conversation.
            instead_of: the turn that this one is another version of; else it follows the last.
        """
        at = now()
        async with self._file.transaction() as connection:
            if conversation_id is None:
                conversation_id = uuid.uuid4().hex
                title = title_of(prompt) or ", ".join(each.name for each in attachments)
                await connection.execute(
                    "INSERT INTO conversations (id, title, model, models, settings, created_at,"
                    " updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        conversation_id,
                        title,
                        model,
                        json.dumps([model, *beside] if beside else []),
                        (settings or ChatSettings()).to_json(),
                        at,
                        at,
                    ),
                )
            parent_id, depth = await _place(connection, conversation_id, instead_of)
            cursor = await connection.execute(
                "INSERT INTO turns (conversation_id, prompt, created_at, parent_id, depth, lane,"
                " results, attachments) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(conversation_id, prompt, at, parent_id, depth),
                    *(None if beside else 0, to_json(results), to_json(attachments)),
                ),
            )
            assert cursor.lastrowid is not None
            turn_id = cursor.lastrowid
            await connection.execute(
                "UPDATE conversations SET model = ?, updated_at = ?, leaf_id = ? WHERE id = ?",
                (model, at, turn_id, conversation_id),
            )
            for lane, slug in enumerate((model, *beside)):
                await self._insert_reply(connection, turn_id, slug, lane, at)
            # In one step from the draft into the conversation: a kill finds it in one place.
            await connection.execute(_KEEP_DESK, self._desk_values(conversation_id, ""))
        return await self.turn(turn_id)

    async def add_replies(self, turn: Turn, model: str, beside: Sequence[str] = ()) -> Turn:
        """Writes further replies to a prompt, about to be asked for; the earlier ones stay."""
        at = now()
        async with self._file.transaction() as connection:
            if beside:
                await connection.execute("UPDATE turns SET lane = NULL WHERE id = ?", (turn.id,))
                for lane, slug in enumerate((model, *beside)):
                    await self._insert_reply(connection, turn.id, slug, lane, at)
            else:
                lane = turn.lane or 0
                await connection.execute("UPDATE turns SET lane = ? WHERE id = ?", (lane, turn.id))
                await self._insert_reply(connection, turn.id, model, lane, at)
            await connection.execute(
                "UPDATE conversations SET updated_at = ?, model = ? WHERE id = ?",
                (at, model, turn.conversation_id),
            )
        return await self.turn(turn.id)

    async def grow(self, reply_id: int, text: str, reasoning: str) -> None:
        """Appends what has arrived of a reply."""
        await self._file.write(
            "UPDATE replies SET text = text || ?, reasoning = reasoning || ? WHERE id = ?",
            (text, reasoning, reply_id),
        )

    async def end(self, reply: Reply) -> None:
        """Writes a reply as it ended."""
        failure = reply.failure
        await self._file.write(
            "UPDATE replies SET state = ?, writer = NULL, text = ?, reasoning = ?,"
            " finish_reason = ?, request_id = ?, failure_code = ?, failure_message = ?,"
            " failure_param = ?, failure_status = ?, retry_after = ?, calls = ?, audio = ?,"
            " ended_at = ? WHERE id = ?",
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
                to_json(reply.calls),
                None if reply.audio is None else json.dumps(asdict(reply.audio)),
                now(),
                reply.id,
            ),
        )

    async def set_stats(self, reply_id: int, stats: ReplyStats) -> None:
        """Writes what a reply used and cost."""
        await self._file.write(
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

    async def put_blob(self, data: bytes) -> str:
        """Keeps an image or a sound; the name to find it by."""
        sha = (await asyncio.to_thread(hashlib.sha256, data)).hexdigest()
        await self._file.write("INSERT OR IGNORE INTO blobs VALUES (?, ?)", (sha, data))
        return sha

    def _desk_values(
        self,
        conversation_id: str | None,
        draft: str,
        attachments: Sequence[Attachment] = (),
        settings: ChatSettings | None = None,
    ) -> tuple[object, ...]:
        return (
            *(self._file.writer_id, conversation_id, draft, to_json(attachments)),
            *((settings or ChatSettings()).to_json(), now()),
        )

    async def _insert_reply(
        self, connection: aiosqlite.Connection, turn_id: int, model: str, lane: int, at: str
    ) -> None:
        await connection.execute(
            "INSERT INTO replies (turn_id, model, state, writer, created_at, lane, turned)"
            " VALUES (?, ?, 'streaming', ?, ?, ?, (SELECT coalesce(max(turned), 0) FROM replies"
            " WHERE turn_id = ?))",
            (turn_id, model, self._file.writer_id, at, lane, turn_id),
        )

    async def _put(self, turns: Sequence[Turn]) -> None:
        at = now()
        first, last = turns[0], turns[-1]
        async with self._file.transaction() as connection:
            await connection.execute(
                "INSERT INTO conversations (id, title, model, leaf_id, created_at, updated_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    *(first.conversation_id, title_of(first.prompt), last.reply.model),
                    *(last.id, at, at),
                ),
            )
            before: int | None = None
            for depth, turn in enumerate(turns):
                await connection.execute(
                    "INSERT INTO turns (id, conversation_id, prompt, created_at, parent_id, depth,"
                    " lane, results) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        *(turn.id, turn.conversation_id, turn.prompt, at, before, depth),
                        *(turn.lane, to_json(turn.results)),
                    ),
                )
                before = turn.id
                for reply in turn.lanes:
                    await connection.execute(
                        "INSERT INTO replies (id, turn_id, model, state, created_at, lane)"
                        " VALUES (?, ?, ?, ?, ?, ?)",
                        (reply.id, turn.id, reply.model, reply.state, at, reply.lane),
                    )
        for turn in turns:
            for reply in turn.lanes:
                await self.end(reply)


async def _place(
    connection: aiosqlite.Connection, conversation_id: str, instead_of: Turn | None
) -> tuple[int | None, int]:
    """The turn that a new one follows, and how many lie before the new one."""
    if instead_of is not None:
        return instead_of.parent_id, instead_of.depth
    rows = list(
        await connection.execute_fetchall(
            "SELECT turns.id, turns.depth FROM conversations"
            " JOIN turns ON turns.id = conversations.leaf_id WHERE conversations.id = ?",
            (conversation_id,),
        )
    )
    return (rows[0]["id"], rows[0]["depth"] + 1) if rows else (None, 0)
