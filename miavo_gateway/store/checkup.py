"""Looking at a database without changing it: can it be opened, is it whole, is it up to date."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError

from miavo_gateway.errors import ConfigurationError
from miavo_gateway.store.database import (
    create_engine_for,
    parse_url,
    reason_of,
    revision_of,
    shown_url,
)
from miavo_gateway.store.migrations import HEAD
from miavo_gateway.store.sqlite import BUSY_SECONDS

__all__ = ["DatabaseCheckup", "check_database"]


@dataclass(frozen=True, slots=True)
class DatabaseCheckup:
    """What was found."""

    sound: bool
    detail: str
    """One line for a person, without a password."""


async def check_database(url: str) -> DatabaseCheckup:
    """Look at the database; one that is not there yet is sound."""
    try:
        parsed = parse_url(url)
        shown = shown_url(parsed)
        if parsed.get_backend_name() == "sqlite":
            found = await asyncio.to_thread(_look_at_file, Path(parsed.database or ""), shown)
            if found is not None:
                return found
        return _judged(shown, await _revision(parsed, shown))
    except ConfigurationError as error:
        return DatabaseCheckup(False, error.message)
    except (SQLAlchemyError, sqlite3.Error, OSError, TypeError, ValueError) as error:
        return DatabaseCheckup(False, f"{shown} cannot be opened: {reason_of(error)}")


def _look_at_file(path: Path, shown: str) -> DatabaseCheckup | None:
    """What settles the matter already: that there is no file, or that SQLite finds a fault."""
    if not path.is_file():
        return DatabaseCheckup(True, f"{shown}: not there yet, made at the first start")
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS)
    try:
        connection.execute("PRAGMA query_only=ON")
        # Reads every page, but not the order of the indexes: https://sqlite.org/pragma.html
        [(found,)] = connection.execute("PRAGMA quick_check(1)").fetchall()
    finally:
        connection.close()
    if found == "ok":
        return None
    fault = " ".join(found.split())
    return DatabaseCheckup(False, f"{shown}: is damaged ({fault}); restore it from a copy")


async def _revision(url: URL, shown: str) -> str | None:
    engine = create_engine_for(url, shown)
    try:
        return await revision_of(engine)
    finally:
        await engine.dispose()


def _judged(shown: str, revision: str | None) -> DatabaseCheckup:
    if revision is None:
        return DatabaseCheckup(True, f"{shown}: whole and empty, filled at the first start")
    if revision > HEAD:
        return DatabaseCheckup(False, f"{shown} was written by a newer Miavo ({revision})")
    if revision < HEAD:
        return DatabaseCheckup(
            True, f"{shown}: whole, and brought from {revision} to {HEAD} at the next start"
        )
    return DatabaseCheckup(True, f"{shown}: whole and up to date ({revision})")
