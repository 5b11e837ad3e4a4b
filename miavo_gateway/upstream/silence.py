"""The longest wait between two pieces of an answer, without a timer for each piece."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

__all__ = ["SilenceWatch"]

T = TypeVar("T")


class SilenceWatch:
    """Ends a wait that lasts too long.

    A stream waits for each of its hundreds of pieces, nearly always in vain for its limit. So one
    timer serves all waits: it looks when the wait of that moment began, and is set again for what
    is left of it.
    """

    def __init__(self, seconds: float, deadline: float) -> None:
        """A watch whose timer runs from the first wait on.

        Args:
            seconds: the longest single wait.
            deadline: when all waits end, as the loop's time.
        """
        self._loop = asyncio.get_running_loop()
        self._seconds = seconds
        self._deadline = deadline
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: asyncio.Task[object] | None = None
        self._until = deadline
        """When the wait of this moment is over."""
        self._over = False

    @property
    def past_deadline(self) -> bool:
        """Whether it is the deadline that ends the wait of this moment, not its own length."""
        return self._until >= self._deadline

    async def wait(self, piece: Awaitable[T]) -> T:
        """What is waited for.

        Raises:
            TimeoutError: it did not come in time.
        """
        task = asyncio.current_task()
        assert task is not None, "whoever waits is a task"
        cancelling = task.cancelling()
        self._until = min(self._loop.time() + self._seconds, self._deadline)
        self._waiting = task
        if self._timer is None:
            self._timer = self._loop.call_at(self._until, self._look)
        try:
            return await piece
        except asyncio.CancelledError:
            # As asyncio's own timeouts do: a cancellation by anyone else goes on.
            if self._over and task.uncancel() <= cancelling:
                raise TimeoutError from None
            raise
        finally:
            self._waiting = None

    def close(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        now = self._loop.time()
        if self._waiting is None:
            # Whoever reads is slow, which is no silence; the next wait sets its own end.
            self._timer = None
        elif now >= self._until:
            self._over = True
            self._waiting.cancel()
        else:
            self._timer = self._loop.call_at(self._until, self._look)
