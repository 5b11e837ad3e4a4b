"""The file `app.db` itself: opening it, and one transaction at a time."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiosqlite

from miavo_tui.conversations.full_text import prepare_full_text
from miavo_tui.conversations.schema import NewerSchema, switch_to_wal, upgrade
from miavo_tui.conversations.writers import Writer

__all__ = ["StoreFile", "StoreUnavailable"]

BUSY_TIMEOUT_S = 2.0
"""How long a write waits for another app's write before it counts as locked out."""


class StoreUnavailable(Exception):
    """The file cannot be used.

    Attributes:
        message: why, in one sentence that says what to do.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class StoreFile:
    """One SQLite file, for one app of those that share it.

    Attributes:
        connection: to be used inside `transaction` alone.
        writer: this app among the others; None in memory.
        full_text: whether the words of messages are indexed.
    """

    def __init__(
        self, connection: aiosqlite.Connection, writer: Writer | None, *, full_text: bool
    ) -> None:
        self.connection = connection
        self.writer = writer
        self.full_text = full_text
        # One connection is shared by everything on the loop: a transaction must not be interleaved.
        self._turn = asyncio.Lock()
        self._closed = False

    @property
    def writer_id(self) -> str:
        """What this app's rows are marked with."""
        return "memory" if self.writer is None else self.writer.id

    @classmethod
    async def open(cls, home: Path) -> StoreFile:
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
            full_text = await prepare_full_text(connection)
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
        return cls(connection, writer, full_text=full_text)

    @classmethod
    async def open_in_memory(cls) -> StoreFile:
        """A file that is gone with the app."""
        connection = await aiosqlite.connect(":memory:", isolation_level=None)
        connection.row_factory = sqlite3.Row
        await upgrade(connection)
        return cls(connection, None, full_text=await prepare_full_text(connection))

    async def close(self) -> None:
        """Closes the file. What was under way must have been ended before."""
        async with self._turn:
            self._closed = True
            await self.connection.close()
        if self.writer is not None:
            await asyncio.to_thread(self.writer.release)

    async def all(self, sql: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        """The rows of a query."""
        async with self._turn:
            return list(await self.connection.execute_fetchall(sql, tuple(values)))

    async def write(self, sql: str, values: Sequence[object] = ()) -> None:
        """One statement that changes something."""
        async with self._turn:
            # Numbers that arrive while the app closes are asked for again by the next one.
            if not self._closed:
                await self.connection.execute(sql, tuple(values))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        """Several statements, all of them or none."""
        async with self._turn:
            await self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                await self.connection.execute("COMMIT")
            except BaseException:
                # A commit that was cancelled may have gone through all the same.
                with suppress(sqlite3.Error):
                    await self.connection.execute("ROLLBACK")
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
