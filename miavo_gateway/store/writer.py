"""The one writer: what is written together is committed together.

While one commit is on its way to the disk, further writes queue; they all share the next
transaction. Nothing waits for a timer, so a lone write is as quick as the disk, and a write is
answered only when it is durable.

A failing operation fails alone. A database that is gone fails the whole group at once, and the
next group tries it anew.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

__all__ = ["GroupCommitWriter", "Operation"]

T = TypeVar("T")
Operation = Callable[[AsyncConnection], Awaitable[T]]

_MOST_PER_COMMIT = 512


@dataclass(slots=True)
class _Pending:
    operation: Operation[Any]
    done: asyncio.Future[Any]
    result: Any = field(default=None)


class GroupCommitWriter:
    """Runs writes in order, many to a transaction, over one connection of its own."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._queue: asyncio.Queue[_Pending] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin taking writes; call from the loop that will write."""
        self._task = asyncio.create_task(self._run(), name="group-commit-writer")

    async def write(self, operation: Operation[T]) -> T:
        """Run an operation inside the next transaction and return once that is durable.

        An operation may run twice, when another one of its group failed; its effects outside the
        connection must allow for that. A caller that is cancelled does not undo its write.

        Raises:
            DBAPIError: the database refused the operation or is gone. With
                `connection_invalidated` set it is gone, and where that befell the commit itself
                the write may have been made.
            Exception: whatever else the operation raised; nothing of it was written, and the
                others of its group were.
        """
        pending = _Pending(operation, asyncio.get_running_loop().create_future())
        self._queue.put_nowait(pending)
        result: T = await asyncio.shield(pending.done)
        return result

    async def close(self) -> None:
        """Write what is queued, then stop."""
        if self._task is None:
            return
        await self._queue.join()
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self._task = None

    async def _run(self) -> None:
        while True:
            group = [await self._queue.get()]
            while len(group) < _MOST_PER_COMMIT and not self._queue.empty():
                group.append(self._queue.get_nowait())
            try:
                if not await self._commit(group):
                    for pending in group:
                        await self._commit([pending], alone=True)
            finally:
                for _ in group:
                    self._queue.task_done()

    async def _commit(self, group: list[_Pending], *, alone: bool = False) -> bool:
        """Whether every caller of the group has its answer; if not, each has to run alone."""
        try:
            async with self._engine.begin() as connection:
                for pending in group:
                    pending.result = await pending.operation(connection)
        except Exception as error:  # noqa: BLE001  it belongs to the caller that is waiting
            lost = _as_lost_connection(error)
            if lost is None and not alone and len(group) > 1:
                return False
            # Not run again when the connection was lost: the commit may have reached the disk,
            # and what it wrote must not be written twice.
            for pending in group:
                _resolve(pending, error=lost or error)
            return True
        for pending in group:
            _resolve(pending)
        return True


def _as_lost_connection(error: Exception) -> DBAPIError | None:
    """The error, if it says that the database is gone; always of SQLAlchemy's kind."""
    if isinstance(error, DBAPIError):
        return error if error.connection_invalidated else None
    # asyncpg fails to connect with the socket's own error, which SQLAlchemy does not wrap.
    if isinstance(error, OSError):
        return OperationalError("connect", None, error, connection_invalidated=True)
    return None


def _resolve(pending: _Pending, error: Exception | None = None) -> None:
    if pending.done.done():
        return
    if error is None:
        pending.done.set_result(pending.result)
    else:
        pending.done.set_exception(error)
