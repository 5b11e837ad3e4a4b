"""How every connection to an SQLite file is set up."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

__all__ = ["BUSY_SECONDS", "driver_connection", "is_locked", "prepare_sqlite"]

BUSY_SECONDS = 10
"""How long a statement waits for another connection's lock."""


def prepare_sqlite(connection: Any, _record: object) -> None:
    """Set up a new connection; listens to an engine's `connect`."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # FULL: a commit that was answered survives a power cut, not only a crash of the process.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def driver_connection(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection under one to an SQLite file, for what is done at every request.

    Its errors are the driver's.
    """
    inner = connection.connection.driver_connection
    assert isinstance(inner, sqlite3.Connection), "a connection to an SQLite file"
    return inner


def is_locked(error: sqlite3.OperationalError | DBAPIError) -> bool:
    """Whether another connection's lock was in the way."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    # The last byte is the kind; the rest tells how it came to that.
    return getattr(cause, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
