"""What an adapter makes and reads: a request on the wire, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

from miavo_gateway.chat_events import ChatEvent

if TYPE_CHECKING:
    from miavo_gateway.providers.authorization import Authorization

__all__ = ["ErrorClass", "Garbled", "Kept", "ProviderError", "Read", "ReplyEvent", "WireRequest"]


@dataclass(frozen=True, slots=True)
class WireRequest:
    """A request as it goes to a provider. Its headers may carry the secret: never log one."""

    method: str
    url: str
    """The whole address; it may carry the secret too, as Google's keys do."""
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes = b""
    authorization: Authorization | None = None
    """What has to be worked out to authorize it: a signature, or a token that has to be fetched.
    None where the headers say it all."""

    def __repr__(self) -> str:
        """The repr without what may be secret."""
        return f"WireRequest({self.method} {self.url.partition('?')[0]})"


class ErrorClass(StrEnum):
    """What a provider's error means for the request and for the credential."""

    CLIENT = "client"
    """The request is at fault."""
    CONTEXT_LENGTH = "context_length"
    """The request is too long for the model."""
    CONTENT_FILTER = "content_filter"
    """The provider will not talk about this."""
    BAD_CREDENTIAL = "bad_credential"
    QUOTA = "quota"
    """The account's money or quota is used up."""
    THROTTLE = "throttle"
    """Too many requests for now."""
    RETRY = "retry"
    """The provider is at fault, or overloaded."""
    RETIRED = "retired"
    """The provider has no such model or address, at least for this account."""


@dataclass(frozen=True, slots=True)
class ProviderError:
    """An error in a provider's own words."""

    code: str
    """Its code or type; empty if it has none."""
    message: str
    error_class: ErrorClass | None = None
    """What it means, where the adapter knows better than status and code tell (`upstream.refusal`
    goes by these)."""
    retry_after: float | None = None
    """Seconds that the body asks to wait; the headers are read by others."""


@dataclass(frozen=True, slots=True)
class Garbled:
    """Bytes that are not what the provider's format says."""

    problem: str
    """Half a sentence that follows "sent what cannot be read:"."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a provider wants back with the next turn, and an OpenAI client would lose.

    Such as the signature of a thought that led to a tool call.
    """

    call_id: str
    """The tool call that it belongs to."""
    state: Any
    """JSON; known to the adapter alone."""


ReplyEvent: TypeAlias = ChatEvent | Kept
Read: TypeAlias = Sequence[ReplyEvent] | ProviderError | Garbled
"""What a piece of an answer says. An adapter returns it and raises nothing, whatever it reads."""
