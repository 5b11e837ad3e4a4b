"""Videos from the request to the file: handed in, rendered, stored, paid for once.

A task is a row from before it is handed in, and its row in the usage stays open as long as it
lives. So a gateway that is killed at any moment finds at its next start what was under way: a task
whose reference is on record is asked for again, one that may or may not have been taken is ended
as `interrupted` and costs nothing, and one whose file is in its place is charged.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DBAPIError

from miavo_gateway.catalogue import Kind, Model
from miavo_gateway.clock import now_us
from miavo_gateway.errors import InvalidRequest, MiavoError, NotFound, RateLimitExceeded
from miavo_gateway.flow.ending import public_error, stopped
from miavo_gateway.flow.keys import Key
from miavo_gateway.flow.ledger import Ticket
from miavo_gateway.flow.metered import Demand, MeteredFlow, Running
from miavo_gateway.flow.videos.life import Cancelled, Life
from miavo_gateway.flow.videos.planning import checked_image, fetched_image, plan_video
from miavo_gateway.flow.videos.shelf import Shelf, not_stored
from miavo_gateway.flow.videos.task import TaskStatus, VideoTask, recorded_error
from miavo_gateway.flow.videos.tasks import TaskFilter, VideoTasks
from miavo_gateway.log import log
from miavo_gateway.providers.video import VideoImage, VideoPlan
from miavo_gateway.schema.videos import VideoGenerationRequest
from miavo_gateway.store.tables import UsageState
from miavo_gateway.usage import UsageBuckets
from miavo_gateway.video_engine import Accepted, Interrupted, VideoEngine

if TYPE_CHECKING:
    from miavo_gateway.upstream.fetching.fetcher import Fetcher

__all__ = ["ENDPOINT", "VideoFlow"]

ENDPOINT = "/v1/videos/generations"
_MOST_ALIVE = 200
"""Tasks of one key that may be under way."""
_STOP_SECONDS = 2.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 30.0
_RETRY_SECONDS = 5.0
_DAY = 86_400_000_000
"""In microseconds."""
_EXPIRY_SECONDS = 600.0
"""Between two looks at what has become too old."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A request that fits its model."""

    plan: VideoPlan
    link: str | None
    """Where its image is, if that has to be fetched."""


class VideoFlow:
    """The video tasks of a gateway."""

    def __init__(
        self,
        metered: MeteredFlow,
        tasks: VideoTasks,
        shelf: Shelf,
        engines: Mapping[str, VideoEngine],
        fetcher: Callable[[], Awaitable[Fetcher]],
    ) -> None:
        self.shelf = shelf
        self._metered = metered
        self._tasks = tasks
        self._engines = engines
        self._fetcher = fetcher
        self._lives: dict[str, Life] = {}
        self._background: set[asyncio.Task[None]] = set()
        self._begun: set[asyncio.Task[VideoTask]] = set()
        self._stopping = False

    async def create(self, request: VideoGenerationRequest, key: Key, request_id: str) -> VideoTask:
        """Begin a task; it was taken by whoever renders it on return.

        Raises:
            InvalidRequest: the model does not render that, or is none for video.
            MiavoError: it may not, or cannot, be rendered now.
        """
        if self._stopping:
            raise stopped()
        model = self._metered.router.model(request.model)
        if model.kind is not Kind.VIDEO:
            raise InvalidRequest(
                f"'{model.slug}' renders no video: it is called at {model.endpoint}.",
                param="model",
            )
        engine = self._engines.get(model.slug)
        wanted = _wanted(request, model, engine) if engine is not None else None
        alive = Counter(life.task.key_id for life in self._lives.values())
        if alive[key.id] >= _MOST_ALIVE:
            raise RateLimitExceeded(
                f"This key renders {_MOST_ALIVE} videos already: wait for some of them.",
                retry_after=_RETRY_SECONDS,
            )
        running = await self._metered.open(
            model, key, request_id, _demand(wanted.plan) if wanted else Demand(ENDPOINT)
        )
        assert engine is not None, "what has no engine has an obstacle"
        assert wanted is not None, "as above"
        # The task goes on if its caller hangs up: what may have been taken must be on record.
        begun = asyncio.create_task(self._begin(running, engine, wanted), name="begin-video")
        self._begun.add(begun)
        begun.add_done_callback(self._begun.discard)
        try:
            return await asyncio.shield(begun)
        except asyncio.CancelledError:
            if begun.cancelled():
                raise stopped() from None
            begun.add_done_callback(lambda done: done.cancelled() or done.exception())
            raise

    async def get(self, task_id: str, key_id: str | None = None) -> VideoTask:
        """A task, as it is now.

        Args:
            task_id: its id.
            key_id: whose it has to be; None for anybody's.

        Raises:
            NotFound: there is none.
        """
        life = self._lives.get(task_id)
        task = life.task if life is not None else await self._tasks.get(task_id)
        if task is None or (key_id is not None and task.key_id != key_id):
            raise NotFound(f"There is no video task '{task_id[:64]}'.")
        return task

    async def page(self, limit: int, before: int | None, which: TaskFilter) -> list[VideoTask]:
        """Tasks, newest first; see `VideoTasks.page`."""
        found = await self._tasks.page(limit, before, which)
        return [
            life.task if (life := self._lives.get(task.id)) is not None else task for task in found
        ]

    async def delete(self, task_id: str, key_id: str | None = None) -> VideoTask | None:
        """Cancel a task that is under way; remove one that has ended, with its file.

        Returns:
            The cancelled task; None where one was removed.

        Raises:
            NotFound: there is none.
        """
        await self.get(task_id, key_id)
        life = self._lives.get(task_id)
        if life is not None:
            if life.begun is not None:
                await asyncio.wait({life.begun})
            if await life.cancel():
                await self._tasks.save(life.task)
                self._tell(life.task)
                outlived = self._spawn(self._outlive(life))
                if life.engine.repeatable:  # what is rendered here has stopped already
                    await asyncio.wait({outlived})
            if life.task.status is TaskStatus.CANCELLED:
                return life.task
            if life.work is not None:
                await asyncio.wait({life.work})
        await self._tasks.remove(task_id)
        await self.shelf.discard(task_id, video=True)
        return None

    async def resume(self) -> None:
        """Go on with what an earlier run left; to be called once, when the ledger is loaded."""
        await asyncio.to_thread(self.shelf.sweep)
        catalogue = self._metered.router.catalogue
        tickets = await self._metered.passage.ledger.resume(catalogue.get)
        for task in await self._tasks.unsettled():
            ticket = tickets.get(task.request_id)
            try:
                if ticket is not None:
                    await self._resume(task, ticket)
            except Exception:  # noqa: BLE001  the gateway starts, and the next start tries again
                log.exception("the video task %s could not go on", task.id)

    def keep_for(self, days: float) -> None:
        """Remove files so many days after they were rendered, from now on."""
        self._spawn(self._expire(days))

    async def _expire(self, days: float) -> None:
        while True:
            try:
                await self._expire_once(days)
            except Exception:  # noqa: BLE001  the next round tries again
                log.exception("old videos could not be removed")
            await asyncio.sleep(_EXPIRY_SECONDS)

    async def _expire_once(self, days: float) -> None:
        for task in await self._tasks.ended_before(now_us() - round(days * _DAY)):
            await self.shelf.discard(task.id, video=True)
            await self._tasks.save(task.without_file())

    async def stop(self) -> None:
        """Let go of every task; they go on at the next start."""
        self._stopping = True
        if self._begun:
            _, late = await asyncio.wait(set(self._begun), timeout=_STOP_SECONDS)
            for each in late:
                each.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        works = [life.work for life in self._lives.values() if life.work is not None]
        for work in (*works, *self._background):
            work.cancel()
        await asyncio.gather(*works, *self._background, return_exceptions=True)

    async def _begin(self, running: Running, engine: VideoEngine, wanted: _Wanted) -> VideoTask:
        plan = wanted.plan
        task = VideoTask(
            id=f"vid_{secrets.token_hex(12)}",
            request_id=running.request_id,
            key_id=running.key.id,
            slug=running.model.slug,
            provider=running.model.provider,
            plan=replace(plan, image=None),
            created_at=now_us(),
            file_token=secrets.token_urlsafe(24),
        )
        added = False
        try:
            if wanted.link is not None:
                slug, fetcher = running.model.slug, await self._fetcher()
                image = await fetched_image(wanted.link, engine.rules, slug, fetcher)
                plan = replace(plan, image=image)
            if plan.image is not None and engine.repeatable:
                await self.shelf.keep_image(task.id, plan.image.data)
            task = await self._tasks.add(task)
            added = True
            life = Life(task, running, engine)
            life.begun = asyncio.current_task()
            self._lives[task.id] = life
            accepted = await engine.submit(task.id, plan)
        except asyncio.CancelledError:
            await self._refuse(task, running, _interrupted(), added=added)
            raise
        except Exception as problem:  # noqa: BLE001  every end of a request is settled
            error = public_error(problem, running.request_id)
            await self._refuse(task, running, error, added=added)
            raise error from None
        await self._accept(life, accepted)
        return life.task

    async def _accept(self, life: Life, accepted: Accepted) -> None:
        """Write down what finds the task again, then wait for it."""
        life.task = replace(
            life.task,
            reference=accepted.reference,
            credential_id=accepted.credential_id,
            simulated=accepted.simulated,
        )
        await self._save_surely(life.task)
        if accepted.simulated:
            life.running.simulated()
        life.running.leave_windows()
        self._watch(life)

    async def _refuse(
        self, task: VideoTask, running: Running, error: MiavoError, *, added: bool
    ) -> None:
        """End a task that was not taken, or of which that is not known."""
        self._lives.pop(task.id, None)
        if added:
            await self._tasks.save(task.ended_with(TaskStatus.FAILED, error, now_us()))
        await self.shelf.discard(task.id, video=False)
        await running.settle(_state_of(error), error)
        if added:
            self._tell(task.ended_with(TaskStatus.FAILED, error, now_us()))

    def _watch(self, life: Life) -> None:
        life.begun = None
        life.work = asyncio.create_task(self._live(life), name=f"video {life.task.id}")
        self._tell(life.task)

    async def _live(self, life: Life) -> None:
        """Wait for a task, store its file, and settle it."""
        task, running = life.task, life.running
        assert task.reference is not None, "it was taken"
        accepted = Accepted(task.reference, task.credential_id, task.simulated)
        ended: VideoTask
        error: MiavoError | None = None
        try:
            found = await self.shelf.look(task.id)  # an earlier run may have come that far
            if found is None:
                draft = await self.shelf.draft(task.id)
                try:
                    image = self.shelf.image(task.id)
                    await life.engine.render(accepted, task.plan, image, draft, self._told(life))
                    life.ending = True
                    found = await self.shelf.keep(task.id, draft)
                finally:
                    await asyncio.shield(self.shelf.discard_draft(draft))
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
            await self._save_surely(ended)
            await self._settle(ended, running, error)
        finally:
            self._lives.pop(task.id, None)
        await self.shelf.discard(task.id, video=False)
        self._tell(ended)

    async def _settle(self, task: VideoTask, running: Running, error: MiavoError | None) -> None:
        if task.status is TaskStatus.SUCCEEDED:
            # A file may be a fraction of a second longer than what was asked and held for.
            milliseconds = min(task.file_ms or 0, task.plan.seconds * 1_000)
            running.used(UsageBuckets(milliseconds=milliseconds))
            running.begun()
            await running.settle(UsageState.COMPLETED)
        else:
            await running.settle(_state_of(error), error)

    async def _outlive(self, life: Life) -> None:
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
        await self.shelf.discard(task.id, video=False)

    async def _resume(self, task: VideoTask, ticket: Ticket) -> None:
        running = self._metered.resume(ticket, task.plan.resolution, simulated=task.simulated)
        engine = self._engines.get(task.slug)
        if task.status.ended and task.status is not TaskStatus.CANCELLED:
            error = recorded_error(task.error) if task.error else None
            await self._settle(task, running, error)
        elif engine is None:
            gone = InvalidRequest(f"'{task.slug}' is no video model of this gateway any more.")
            await self._refuse(task, running, gone, added=True)
        else:
            life = Life(task, running, engine)
            if task.status is TaskStatus.CANCELLED:
                self._lives[task.id] = life
                self._spawn(self._outlive(life))
            elif task.reference is not None:
                self._lives[task.id] = life
                self._watch(life)
            elif engine.repeatable:
                self._lives[task.id] = life
                await self._accept(life, await engine.submit(task.id, task.plan))
            else:
                await self._refuse(task, running, _interrupted(), added=True)

    def _told(self, life: Life) -> Callable[[int | None], None]:
        def told(percent: int | None) -> None:
            first = life.task.status is TaskStatus.PENDING
            if life.ending or life.task.status.ended:
                return
            if not first and percent == life.task.progress:
                return
            life.task = replace(life.task, status=TaskStatus.RUNNING, progress=percent)
            if first:
                self._spawn(self._save_if_running(life))
            self._tell(life.task)

        return told

    async def _save_surely(self, task: VideoTask) -> None:
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

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    def _tell(self, task: VideoTask) -> None:
        self._metered.passage.ledger.observer.happenings.tell("video.changed", {"task": task})


def _wanted(request: VideoGenerationRequest, model: Model, engine: VideoEngine) -> _Wanted:
    plan = plan_video(request, model, engine.rules)
    if request.image is None:
        return _Wanted(plan, None)
    image: VideoImage | None = checked_image(request.image, engine.rules, model.slug)
    if image is None:
        return _Wanted(plan, request.image)
    return _Wanted(replace(plan, image=image), None)


def _demand(plan: VideoPlan) -> Demand:
    whole = UsageBuckets(milliseconds=plan.seconds * 1_000)
    return Demand(ENDPOINT, least=whole, most=whole, tier=plan.resolution)


def _interrupted() -> Interrupted:
    return Interrupted(
        "The gateway ended while this task was handed in, and cannot tell whether its provider "
        "took it. Nothing is charged; ask again if you still want it."
    )


def _state_of(error: MiavoError | None) -> UsageState:
    return UsageState.INTERRUPTED if isinstance(error, Interrupted) else UsageState.FAILED
