"""The requests in flight, so that a gateway that stops can end them first."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

__all__ = ["LiveRequests"]


class LiveRequests:
    """Counts requests and cancels them when the gateway stops."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[object]] = set()
        self._finishing: set[asyncio.Task[object]] = set()
        self.stopping = False
        """Whether a cancellation means that the gateway stops, rather than a caller's hang-up."""

    def __len__(self) -> int:
        return len(self._tasks)

    def running(self) -> _Block:
        """The current task serves a request inside this block."""
        task = asyncio.current_task()
        assert task is not None, "a request runs in a task"
        return _Block(self._tasks, task)

    async def finish(self, task: asyncio.Task[object]) -> None:
        """Wait for a task that must end even if this caller is cancelled while waiting."""
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)
        await asyncio.shield(task)

    async def stop(self, *, seconds: float) -> None:
        """Cancel what is running and wait, at most this long, until it has ended."""
        self.stopping = True
        running = set(self._tasks)
        for task in running:
            task.cancel()
        waited = running | self._finishing
        if waited:
            await asyncio.wait(waited, timeout=seconds)
        if self._finishing:
            await asyncio.wait(set(self._finishing), timeout=seconds)


@dataclass(frozen=True, slots=True)
class _Block:
    """A class, as a generator would take three times as long at every request."""

    tasks: set[asyncio.Task[object]]
    task: asyncio.Task[object]

    def __enter__(self) -> None:
        self.tasks.add(self.task)

    def __exit__(self, *_raised: object) -> None:
        self.tasks.discard(self.task)
