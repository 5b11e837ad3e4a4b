"""What happens in a gateway, told to those who listen; it never waits for them.

Belongs to the gateway's loop: not thread-safe.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

__all__ = ["Happening", "Happenings", "Listener"]

_CAPACITY = 1_000


@dataclass(frozen=True, slots=True)
class Happening:
    """One event."""

    name: str
    """Such as `request.ended`."""
    data: Mapping[str, Any]


class Listener:
    """What one listener has not read yet: the latest events, and how many older ones it lost."""

    def __init__(self, capacity: int = _CAPACITY) -> None:
        self._unread: deque[Happening] = deque(maxlen=capacity)
        self._awake = asyncio.Event()
        self._lost = 0

    def offer(self, happening: Happening) -> None:
        """Keep an event until it is read; the oldest makes room for it where none is left."""
        self._lost += len(self._unread) == self._unread.maxlen
        self._unread.append(happening)
        self._awake.set()

    def wake(self) -> None:
        """End a `wait` with nothing to read."""
        self._awake.set()

    async def wait(self, seconds: float) -> bool:
        """Return when there is something to read, or after so many seconds; whether there is."""
        try:
            await asyncio.wait_for(self._awake.wait(), seconds)
        except TimeoutError:
            return False
        self._awake.clear()
        return bool(self._unread)

    def take(self) -> list[Happening]:
        """What is unread, oldest first; a `lost` with its `count` comes before what was kept."""
        taken = [Happening("lost", {"count": self._lost})] if self._lost else []
        taken.extend(self._unread)
        self._unread.clear()
        self._lost = 0
        return taken


class Happenings:
    """Passes events on to every listener."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self.closed = False

    def __len__(self) -> int:
        """How many listen."""
        return len(self._listeners)

    def tell(self, name: str, data: Mapping[str, Any]) -> None:
        """Tell everybody; free of cost while nobody listens."""
        if self._listeners:
            happening = Happening(name, data)
            for listener in self._listeners:
                listener.offer(happening)

    @contextmanager
    def listening(self) -> Iterator[Listener]:
        """A listener that is told everything inside this block."""
        listener = Listener()
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def close(self) -> None:
        """The gateway stops: who listens reads the rest and goes."""
        self.closed = True
        for listener in self._listeners:
            listener.wake()
