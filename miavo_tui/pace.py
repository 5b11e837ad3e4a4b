"""How often to ask for what may take long, such as sums over millions of rows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Pace"]

_SHARE = 20
"""An answer is asked for again after so many times what it took: a twentieth of the gateway's
time at the most goes into it."""


class Pace:
    """Says when it is time again."""

    def __init__(self, seconds: float) -> None:
        """Due at once, and then after that many seconds, or more where the answer takes long."""
        self._seconds = seconds
        self._next = 0.0

    @property
    def due(self) -> bool:
        """Whether it is time."""
        return time.monotonic() >= self._next

    def hasten(self) -> None:
        """Makes it due: something else is asked for."""
        self._next = 0.0

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Around the question, also one that fails."""
        began = time.monotonic()
        try:
            yield
        finally:
            now = time.monotonic()
            self._next = now + max(self._seconds, _SHARE * (now - began))
