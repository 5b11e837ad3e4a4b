"""The rows of video tasks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from miavo_gateway.flow.videos.task import TaskStatus, VideoTask
from miavo_gateway.store.tables import UsageState, api_key_table, usage_table, video_task_table
from miavo_gateway.store.writer import GroupCommitWriter

__all__ = ["TaskFilter", "VideoTasks"]

_column = video_task_table.c
_LIFELONG = frozenset({"id", "request_id", "key_id", "slug", "provider", "created_at", "plan"})


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks; None is any. Of several values, one has to be met."""

    key_id: Collection[str] | None = None
    slug: Collection[str] | None = None
    provider: Collection[str] | None = None
    status: Collection[str] | None = None
    """As they are on the wire, where what was cancelled has failed."""
    account_id: str | None = None


class VideoTasks:
    """Reads and writes them."""

    def __init__(self, engine: AsyncEngine, writer: GroupCommitWriter) -> None:
        self._engine = engine
        self._writer = writer

    async def add(self, task: VideoTask) -> VideoTask:
        """Write a new task; with its number. Durable on return."""
        row = task.row()

        def write(connection: Connection) -> int:
            made = connection.execute(
                insert(video_task_table).values(row).returning(_column.number)
            )
            return int(made.scalar_one())

        return replace(task, number=await self._writer.write(write))

    async def save(self, task: VideoTask) -> None:
        """Write what has changed of a task; durable on return."""
        row = {name: value for name, value in task.row().items() if name not in _LIFELONG}

        def write(connection: Connection) -> None:
            connection.execute(update(video_task_table).where(_column.id == task.id).values(row))

        await self._writer.write(write)

    async def remove(self, task_id: str) -> None:
        """Forget a task."""

        def write(connection: Connection) -> None:
            connection.execute(delete(video_task_table).where(_column.id == task_id))

        await self._writer.write(write)

    async def get(self, task_id: str) -> VideoTask | None:
        """A task; None if there is none."""
        async with self._engine.connect() as connection:
            found = await connection.execute(select(video_task_table).where(_column.id == task_id))
            row = found.mappings().one_or_none()
        return VideoTask.of_row(dict(row)) if row is not None else None

    async def page(self, limit: int, before: int | None, which: TaskFilter) -> list[VideoTask]:
        """Tasks, newest first: `limit` of them older than the one numbered `before`."""
        query = select(video_task_table).order_by(_column.number.desc()).limit(limit)
        if before is not None:
            query = query.where(_column.number < before)
        return [VideoTask.of_row(dict(row)) for row in await self._rows(_narrowed(query, which))]

    async def unsettled(self) -> list[VideoTask]:
        """The tasks whose requests are not paid for yet, oldest first."""
        query = (
            select(video_task_table)
            .join(usage_table, usage_table.c.request_id == _column.request_id)
            .where(usage_table.c.state == UsageState.OPEN.value)
            .order_by(_column.number)
        )
        return [VideoTask.of_row(dict(row)) for row in await self._rows(query)]

    async def ended_before(self, moment: int) -> list[VideoTask]:
        """Tasks with a file that ended before a moment, in Unix microseconds."""
        query = (
            select(video_task_table)
            .where(_column.completed_at < moment)
            .where(_column.file_bytes.is_not(None))
        )
        return [VideoTask.of_row(dict(row)) for row in await self._rows(query)]

    async def _rows(self, query: Select[Any]) -> list[RowMapping]:
        async with self._engine.connect() as connection:
            return list((await connection.execute(query)).mappings())


def _narrowed(query: Select[Any], which: TaskFilter) -> Select[Any]:
    for name in ("key_id", "slug", "provider"):
        if (wanted := getattr(which, name)) is not None:
            query = query.where(_column[name].in_(wanted))
    if which.status is not None:
        cancelled = {TaskStatus.CANCELLED.value} if TaskStatus.FAILED in which.status else set()
        query = query.where(_column.status.in_({*which.status} | cancelled))
    if which.account_id is not None:
        keys = select(api_key_table.c.id).where(api_key_table.c.account_id == which.account_id)
        query = query.where(_column.key_id.in_(keys))
    return query
