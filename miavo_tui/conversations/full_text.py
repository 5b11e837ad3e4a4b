"""The words of every message, indexed by SQLite's FTS5 where it is there.

The index is a cache: it can be made anew from the rows at any time. Triggers that live as long as
a connection keep it up to date, so that a file may also be opened where there is no FTS5. A prompt
is row `2 * turns.id` of it, a reply row `2 * replies.id + 1`.
"""

from __future__ import annotations

import re
import sqlite3

import aiosqlite

__all__ = ["MARK_END", "MARK_START", "catch_up", "match_of", "prepare_full_text"]

MARK_START, MARK_END = "\x02", "\x03"
"""Around a word that was found, in an excerpt."""

_TRIGGERS = (
    """
    CREATE TEMP TRIGGER index_prompt AFTER INSERT ON main.turns BEGIN
        INSERT INTO message_index (rowid, text) VALUES (2 * new.id, new.prompt);
    END
    """,
    """
    CREATE TEMP TRIGGER index_ended_reply AFTER INSERT ON main.replies
    WHEN new.state <> 'streaming' BEGIN
        INSERT INTO message_index (rowid, text) VALUES (2 * new.id + 1, new.text);
    END
    """,
    # As a whole once it has ended, and not with each piece that arrives.
    """
    CREATE TEMP TRIGGER index_reply AFTER UPDATE OF state ON main.replies
    WHEN new.state <> 'streaming' BEGIN
        DELETE FROM message_index WHERE rowid = 2 * new.id + 1;
        INSERT INTO message_index (rowid, text) VALUES (2 * new.id + 1, new.text);
    END
    """,
    """
    CREATE TEMP TRIGGER forget_prompt AFTER DELETE ON main.turns BEGIN
        DELETE FROM message_index WHERE rowid = 2 * old.id;
    END
    """,
    """
    CREATE TEMP TRIGGER forget_reply AFTER DELETE ON main.replies BEGIN
        DELETE FROM message_index WHERE rowid = 2 * old.id + 1;
    END
    """,
)


async def prepare_full_text(connection: aiosqlite.Connection) -> bool:
    """Makes the index if need be, and keeps it up to date from now on.

    Returns:
        Whether there is one; False where SQLite was built without FTS5.
    """
    try:
        await connection.execute(
            "CREATE VIRTUAL TABLE IF NOT EXISTS message_index USING fts5"
            "(text, tokenize = 'unicode61 remove_diacritics 2')"
        )
    except sqlite3.OperationalError as error:
        if "no such module" not in str(error):
            raise
        return False
    for trigger in _TRIGGERS:
        await connection.execute(trigger)
    return True


async def catch_up(connection: aiosqlite.Connection) -> None:
    """Indexes what came into the file without its knowing. Inside a transaction."""
    await connection.execute(
        "INSERT INTO message_index (rowid, text) SELECT 2 * id, prompt FROM turns"
        " WHERE 2 * id NOT IN (SELECT rowid FROM message_index)"
    )
    await connection.execute(
        "INSERT INTO message_index (rowid, text) SELECT 2 * id + 1, text FROM replies"
        " WHERE state <> 'streaming' AND 2 * id + 1 NOT IN (SELECT rowid FROM message_index)"
    )


def match_of(query: str) -> str:
    """What FTS5 is asked for what a reader types: every word, the last ones perhaps unfinished."""
    return " ".join(f'"{word}"*' for word in re.findall(r"\w+", query))
