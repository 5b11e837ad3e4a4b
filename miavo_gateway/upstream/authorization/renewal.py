"""A value that expires: fetched when first wanted and renewed before its time, once for all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from miavo_gateway.log import log
from miavo_gateway.upstream.faults import UpstreamFault

__all__ = ["Lasting", "Renewal"]

T = TypeVar("T")

_PAUSE = 15.0
"""Seconds between two attempts to renew a value that still holds."""


@dataclass(frozen=True, slots=True)
class Lasting(Generic[T]):
    """A value and its times, in Unix seconds: they come from elsewhere, so no monotonic clock."""

    value: T
    renew_at: float
    """From then on a new one is fetched, while this one is still given out."""
    until: float
    """From then on it is given out no more."""


class Renewal(Generic[T]):
    """Gives out the value. Not thread-safe: it belongs to one loop."""

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Lasting[T]]],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """A value that is fetched when it is first wanted.

        Args:
            fetch: raises `UpstreamFault` where there is none to be had.
            clock: Unix seconds.
        """
        self._fetch = fetch
        self._clock = clock
        self._held: Lasting[T] | None = None
        self._fetching: asyncio.Task[Lasting[T]] | None = None
        self._not_before = 0.0

    async def get(self) -> T:
        """The value.

        Raises:
            UpstreamFault: there is none that holds, and none was to be had.
        """
        held, now = self._held, self._clock()
        if held is None or now >= held.until:
            # Whoever gives up waiting takes nothing from the others who wait.
            return (await asyncio.shield(self._begun())).value
        if now >= held.renew_at and now >= self._not_before:
            self._begun()
        return held.value

    def _begun(self) -> asyncio.Task[Lasting[T]]:
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._fetch_and_hold())
            self._fetching.add_done_callback(self._ended)
        return self._fetching

    async def _fetch_and_hold(self) -> Lasting[T]:
        self._held = fetched = await self._fetch()
        return fetched

    def _ended(self, task: asyncio.Task[Lasting[T]]) -> None:
        self._fetching = None
        if task.cancelled() or (error := task.exception()) is None:
            return
        self._not_before = self._clock() + _PAUSE
        if self._held is not None:
            # Its words may be a provider's, with secrets in them.
            kind = type(error).__name__
            known = isinstance(error, UpstreamFault)
            log.warning("access was not renewed%s", "" if known else f" ({kind})")
