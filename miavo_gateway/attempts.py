"""The tries that a request took at its providers, gathered where they are made and kept in its row.

They are made deep inside an engine, which knows nothing of the request's row. So the request that
the running task serves has a list of its own, from when its row is opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass

import orjson

__all__ = ["Attempt", "begin_attempts", "current_attempts", "written_attempts"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try, for the usage row."""

    credential_id: str
    label: str
    outcome: str
    """The outcome's name, such as `ok` or `throttled`."""
    status: int | None
    """The HTTP status of a refusal."""
    ms: float
    provider: str = ""
    """The provider's id: a fallback may be of another one than the model asked for."""


_attempts: ContextVar[list[Attempt] | None] = ContextVar("attempts", default=None)


def begin_attempts() -> list[Attempt]:
    """The list that gets the attempts of the request which the running task serves from now on."""
    attempts: list[Attempt] = []
    _attempts.set(attempts)
    return attempts


def current_attempts() -> list[Attempt]:
    """The list that `begin_attempts` made; one that nobody reads where it was not called."""
    found = _attempts.get()
    return [] if found is None else found


def written_attempts(attempts: Sequence[Attempt]) -> str | None:
    """Attempts as the usage row keeps them, JSON; None where there was none."""
    return orjson.dumps(attempts).decode() if attempts else None
