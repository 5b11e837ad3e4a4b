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
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from miavo_gateway.catalogue import Kind, Model
from miavo_gateway.clock import now_us
from miavo_gateway.errors import InvalidRequest, NotFound, RateLimitExceeded
from miavo_gateway.flow.ending import public_error, stopped
from miavo_gateway.flow.key import Key
from miavo_gateway.flow.metered import Demand, MeteredFlow, Running
from miavo_gateway.flow.ticket import Ticket
from miavo_gateway.flow.videos.life import Life
from miavo_gateway.flow.videos.lives import Lives
from miavo_gateway.flow.videos.planning import checked_image, fetched_image, plan_video
from miavo_gateway.flow.videos.shelf import Shelf
from miavo_gateway.flow.videos.task import TaskStatus, VideoTask, recorded_error
from miavo_gateway.flow.videos.tasks import TaskFilter, VideoTasks
from miavo_gateway.log import log
from miavo_gateway.providers.video import VideoImage, VideoPlan
from miavo_gateway.schema.videos import VideoGenerationRequest
from miavo_gateway.usage import UsageBuckets
from miavo_gateway.video_engine import Accepted, Interrupted, VideoEngine

if TYPE_CHECKING:
    from miavo_gateway.upstream.fetching.fetcher import Fetcher

__all__ = ["ENDPOINT", "VideoFlow"]

ENDPOINT = "/v1/videos/generations"
_MOST_ALIVE = 200
"""Tasks of one key that may be under way."""
_STOP_SECONDS = 2.0
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
        self._lives = Lives(tasks, shelf, metered.passage.ledger.observer)
        self._begun: set[asyncio.Task[VideoTask]] = set()
        self._coming: Counter[str] = Counter()
        """Places taken by what is not handed in yet, by key."""
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
        wanted = None
        if engine is not None:  # in a thread: an image of megabytes may have to be decoded
            wanted = await asyncio.to_thread(_wanted, request, model, engine)
        self._take_place(key.id)
        try:
            running = await self._metered.open(
                model, key, request_id, _demand(wanted.plan) if wanted else Demand(ENDPOINT)
            )
        except BaseException:
            self._coming[key.id] -= 1
            raise
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
                await self._lives.save(life.task)
                self._lives.tell(life.task)
                outlived = self._lives.spawn(self._lives.outlive(life))
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
        self._lives.spawn(self._expire(days))

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
        await self._lives.stop()

    def _take_place(self, key_id: str) -> None:
        """Count one more task of a key, from before anything of it is awaited.

        Raises:
            RateLimitExceeded: it has as many as it may.
        """
        if self._lives.count(key_id) + self._coming[key_id] >= _MOST_ALIVE:
            raise RateLimitExceeded(
                f"This key renders {_MOST_ALIVE} videos already: wait for some of them.",
                retry_after=_RETRY_SECONDS,
            )
        self._coming[key_id] += 1

    async def _begin(self, running: Running, engine: VideoEngine, wanted: _Wanted) -> VideoTask:
        try:
            return await self._hand_in(running, engine, wanted)
        finally:
            self._coming[running.key.id] -= 1

    async def _hand_in(self, running: Running, engine: VideoEngine, wanted: _Wanted) -> VideoTask:
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
            self._lives.add(life)
            accepted = await engine.submit(task.id, plan)
        except asyncio.CancelledError:
            await self._lives.refuse(task, running, _interrupted(), added=added)
            raise
        except Exception as problem:  # noqa: BLE001  every end of a request is settled
            error = public_error(problem, running.request_id)
            await self._lives.refuse(task, running, error, added=added)
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
        await self._lives.save(life.task)
        if accepted.simulated:
            life.running.simulated()
        life.running.outlast()
        self._lives.watch(life)

    async def _resume(self, task: VideoTask, ticket: Ticket) -> None:
        running = self._metered.resume(ticket, task.plan.resolution, simulated=task.simulated)
        engine = self._engines.get(task.slug)
        if task.status.ended and task.status is not TaskStatus.CANCELLED:
            error = recorded_error(task.error) if task.error else None
            await self._lives.settle(task, running, error)
        elif engine is None:
            gone = InvalidRequest(f"'{task.slug}' is no video model of this gateway any more.")
            await self._lives.refuse(task, running, gone, added=True)
        else:
            life = Life(task, running, engine)
            if task.status is TaskStatus.CANCELLED:
                self._lives.add(life)
                self._lives.spawn(self._lives.outlive(life))
            elif task.reference is not None:
                self._lives.add(life)
                self._lives.watch(life)
            elif engine.repeatable:
                self._lives.add(life)
                await self._accept(life, await engine.submit(task.id, task.plan))
            else:
                await self._lives.refuse(task, running, _interrupted(), added=True)


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
