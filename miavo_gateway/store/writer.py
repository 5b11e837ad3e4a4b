"""The one writer: what is written together is committed together.

While one commit is on its way to the disk, further writes queue; they all share the next
transaction. Nothing waits for a timer, so a lone write is as quick as the disk, and a write is
answered only when it is durable.

Rows of a group that are for the same statement go to the database together, and a group for
SQLite is written in one trip to the writer's own thread: per request this costs a fraction of
what a trip for each statement would.

A failing write fails alone. A database that is gone fails the whole group at once, and the next
group tries it anew.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Connection, Delete, Insert, Update
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from miavo_gateway.store.prepared import Prepared
from miavo_gateway.store.transactions import transactions_of

__all__ = ["GroupCommitWriter", "Operation", "Rows"]

T = TypeVar("T")
Operation = Callable[[Connection], T]
Statement: TypeAlias = Insert | Update | Delete

_MOST_PER_COMMIT = 512


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows for one statement."""

    statement: Statement
    """The same object each time: by it the rows of a group find each other."""
    values: Sequence[dict[str, Any]]
    """Parameters; all rows of a statement have the same names, and a value for every column that
    has no default of the database's."""
    exactly: bool = False
    """Whether each of them has to meet exactly one row of the database."""


class _Missed(Exception):
    """A row that had to be met was not."""


@dataclass(slots=True)
class _Pending:
    done: asyncio.Future[Any]
    operation: Operation[Any]
    rows: tuple[Rows, ...] = ()
    """What the operation comes to; empty if that is not known beforehand."""
    durable: bool = True
    result: Any = field(default=None)


class GroupCommitWriter:
    """Runs writes in order, many to a transaction, over one connection of its own."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._transactions = transactions_of(engine)
        self._queue: asyncio.Queue[_Pending] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._prepared: dict[Statement, Prepared] = {}

    @property
    def waiting(self) -> int:
        """Writes that wait for the next transaction."""
        return self._queue.qsize()

    def start(self) -> None:
        """Begin taking writes; call from the loop that will write."""
        self._loop = asyncio.get_running_loop()
        self._task = self._loop.create_task(self._run(), name="group-commit-writer")

    async def write(self, operation: Operation[T]) -> T:
        """Run an operation inside the next transaction and return once that is durable.

        An operation may run twice, when another one of its group failed; its effects outside the
        connection must allow for that. It may run in another thread. A caller that is cancelled
        does not undo its write.

        Raises:
            DBAPIError: the database refused the operation or is gone. With
                `connection_invalidated` set it is gone, and where that befell the commit itself
                the write may have been made.
            Exception: whatever else the operation raised; nothing of it was written, and the
                others of its group were.
        """
        result: T = await self._ask(_Pending(self._loop.create_future(), operation))
        return result

    async def put(
        self, *rows: Rows, alone: Operation[Any] | None = None, durable: bool = True
    ) -> None:
        """Write rows, together with those of the other writes of the group; else as `write`.

        Args:
            rows: in the order in which they are written.
            durable: whether they have to survive a power cut on return. They survive the end of
                the process in any case.
            alone: what to run instead where a row that has to be met `exactly` was not. By
                default the rows are written one statement after the other, whatever they meet.
        """

        def each(connection: Connection) -> None:
            for one in rows:
                connection.execute(one.statement, list(one.values))

        await self._ask(_Pending(self._loop.create_future(), alone or each, rows, durable))

    async def close(self) -> None:
        """Write what is queued, then stop."""
        if self._task is not None:
            await self._queue.join()
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        await self._transactions.close()

    async def _ask(self, pending: _Pending) -> Any:
        self._queue.put_nowait(pending)
        # A caller that is cancelled takes its future with it, and not the write.
        return await pending.done

    async def _run(self) -> None:
        group: list[_Pending] = []
        while True:
            crowded = len(group) > 1
            group = [await self._queue.get()]
            if crowded:
                # Who is served in this turn of the loop comes along, and the disk is asked half as
                # often.
                await asyncio.sleep(0)
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

        def everything(connection: Connection) -> None:
            if alone:
                _run_each(connection, group)
            else:
                self._run_together(connection, group)

        try:
            await self._transactions.run(
                everything, durable=any(pending.durable for pending in group)
            )
        except Exception as error:  # noqa: BLE001  it belongs to the caller that is waiting
            lost = _as_lost_connection(error)
            if lost is None and not alone:
                return False
            # Not run again when the connection was lost: the commit may have reached the disk,
            # and what it wrote must not be written twice.
            for pending in group:
                _resolve(pending, error=lost or error)
            return True
        for pending in group:
            _resolve(pending)
        return True

    def _run_together(self, connection: Connection, group: Iterable[_Pending]) -> None:
        rows_of: dict[Statement, list[dict[str, Any]]] = {}
        exact: set[Statement] = set()
        singly = []
        counts = connection.dialect.supports_sane_multi_rowcount
        for pending in group:
            if not pending.rows or (not counts and any(rows.exactly for rows in pending.rows)):
                singly.append(pending)
                continue
            for rows in pending.rows:
                rows_of.setdefault(rows.statement, []).extend(rows.values)
                if rows.exactly:
                    exact.add(rows.statement)
        for statement, values in rows_of.items():
            prepared = self._prepared.get(statement)
            if prepared is None:
                prepared = Prepared(statement, connection.dialect, list(values[0]))
                self._prepared[statement] = prepared
            met = prepared.run(connection, values)
            if statement in exact and met != len(values):
                raise _Missed
        _run_each(connection, singly)


def _run_each(connection: Connection, group: Iterable[_Pending]) -> None:
    for pending in group:
        pending.result = pending.operation(connection)


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
