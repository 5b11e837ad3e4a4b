"""What passes between a paid request and the ledger: what it may cost, its open row, its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from miavo_gateway.attempts import Attempt
from miavo_gateway.catalogue import Model
from miavo_gateway.errors import MiavoError
from miavo_gateway.flow.key import Key
from miavo_gateway.store.tables import UsageState
from miavo_gateway.usage import UsageBuckets

__all__ = ["HoldRange", "Outcome", "Ticket"]


@dataclass(frozen=True, slots=True)
class HoldRange:
    """What a request may cost: as short as can be, and at the most. Nano-dollars."""

    least: int = 0
    wanted: int = 0


@dataclass(slots=True)
class Ticket:
    """An open row: what settles it."""

    request_id: str
    key: Key
    model: Model
    started_at: int
    """Unix microseconds."""
    clock: float
    """`time.monotonic()` at the start: a wall clock that jumps changes no duration."""
    held: int = 0
    """Nano-dollars."""
    lasting: int = 0
    """The part of `held` that nobody waits for."""
    settled: bool = False
    row: dict[str, Any] = field(default_factory=dict)
    """As it was opened, with its id."""
    attempts: list[Attempt] = field(default_factory=list)
    """The tries at its providers so far."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a request ended."""

    state: UsageState
    usage: UsageBuckets = field(default_factory=UsageBuckets)
    finish_reason: str | None = None
    first_token: float | None = None
    """`time.monotonic()` of the first token delivered."""
    error: MiavoError | None = None
    answered_by: Model | None = None
    """The model that stood in for the one asked for; its prices hold."""
    simulated: bool = False
    """Whether the sandbox answered in place of the provider."""
    tier: str | None = None
    """The resolution or size that the price goes by, where it goes by one."""
