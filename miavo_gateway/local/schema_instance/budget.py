"""How much work one schema may cost, so that a hostile one ends in an error and not in a wait."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["Exhausted", "limited", "spend"]


class Exhausted(Exception):
    """The schema costs more work than is allowed."""


class _Budget:
    __slots__ = ("deadline", "steps")

    def __init__(self, steps: int, deadline: float) -> None:
        self.steps = steps
        self.deadline = deadline


# jsonschema calls keyword checks with fixed arguments, so the budget cannot be handed to them.
_current: ContextVar[_Budget] = ContextVar("schema_budget")


@contextmanager
def limited(steps: int, deadline: float) -> Iterator[None]:
    """Run the body on a budget.

    Args:
        steps: how many steps it may take, about two microseconds each.
        deadline: when it must have ended, on the clock of `time.monotonic`.
    """
    token = _current.set(_Budget(steps, deadline))
    try:
        yield
    finally:
        _current.reset(token)


def spend(steps: int = 1) -> None:
    """Take steps off the budget in force.

    Raises:
        Exhausted: none are left, or it is past the deadline.
    """
    budget = _current.get()
    budget.steps -= steps
    if budget.steps < 0 or time.monotonic() > budget.deadline:
        raise Exhausted
