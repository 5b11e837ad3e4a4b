"""The one writer: what is written together is committed together.

While one commit is on its way to the disk, further writes queue; they all share the next
transaction. Nothing waits for a timer, so a lone write is as quick as the disk, and a write is
answered only when it is durable.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

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
            Exception: whatever the operation, or the commit, raised; then nothing of this
                operation was written, and the others of its group were.
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
        """Whether the group was committed; a failure of one alone is told to its caller."""
        try:
            async with self._engine.begin() as connection:
                for pending in group:
                    pending.result = await pending.operation(connection)
        except Exception as error:  # noqa: BLE001  it belongs to the caller that is waiting
            if not alone and len(group) > 1:
                return False
            _resolve(group[0], error=error)
            return True
        for pending in group:
            _resolve(pending)
        return True


def _resolve(pending: _Pending, error: Exception | None = None) -> None:
    if pending.done.done():
        return
    if error is None:
        pending.done.set_result(pending.result)
    else:
        pending.done.set_exception(error)
