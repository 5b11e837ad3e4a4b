"""An answer whose first part is here: what fails before it can still get a status of its own."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

__all__ = ["Begun"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Begun(Generic[T]):
    """The parts of an answer. Whoever takes `rest` closes it; that early is the caller's hang-up.

    A generator that has begun is closed by the event loop even where the server drops it unread,
    so what it stands for is settled whatever becomes of it.
    """

    first: T
    rest: AsyncGenerator[T, None]

    @classmethod
    async def begin(cls, parts: AsyncGenerator[T, None]) -> Self:
        """Wait for the first part.

        Raises:
            StopAsyncIteration: there is none.
            MiavoError: what the parts raise instead.
        """
        return cls(await anext(parts), parts)

    async def parts(self) -> AsyncGenerator[T, None]:
        """All of them; closing this closes `rest`."""
        async with aclosing(self.rest) as rest:
            yield self.first
            async for part in rest:
                yield part
