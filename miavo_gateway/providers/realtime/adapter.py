"""The one shape of a realtime adapter: how a provider's socket is opened, and what is said on it.

An adapter is pure: an event or a frame in, frames and events out. It opens no socket and waits for
nothing; what a session needs to remember is in its translator.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import orjson

from miavo_gateway.catalogue import Model
from miavo_gateway.errors import MiavoError
from miavo_gateway.providers.adapter import Access
from miavo_gateway.providers.exchange import ProviderError
from miavo_gateway.usage import UsageBuckets

__all__ = [
    "NOBODY_SPEAKS",
    "Dial",
    "Failure",
    "Frame",
    "RealtimeAdapter",
    "Step",
    "Translator",
    "Trouble",
]

Frame: TypeAlias = str | bytes
"""A message as it is on a provider's socket: text, or bytes."""


NOBODY_SPEAKS: Mapping[str, Any] = {"audio": {"input": {"turn_detection": None}}}
"""Settings of a session in which nobody is listened for."""


@dataclass(frozen=True, slots=True)
class Dial:
    """How a provider's socket is opened. Its headers carry the secret: never log one."""

    url: str
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error of the provider's after which the session goes on."""

    error: ProviderError
    event_id: str | None = None
    """The client's event that led to it, if the provider says so."""
    param: str | None = None
    """The field at fault, if the provider says so."""


@dataclass(slots=True)
class Failure:
    """An event of the provider's that tells why something came to nothing."""

    error: ProviderError
    event: dict[str, Any]
    words: dict[str, Any]
    """The part of it whose `message` is not cleaned of secrets yet."""

    def told(self, message: str) -> bytes:
        """The event with other words."""
        self.words["message"] = message
        return orjson.dumps(self.event)


@dataclass(slots=True)
class Step:
    """What follows from one event of the client, or from one frame of the provider."""

    up: list[str] = field(default_factory=list)
    """Frames for the provider."""
    down: list[bytes] = field(default_factory=list)
    """Events for the client, as JSON."""
    spent: UsageBuckets | None = None
    """What a reply that has ended took; comes once for each."""
    began: bool = False
    """Whether a reply has begun."""
    delivered: bool = False
    """Whether something that was generated is among `down`."""
    troubles: list[Trouble] = field(default_factory=list)
    """What the client is told of beside; the provider's words are not cleaned of secrets yet."""
    failure: Failure | None = None
    """What the client is told of when it has been cleaned."""
    refusal: ProviderError | None = None
    """Why the provider does not go on. Another credential may be tried if the session is not
    created yet; afterwards it ends."""
    reopen: bool = False
    """Whether the session goes on over a new socket, with the same credential."""


class Translator(Protocol):
    """One session. It raises nothing, whatever it is given."""

    @property
    def created(self) -> bool:
        """Whether the provider has said that the session exists; false again while it reopens."""
        ...

    @property
    def busy(self) -> bool:
        """Whether a reply has been asked for or is being made, so that silence is a fault."""
        ...

    @property
    def unfinished(self) -> UsageBuckets:
        """A guess at what the reply that is being made has taken so far."""
        ...

    def event(self, name: str, /, **fields: Any) -> bytes:
        """An event of the gateway's own, with an id of this session."""
        ...

    def told(self, error: MiavoError, event_id: str | None = None) -> bytes:
        """The event that tells the client of an error."""
        ...

    def opening(self) -> list[str]:
        """The frames that go first on a new socket."""
        ...

    def kept(self) -> Step:
        """What follows if the session has to go on over the old socket after all."""
        ...

    def from_client(self, event: dict[str, Any]) -> Step:
        """What follows from an event of the client; a wrong one is answered with an error."""
        ...

    def from_provider(self, frame: Frame) -> Step:
        """What follows from a frame of the provider."""
        ...


class RealtimeAdapter(Protocol):
    """One provider's sockets."""

    @property
    def provider(self) -> str:
        """Its id in the catalogue."""
        ...

    @property
    def text_session(self) -> Mapping[str, Any]:
        """What a session of text alone is told besides, in OpenAI's terms."""
        ...

    def dial(self, model: Model, access: Access) -> Dial:
        """How to open a socket for a model."""
        ...

    def translator(self, model: Model, session: str) -> Translator:
        """A new session.

        Args:
            model: what is talked to.
            session: what the ids of this session are made of; unique.
        """
        ...

    def refused(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """The error of an answer that was to be an upgrade, and is none."""
        ...

    def closed(self, code: int, reason: str) -> ProviderError:
        """What it means that the provider closed the socket."""
        ...
