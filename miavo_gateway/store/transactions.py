"""Where the writer's transactions run: in a thread of their own, or over the network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.ext.asyncio import AsyncEngine

from miavo_gateway.store.sqlite import prepare_sqlite

__all__ = ["Transactions", "transactions_of"]


class Transactions(Protocol):
    """Runs one transaction after another."""

    async def run(self, work: Callable[[Connection], None]) -> None:
        """Run `work` in a transaction; durable on return, undone if it raises."""
        ...

    async def close(self) -> None:
        """Close the connection."""
        ...


def transactions_of(engine: AsyncEngine) -> Transactions:
    """The way to write to the database of an engine."""
    return _InThread(engine) if engine.dialect.name == "sqlite" else _OverNetwork(engine)


class _InThread:
    """SQLite through its own driver: aiosqlite would cross threads for each statement."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = create_engine(engine.url.set(drivername="sqlite"))
        event.listen(self._engine, "connect", prepare_sqlite)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="miavo-writer")
        self._connection: Connection | None = None

    async def run(self, work: Callable[[Connection], None]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._run, work)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown(wait=False)

    def _run(self, work: Callable[[Connection], None]) -> None:
        # Kept: taking it from the pool and giving it back costs as much as a statement.
        if self._connection is None:
            self._connection = self._engine.connect()
        with self._connection.begin():
            work(self._connection)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._engine.dispose()


class _OverNetwork:
    """A server, through the engine's own driver."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def run(self, work: Callable[[Connection], None]) -> None:
        async with self._engine.begin() as connection:
            await connection.run_sync(work)

    async def close(self) -> None:
        """The engine closes its own connections."""
