"""How a sandbox behaves for one credential: how fast it answers, and what goes wrong."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from miavo_gateway.errors import InvalidRequest

__all__ = ["Fault", "FaultKind", "SandboxTerms", "checked_terms"]


class FaultKind(StrEnum):
    """What can go wrong. A number is the status of the provider's own error."""

    BAD_REQUEST = "400"
    UNAUTHORIZED = "401"
    FORBIDDEN = "403"
    NOT_FOUND = "404"
    THROTTLED = "429"
    SERVER_ERROR = "500"
    OVERLOADED = "529"
    CUT = "cut"
    """The connection is lost after some parts of the answer."""
    SILENCE = "silence"
    """After some parts nothing more comes, and the connection stays open."""
    MALFORMED = "malformed"
    """After some parts one comes that breaks the provider's format."""
    ERROR_EVENT = "error-event"
    """After some parts the provider tells of an error, in an answer of status 200."""

    @property
    def status(self) -> int | None:
        """The HTTP status; None of what happens within an answer."""
        return int(self.value) if self.value.isdigit() else None


class Fault(BaseModel):
    """One thing that goes wrong, now and then."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: FaultKind
    probability: float = Field(default=1.0, gt=0, le=1)
    """Of going wrong at each request."""
    every: int | None = Field(default=None, ge=1)
    """Go wrong at each n-th request instead."""
    after: int = Field(default=2, ge=0)
    """Parts of an answer that are sent first, by those that happen within one."""
    retry_after: float | None = Field(default=None, gt=0, le=86_400)
    """Seconds, in the header of a 429 or 529."""


def _read_fault(value: Any) -> Any:
    """`KIND`, `KIND:0.2` or `KIND:every3`, as the command line writes them."""
    if not isinstance(value, str):
        return value
    kind, colon, often = value.partition(":")
    if not colon:
        return {"kind": kind}
    if often.startswith("every"):
        return {"kind": kind, "every": often.removeprefix("every")}
    return {"kind": kind, "probability": often}


class SandboxTerms(BaseModel):
    """How the sandbox behaves for one credential."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    latency_ms: float = Field(default=0, ge=0, le=600_000)
    """Milliseconds before an answer begins."""
    rate: float | None = Field(default=None, gt=0, le=1_000_000)
    """Output tokens per second; as fast as can be if None."""
    video_seconds: float = Field(default=3.0, ge=0, le=3_600)
    """Until a video is rendered."""
    faults: tuple[Annotated[Fault, BeforeValidator(_read_fault)], ...] = Field(
        default=(), max_length=20
    )
    """The first that strikes is played."""


def checked_terms(document: str) -> SandboxTerms:
    """Terms out of JSON.

    Raises:
        InvalidRequest: they are none; names the field.
    """
    try:
        return SandboxTerms.model_validate_json(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, ("sandbox", *first["loc"])))
        raise InvalidRequest(f"{where}: {first['msg']}.", param=where) from None
