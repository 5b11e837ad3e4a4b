"""A video task that is under way."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from miavo_gateway.clock import now_us
from miavo_gateway.errors import MiavoError
from miavo_gateway.flow.metered import Running
from miavo_gateway.flow.videos.task import TaskStatus, VideoTask
from miavo_gateway.video_engine import VideoEngine

__all__ = ["Cancelled", "Life"]


class Cancelled(MiavoError):
    """Who asked for it wants it no more."""

    status = 499
    code = "cancelled"
    type = "invalid_request_error"

    @classmethod
    def error(cls) -> Cancelled:
        """What such a task says."""
        return cls("The task was cancelled.")


@dataclass(slots=True, eq=False)
class Life:
    """What is in memory of a task until it is settled."""

    task: VideoTask
    running: Running
    engine: VideoEngine
    begun: asyncio.Task[Any] | None = None
    """What hands it in, while it does."""
    work: asyncio.Task[None] | None = None
    """What waits for it and stores it."""
    ending: bool = False
    """Whether it is too late to cancel it: it was rendered, or came to nothing."""

    async def cancel(self) -> bool:
        """Stop waiting for it; whether that is this call's doing."""
        if self.ending or self.work is None or self.task.status.ended:
            return False
        self.task = self.task.ended_with(TaskStatus.CANCELLED, Cancelled.error(), now_us())
        self.work.cancel()
        await asyncio.wait({self.work})
        return True
