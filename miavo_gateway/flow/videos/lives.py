"""The video tasks that are under way: waited for, stored and settled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from sqlalchemy.exc import DBAPIError

from miavo_gateway.clock import now_us
from miavo_gateway.errors import MiavoError
from miavo_gateway.flow.ending import public_error
from miavo_gateway.flow.metered import Running
from miavo_gateway.flow.videos.life import Cancelled, Life
from miavo_gateway.flow.videos.shelf import Shelf, not_stored
from miavo_gateway.flow.videos.task import TaskStatus, VideoTask
from miavo_gateway.flow.videos.tasks import VideoTasks
from miavo_gateway.log import log
from miavo_gateway.observe.observer import Observer
from miavo_gateway.store.tables import UsageState
from miavo_gateway.usage import UsageBuckets
from miavo_gateway.video_engine import Accepted, Interrupted

__all__ = ["Lives"]

_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 30.0
"""Seconds between two tries to write what the database refuses."""


class Lives:
    """Tasks from when they are handed in until they are settled."""

    def __init__(self, tasks: VideoTasks, shelf: Shelf, observer: Observer) -> None:
        self._tasks = tasks
        self._shelf = shelf
        self._observer = observer
        self._lives: dict[str, Life] = {}
        self._background: set[asyncio.Task[None]] = set()

    def get(self, task_id: str) -> Life | None:
        """The life of a task; None if it has ended."""
        return self._lives.get(task_id)

    def add(self, life: Life) -> None:
        """Know of a task from now on."""
        self._lives[life.task.id] = life

    def count(self, key_id: str) -> int:
        """How many tasks of a key live, without those that are being handed in."""
        return sum(
            life.begun is None and life.task.key_id == key_id for life in self._lives.values()
        )

    async def stop(self) -> None:
        """Let go of every task."""
        works = [life.work for life in self._lives.values() if life.work is not None]
        for work in (*works, *self._background):
            work.cancel()
        await asyncio.gather(*works, *self._background, return_exceptions=True)

    def watch(self, life: Life) -> None:
        """Wait for a task that was taken, in the background."""
        life.begun = None
        life.work = asyncio.create_task(self._live(life), name=f"video {life.task.id}")
        self.tell(life.task)

    async def _live(self, life: Life) -> None:
        """Wait for a task, store its file, and settle it."""
        task, running = life.task, life.running
        assert task.reference is not None, "it was taken"
        accepted = Accepted(task.reference, task.credential_id, task.simulated)
        ended: VideoTask
        error: MiavoError | None = None
        try:
            found = await self._shelf.look(task.id)  # an earlier run may have come that far
            if found is None:
                draft = await self._shelf.draft(task.id)
                try:
                    image = self._shelf.image(task.id)
                    await life.engine.render(accepted, task.plan, image, draft, self._told(life))
                    life.ending = True
                    found = await self._shelf.keep(task.id, draft)
                finally:
                    await asyncio.shield(self._shelf.discard_draft(draft))
            life.ending = True
            facts, size = found
            ended = life.task.with_file(facts, size).ended_with(
                TaskStatus.SUCCEEDED, None, now_us()
            )
        except Exception as problem:  # noqa: BLE001  every end of a request is settled
            life.ending = True
            error = (
                not_stored(problem)
                if isinstance(problem, OSError)
                else public_error(problem, task.request_id)
            )
            ended = life.task.ended_with(TaskStatus.FAILED, error, now_us())
        try:
            await self.save(ended)
            await self.settle(ended, running, error)
        finally:
            self._lives.pop(task.id, None)
        await self._shelf.discard(task.id, video=False)
        self.tell(ended)

    async def settle(self, task: VideoTask, running: Running, error: MiavoError | None) -> None:
        """Charge a task that has ended for what came of it."""
        if task.status is TaskStatus.SUCCEEDED:
            # A file may be a fraction of a second longer than what was asked and held for.
            milliseconds = min(task.file_ms or 0, task.plan.seconds * 1_000)
            running.used(UsageBuckets(milliseconds=milliseconds))
            running.begun()
            await running.settle(UsageState.COMPLETED)
        else:
            await running.settle(_state_of(error), error)

    async def outlive(self, life: Life) -> None:
        """See a cancelled task to its end: what its provider renders all the same is charged."""
        task = life.task
        if task.reference is not None:
            accepted = Accepted(task.reference, task.credential_id, task.simulated)
            try:
                if await life.engine.outlive(accepted):
                    spent = UsageBuckets(milliseconds=task.plan.seconds * 1_000)
                    life.running.used(spent)
            except Exception:  # noqa: BLE001  nothing is known to have been rendered
                log.exception("the cancelled video task %s could not be watched", task.id)
        await life.running.settle(UsageState.CANCELLED, Cancelled.error())
        self._lives.pop(task.id, None)
        await self._shelf.discard(task.id, video=False)

    async def refuse(
        self, task: VideoTask, running: Running, error: MiavoError, *, added: bool
    ) -> None:
        """End a task that was not taken, or of which that is not known."""
        self._lives.pop(task.id, None)
        ended = task.ended_with(TaskStatus.FAILED, error, now_us())
        if added:
            try:
                await self._tasks.save(ended)
            except DBAPIError:
                # Whoever asked is told at once; the row is written when it can be.
                self.spawn(self.save(ended))
        await self._shelf.discard(task.id, video=False)
        await running.settle(_state_of(error), error)
        if added:
            self.tell(ended)

    def _told(self, life: Life) -> Callable[[int | None], None]:
        def told(percent: int | None) -> None:
            first = life.task.status is TaskStatus.PENDING
            if life.ending or life.task.status.ended:
                return
            if not first and percent == life.task.progress:
                return
            life.task = replace(life.task, status=TaskStatus.RUNNING, progress=percent)
            if first:
                self.spawn(self._save_if_running(life))
            self.tell(life.task)

        return told

    async def save(self, task: VideoTask) -> None:
        """Write what must not be lost, again for as long as the database refuses it."""
        pause = _FIRST_PAUSE
        while True:
            try:
                return await self._tasks.save(task)
            except DBAPIError as error:
                log.warning(
                    "the database refused the video task %s, once more in %.1f s: %s",
                    task.id,
                    pause,
                    error.orig,
                )
                await asyncio.sleep(pause)
                pause = min(_LONGEST_PAUSE, pause * 2)

    async def _save_if_running(self, life: Life) -> None:
        if life.task.status is TaskStatus.RUNNING and not life.ending:
            await self._tasks.save(life.task)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run something until it ends or the gateway stops."""
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    def tell(self, task: VideoTask) -> None:
        """Tell that a task has changed."""
        self._observer.happenings.tell("video.changed", {"task": task})


def _state_of(error: MiavoError | None) -> UsageState:
    return UsageState.INTERRUPTED if isinstance(error, Interrupted) else UsageState.FAILED
