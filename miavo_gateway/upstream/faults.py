"""How a request to an upstream goes wrong, before it is decided what the caller is told."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from miavo_gateway.providers.exchange import ErrorClass

__all__ = [
    "Closed",
    "Cut",
    "ErrorClass",
    "NoUpgrade",
    "Phase",
    "Refused",
    "TimedOut",
    "Unreachable",
    "Unreadable",
    "UpstreamFault",
]


class UpstreamFault(Exception):
    """The base of all of them. It stays inside the gateway; `dispatch` makes errors of it.

    Attributes:
        message: half a sentence that follows the provider's name, such as "cannot be reached".
            A provider's own words in it are not yet cleaned of secrets.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Unreachable(UpstreamFault):
    """No connection: the name is unknown, the port closed, the certificate wrong."""


class Phase(StrEnum):
    """What was waited for."""

    CONNECT = "connect"
    HEAD = "head"
    SILENCE = "silence"
    TOTAL = "total"


class TimedOut(UpstreamFault):
    """It took too long.

    Attributes:
        phase: what was waited for.
    """

    def __init__(self, phase: Phase, seconds: float) -> None:
        super().__init__(_TIMED_OUT[phase].format(seconds=f"{seconds:g}"))
        self.phase = phase


_TIMED_OUT = {
    Phase.CONNECT: "did not take a connection within {seconds} s",
    Phase.HEAD: "did not begin to answer within {seconds} s",
    Phase.SILENCE: "fell silent for {seconds} s in the middle of its answer",
    Phase.TOTAL: "did not finish its answer within {seconds} s",
}


class Cut(UpstreamFault):
    """The connection was lost before the answer was whole."""


class Unreadable(UpstreamFault):
    """The answer is no HTTP, or larger than the gateway takes."""


class Closed(UpstreamFault):
    """The provider closed a socket, with a code and maybe a reason.

    Attributes:
        code: of RFC 6455, 7.4; 1006 if the connection was lost without one.
        reason: the provider's words.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(
            f"closed the session: {reason}" if reason else f"closed the session ({code})"
        )
        self.code = code
        self.reason = reason


class NoUpgrade(Exception):
    """The provider answered a request to upgrade with something else.

    Attributes:
        status: the HTTP status.
        headers: by lower-case name.
        body: what came, as far as it was read.
    """

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(f"answered {status}")
        self.status = status
        self.headers = headers
        self.body = body


class Refused(UpstreamFault):
    """The provider answered with an error.

    Attributes:
        error_class: what it means.
        status: the HTTP status; 200 too, where the body is an error.
        retry_after: seconds that the provider asks to wait; None if it does not say.
    """

    def __init__(
        self,
        error_class: ErrorClass,
        status: int,
        message: str,
        *,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"answered {status}: {message}" if message else f"answered {status}")
        self.error_class = error_class
        self.status = status
        self.retry_after = retry_after
