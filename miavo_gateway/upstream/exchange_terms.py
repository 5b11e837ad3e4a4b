"""How long an upstream may take, and a whole answer of one; importing this loads no HTTP client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

__all__ = ["Answer", "Timeouts"]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """The longest waits, in seconds."""

    connect: float = 10.0
    """For the name, the connection and TLS, together."""
    head: float = 300.0
    """From sending the request to the answer's status line. Without streaming a model says
    nothing until it has thought and written everything."""
    silence: float = 120.0
    """Between two pieces of an answer."""
    total: float = 1_800.0
    """From sending the request to the answer's last byte."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    headers: httpx.Headers
    body: bytes
