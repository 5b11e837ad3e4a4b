"""How every connection to an SQLite file is set up."""

from __future__ import annotations

from typing import Any

__all__ = ["BUSY_SECONDS", "prepare_sqlite"]

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
