"""Where the writer's transactions run: on a file of this machine, or over the network."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from miavo_gateway.store.sqlite import (
    BUSY_SECONDS,
    driver_connection,
    is_locked,
    prepare_sqlite,
)

__all__ = ["Transactions", "transactions_of"]

Work = Callable[[Connection], None]

_SLOW_SECONDS = 0.002
_AVERAGED_OVER = 16
_TRANSACTIONS_PER_TRIAL = 64
_TRANSACTIONS_PER_CHECKPOINT = 256


class Transactions(Protocol):
    """Runs one transaction after another."""

    async def run(self, work: Work, *, durable: bool) -> None:
        """Run `work` in a transaction; undone if it raises.

        Args:
            work: what to do.
            durable: whether it has to survive a power cut when this returns. It survives the end
                of the process, however that comes, in any case.
        """
        ...

    async def close(self) -> None:
        """Close the connection."""
        ...


def transactions_of(engine: AsyncEngine) -> Transactions:
    """The way to write to the database of an engine."""
    return _OnFile(engine) if engine.dialect.name == "sqlite" else _OverNetwork(engine)


class _OnFile:
    """SQLite through its own driver.

    Many disks take a commit in less time than another thread takes to wake up, so a transaction
    runs right here as long as they do on the average; else a thread waits for the disk. Only what
    runs here tells how quick a disk is, as a thread waits for the interpreter's lock besides; so
    one of many transactions is tried here all the same. The thread also waits for the locks of
    other programs, opens the file, and makes checkpoints between two transactions, as these take
    long on any disk.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = create_engine(
            engine.url.set(drivername="sqlite"), connect_args={"check_same_thread": False}
        )
        event.listen(self._engine, "connect", prepare_sqlite)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="miavo-writer")
        self._connection: Connection | None = None
        self._durable = True
        self._patient = True
        """Whether the connection waits for a lock."""
        self._waits = _SLOW_SECONDS
        """Seconds that a transaction waits for the disk, as a moving average."""
        self._until_trial = 2
        self._until_checkpoint = _TRANSACTIONS_PER_CHECKPOINT

    async def run(self, work: Work, *, durable: bool) -> None:
        if not self._is_quick() or not self._run_here(work, durable):
            await self._in_thread(lambda: self._run(work, durable, patient=True))
        self._until_checkpoint -= 1
        if self._until_checkpoint <= 0:
            self._until_checkpoint = _TRANSACTIONS_PER_CHECKPOINT
            await self._in_thread(self._checkpoint)

    async def close(self) -> None:
        await self._in_thread(self._close)
        self._thread.shutdown(wait=False)

    async def _in_thread(self, call: Callable[[], object]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, call)

    def _is_quick(self) -> bool:
        """Whether the disk is, or whether it is time to see."""
        if self._waits < _SLOW_SECONDS:
            return True
        self._until_trial -= 1
        return self._until_trial <= 0

    def _run_here(self, work: Work, durable: bool) -> bool:
        """Whether it is done; if not, another program has locked the file."""
        try:
            waited = self._run(work, durable, patient=False)
        except (sqlite3.OperationalError, DBAPIError) as error:
            if not is_locked(error):
                raise
            return False
        if self._waits < _SLOW_SECONDS:
            self._waits += (waited - self._waits) / _AVERAGED_OVER
        else:
            self._until_trial = _TRANSACTIONS_PER_TRIAL
            self._waits = waited
        return True

    def _run(self, work: Work, durable: bool, *, patient: bool) -> float:
        """How many seconds of it were spent waiting, for the disk or for a lock."""
        # Kept: taking it from the pool and giving it back costs as much as a statement.
        if self._connection is None:
            self._connection = self._engine.connect()
            self._pragma("wal_autocheckpoint=0")
        if durable is not self._durable:
            self._pragma(f"synchronous={'FULL' if durable else 'NORMAL'}")
            self._durable = durable
        if patient is not self._patient:
            self._pragma(f"busy_timeout={BUSY_SECONDS * 1000 if patient else 0}")
            self._patient = patient
        began, worked = time.monotonic(), time.thread_time()
        with self._connection.begin():
            work(self._connection)
        return time.monotonic() - began - (time.thread_time() - worked)

    def _checkpoint(self) -> None:
        if self._connection is not None:
            self._pragma("wal_checkpoint(PASSIVE)")

    def _pragma(self, pragma: str) -> None:
        assert self._connection is not None, "there is a connection"
        driver_connection(self._connection).execute(f"PRAGMA {pragma}")

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._engine.dispose()


class _OverNetwork:
    """A server, through the engine's own driver. How durable a commit is, the server decides."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def run(self, work: Work, *, durable: bool) -> None:
        del durable
        async with self._engine.begin() as connection:
            await connection.run_sync(work)

    async def close(self) -> None:
        """The engine closes its own connections."""
