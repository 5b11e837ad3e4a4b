"""The client's side of a realtime session, and how long one may last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from miavo_gateway.errors import MiavoError

__all__ = ["Caller", "HungUp", "SessionLimits", "TimeIsUp"]


class HungUp(Exception):
    """The caller closed the socket, or is gone."""


class TimeIsUp(MiavoError):
    """The session has been open for as long as one may be, or nothing happened in it for long."""

    status = 200
    code = "session_expired"
    type = "invalid_request_error"


class Caller(Protocol):
    """The client's side of the socket."""

    async def accept(self) -> None:
        """Upgrade."""
        ...

    async def receive(self) -> str | bytes:
        """The next message.

        Raises:
            HungUp: there is none.
        """
        ...

    async def send(self, event: bytes) -> None:
        """Send an event; waits while the client does not read.

        Raises:
            HungUp: the client is gone, or has not read for too long.
        """
        ...

    async def close(self, code: int) -> None:
        """Say goodbye."""
        ...

    async def gone(self) -> None:
        """Return when the client hangs up before it was accepted."""
        ...


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """The longest waits, in seconds."""

    total: float = 3_600.0
    """As long as OpenAI's."""
    idle: float = 900.0
    """Without an event of the client, and without a reply."""
    silence: float = 120.0
    """Of the provider, while a reply is being made."""
