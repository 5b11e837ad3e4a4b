"""The one shape of a simulator: a provider's HTTP interface, answered from the request alone.

A simulator is pure, as an adapter is: it checks what it is sent as strictly as the provider would,
and makes the bytes that the provider would send. The server around it opens the socket, paces the
parts and plays the faults.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

__all__ = ["ErrsInStream", "Part", "Received", "Simulated", "Simulator"]


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came."""

    method: str
    path: str
    """As it was on the wire, still percent-encoded."""
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    """By lower-case name."""
    body: bytes
    base: str = ""
    """The address that `path` begins behind, for links that lead back here."""
    render_seconds: float = 3.0
    """How long a video takes to be rendered."""


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes that are sent at once, such as one event of a stream."""

    data: bytes
    tokens: int = 0
    """Output tokens in it, by which a stream is paced."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """An answer: a single part, or those of a stream."""

    status: int
    headers: Mapping[str, str]
    """With the content type; lengths and dates are the server's business."""
    parts: tuple[Part, ...]


class Simulator(Protocol):
    """One provider."""

    @property
    def provider(self) -> str:
        """Its id in the catalogue."""
        ...

    def answer(self, received: Received) -> Simulated:
        """The provider's answer; a wrong request gets the provider's own error."""
        ...

    def failure(self, status: int, message: str) -> Simulated:
        """An error in the provider's own shape, such as one that is played as a fault.

        Args:
            status: 400, 401, 403, 404, 429, 500 or 529.
            message: its words.
        """
        ...

    def malformed(self) -> bytes:
        """An event that breaks the provider's format, to be sent in the middle of a stream."""
        ...


@runtime_checkable
class ErrsInStream(Protocol):
    """What a simulator may have besides: its own way to tell of an error in the middle of a stream.

    Without it an event `error` of server-sent events carries the body of `failure`.
    """

    def error_event(self, message: str) -> bytes:
        """The bytes that tell of an error."""
        ...
