"""The one shape of an adapter: from OpenAI's chat request to a provider's, and back.

An adapter is pure: bytes in, bytes out. It neither waits nor fetches nor remembers; what a reply
needs to carry from one event to the next is in its reader.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from miavo_gateway.catalogue import Model
from miavo_gateway.chat_events import ChatEvent
from miavo_gateway.providers.exchange import ProviderError, Read, WireRequest
from miavo_gateway.schema.chat import ChatCompletionRequest

__all__ = ["Access", "Asked", "ChatAdapter", "Framing", "PlainText", "ReplyReader"]


def _recalls_nothing(call_id: str) -> None:
    del call_id


@dataclass(frozen=True, slots=True)
class Asked:
    """A chat request on its way to a provider."""

    request: ChatCompletionRequest
    """Its images and files are `data:` URLs, unless the adapter takes links."""
    model: Model
    """`upstream` is the provider's own id; `traits` say what is special about it."""
    recall: Callable[[str], Any] = _recalls_nothing
    """The state last `Kept` for a tool call's id; None if there is none (any more)."""


@dataclass(frozen=True, slots=True)
class Access:
    """What a credential gives: its secret, and where to go instead of the usual address."""

    secret: str = field(repr=False)
    base_url: str | None = None
    """Without a slash at the end."""

    @property
    def bearer(self) -> dict[str, str]:
        """The header that most providers take the secret in; without a secret there is none."""
        return {"authorization": f"Bearer {self.secret}"} if self.secret else {}


class Framing(Protocol):
    """Cuts a stream's bytes into events, however these were cut on the way."""

    def feed(self, chunk: bytes) -> list[bytes]:
        """The events that this chunk ends.

        Raises:
            ValueError: the bytes are no such stream.
        """
        ...

    def finish(self) -> list[bytes]:
        """What is left when the stream has ended.

        Raises:
            ValueError: it ended within an event.
        """
        ...


class ReplyReader(Protocol):
    """Reads one reply. What it returns are OpenAI's events; it raises nothing.

    Each choice's first `Piece` carries the role and its last one the finish reason. Nothing is a
    `Piece` before there is something to show: until then another credential can be tried. Each
    `Counted` holds all counts so far; an adapter gives one as soon as the provider tells it, so
    that a reply cut short is billed rightly.
    """

    def event(self, data: bytes) -> Read:
        """One event of a stream, as the framing gave it."""
        ...

    def finish(self) -> Read:
        """The stream has ended: what was held back until then."""
        ...

    def reply(self, body: bytes) -> Read:
        """A whole reply that came in one piece, in place of a stream."""
        ...


PlainText: TypeAlias = Callable[[Sequence[bytes], int, list[ChatEvent]], int]
"""A method `plain_text` that a reader may have besides: a quicker way through events that are text
alone. It reads what it can from a position on, and returns the position of what `event` reads."""


class ChatAdapter(Protocol):
    """One provider's language."""

    @property
    def provider(self) -> str:
        """Its id in the catalogue."""
        ...

    @property
    def takes_links(self) -> bool:
        """Whether the provider fetches `https:` images itself."""
        ...

    def framing(self) -> Framing:
        """How the events of a stream are told apart; a new one for each reply."""
        ...

    def chat_request(self, asked: Asked, access: Access) -> WireRequest:
        """The request for a chat completion; always for a stream, with its counts.

        A stream can be cut and billed at any token, whatever form the caller wanted.

        Raises:
            InvalidRequest: the provider cannot do what is asked, and leaving it out would change
                the answer; names the field.
        """
        ...

    def reader(self, asked: Asked) -> ReplyReader:
        """What reads the reply to this request."""
        ...

    def error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """The error in the body of an answer whose status is not 200, whatever its shape."""
        ...

    def trial_request(self, access: Access) -> WireRequest:
        """The cheapest request that shows whether a credential is taken."""
        ...
