"""The tables of `app.db` and the ordered steps that lead to them.

`PRAGMA user_version` holds how many steps a file has taken. A step that has been released is never
changed; a new table or column is a new step at the end.
"""

from __future__ import annotations

import asyncio
import sqlite3

import aiosqlite

__all__ = ["STEPS", "NewerSchema", "switch_to_wal", "upgrade"]

STEPS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE conversations (
            id TEXT PRIMARY KEY,
            title TEXT NOT NULL,
            model TEXT NOT NULL,
            created_at TEXT NOT NULL,
            updated_at TEXT NOT NULL
        )
        """,
        "CREATE INDEX conversations_by_update ON conversations (updated_at)",
        """
        CREATE TABLE turns (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            conversation_id TEXT NOT NULL REFERENCES conversations (id),
            prompt TEXT NOT NULL,
            created_at TEXT NOT NULL
        )
        """,
        "CREATE INDEX turns_of_conversation ON turns (conversation_id, id)",
        # `writer` names the app a streaming reply belongs to: see writers.py.
        """
        CREATE TABLE replies (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            turn_id INTEGER NOT NULL REFERENCES turns (id),
            model TEXT NOT NULL,
            state TEXT NOT NULL CHECK (
                state IN ('streaming', 'completed', 'stopped', 'interrupted', 'failed')
            ),
            writer TEXT,
            text TEXT NOT NULL DEFAULT '',
            reasoning TEXT NOT NULL DEFAULT '',
            finish_reason TEXT,
            request_id TEXT,
            failure_code TEXT,
            failure_message TEXT,
            failure_param TEXT,
            failure_status INTEGER,
            retry_after REAL,
            prompt_tokens INTEGER,
            output_tokens INTEGER,
            first_token_ms REAL,
            duration_ms REAL,
            cost_nano INTEGER,
            created_at TEXT NOT NULL,
            ended_at TEXT
        )
        """,
        "CREATE INDEX replies_of_turn ON replies (turn_id, id)",
        "CREATE INDEX replies_under_way ON replies (writer) WHERE state = 'streaming'",
        """
        CREATE TABLE desks (
            writer TEXT PRIMARY KEY,
            conversation_id TEXT REFERENCES conversations (id),
            draft TEXT NOT NULL DEFAULT '',
            updated_at TEXT NOT NULL
        )
        """,
    ),
    (
        # The tree of turns, and the last turn of the path in view. Until now each followed the one
        # before it.
        "ALTER TABLE conversations ADD COLUMN leaf_id INTEGER",
        "ALTER TABLE turns ADD COLUMN parent_id INTEGER REFERENCES turns (id)",
        "ALTER TABLE turns ADD COLUMN depth INTEGER NOT NULL DEFAULT 0",
        """
        UPDATE turns SET depth = line.place - 1, parent_id = line.before FROM (
            SELECT id, row_number() OVER own AS place, lag(id) OVER own AS before FROM turns
            WINDOW own AS (PARTITION BY conversation_id ORDER BY id)
        ) AS line WHERE line.id = turns.id
        """,
        """
        UPDATE conversations SET leaf_id = (
            SELECT max(id) FROM turns WHERE turns.conversation_id = conversations.id
        )
        """,
        "CREATE INDEX turns_after ON turns (parent_id)",
        # How it is talked with: settings.py has their form.
        "ALTER TABLE conversations ADD COLUMN settings TEXT NOT NULL DEFAULT '{}'",
        # Several models asked side by side; a turn whose lane is NULL goes on with each.
        "ALTER TABLE conversations ADD COLUMN models TEXT NOT NULL DEFAULT '[]'",
        "ALTER TABLE turns ADD COLUMN lane INTEGER DEFAULT 0",
        "ALTER TABLE replies ADD COLUMN lane INTEGER NOT NULL DEFAULT 0",
        # Of the replies of a lane the one with the highest `turned` is shown.
        "ALTER TABLE replies ADD COLUMN turned INTEGER NOT NULL DEFAULT 0",
        "DROP INDEX replies_of_turn",
        "CREATE INDEX replies_of_turn ON replies (turn_id, lane, turned, id)",
        # Tools, and what calling them came to.
        """
        CREATE TABLE tools (
            name TEXT PRIMARY KEY,
            description TEXT NOT NULL,
            parameters TEXT NOT NULL,
            command TEXT NOT NULL
        )
        """,
        "ALTER TABLE replies ADD COLUMN calls TEXT NOT NULL DEFAULT '[]'",
        "ALTER TABLE turns ADD COLUMN results TEXT NOT NULL DEFAULT '[]'",
        # Images and sounds, each kept once.
        "CREATE TABLE blobs (sha TEXT PRIMARY KEY, data BLOB NOT NULL)",
        "ALTER TABLE turns ADD COLUMN attachments TEXT NOT NULL DEFAULT '[]'",
        "ALTER TABLE desks ADD COLUMN attachments TEXT NOT NULL DEFAULT '[]'",
        "ALTER TABLE desks ADD COLUMN settings TEXT NOT NULL DEFAULT '{}'",
        "ALTER TABLE replies ADD COLUMN audio TEXT",
    ),
)


_PAUSE_S = 0.02


class NewerSchema(Exception):
    """The file has taken steps that this version does not know."""


async def switch_to_wal(connection: aiosqlite.Connection, patience: float) -> None:
    """Switch to WAL, which SQLite refuses at once, without waiting, while another app does it.

    Raises:
        sqlite3.Error: it is still refused after `patience` seconds.
    """
    give_up = asyncio.get_running_loop().time() + patience
    while True:
        try:
            await connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or asyncio.get_running_loop().time() >= give_up:
                raise
            await asyncio.sleep(_PAUSE_S)
        else:
            return


async def upgrade(connection: aiosqlite.Connection) -> None:
    """Takes the steps the file lacks, all of them or none.

    Raises:
        NewerSchema: a later version of Miavo wrote the file.
        sqlite3.Error: the file is locked, full or no database.
    """
    # The lock comes first: of two apps that start at once, one upgrades and the other waits.
    await connection.execute("BEGIN IMMEDIATE")
    try:
        rows = list(await connection.execute_fetchall("PRAGMA user_version"))
        taken = int(rows[0][0])
        if taken > len(STEPS):
            raise NewerSchema
        for step in STEPS[taken:]:
            for statement in step:
                await connection.execute(statement)
        await connection.execute(f"PRAGMA user_version = {len(STEPS)}")
        await connection.execute("COMMIT")
    except BaseException:
        await connection.execute("ROLLBACK")
        raise
