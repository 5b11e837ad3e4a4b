"""Requests to translate, and the simulated Anthropic that answers them without a socket."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import orjson

from miavo_gateway.catalogue import Model, load_catalogue
from miavo_gateway.chat_events import Counted, Piece
from miavo_gateway.flow.reply import ReplyFold, ReplyHead
from miavo_gateway.providers.adapter import Access, Asked
from miavo_gateway.providers.anthropic import Anthropic
from miavo_gateway.providers.exchange import Garbled, Kept, ProviderError, Read, ReplyEvent
from miavo_gateway.sandbox.anthropic import AnthropicSimulator
from miavo_gateway.sandbox.simulator import Received, Simulated
from miavo_gateway.schema.chat import ChatCompletion, ChatCompletionRequest
from miavo_gateway.usage import UsageBuckets

__all__ = ["asked", "body_of", "events_of", "model", "put_together", "simulated", "stream_of"]

ADAPTER = Anthropic()
ACCESS = Access("sk-ant-made-up")
_CATALOGUE = load_catalogue()


def model(slug: str) -> Model:
    """A model of the catalogue, by its slug without `claude-`."""
    found = _CATALOGUE.get(f"claude-{slug}")
    assert found is not None
    return found


def asked(
    slug: str = "opus-4-6",
    *,
    recall: Callable[[str], Any] = lambda call_id: None,
    **fields: Any,
) -> Asked:
    """A request for a model; its messages are one greeting unless given."""
    fields.setdefault("messages", [{"role": "user", "content": "Hi"}])
    request = ChatCompletionRequest.model_validate({"model": f"claude-{slug}", **fields})
    return Asked(request, model(slug), recall)


def body_of(request: Asked) -> dict[str, Any]:
    """The body that the adapter makes of a request."""
    body: dict[str, Any] = orjson.loads(ADAPTER.chat_request(request, ACCESS).body)
    return body


def simulated(request: Asked, **changes: Any) -> Simulated:
    """The simulator's answer to what the adapter makes of a request, with fields changed."""
    wire = ADAPTER.chat_request(request, ACCESS)
    body = orjson.dumps({**orjson.loads(wire.body), **changes})
    return AnthropicSimulator().answer(
        Received("POST", "/v1/messages", {}, dict(wire.headers), body)
    )


def stream_of(answer: Simulated) -> bytes:
    """All bytes of an answer."""
    return b"".join(part.data for part in answer.parts)


def events_of(request: Asked, chunks: Iterable[bytes]) -> list[ReplyEvent]:
    """What the reader makes of a stream that comes in these chunks; a fault ends the test."""
    framing, reader = ADAPTER.framing(), ADAPTER.reader(request)
    events: list[ReplyEvent] = []
    for data in [each for chunk in chunks for each in framing.feed(chunk)] + framing.finish():
        events += _sound(reader.event(data))
    return [*events, *_sound(reader.finish())]


def _sound(read: Read) -> list[ReplyEvent]:
    assert not isinstance(read, ProviderError | Garbled), read
    return list(read)


def put_together(
    events: Iterable[ReplyEvent],
) -> tuple[ChatCompletion, UsageBuckets, list[Kept]]:
    """The reply that events make, its usage, and what is to be kept for the next turn."""
    fold = ReplyFold()
    usage = UsageBuckets()
    kept: list[Kept] = []
    for event in events:
        if isinstance(event, Piece):
            fold.add(event.choice)
        elif isinstance(event, Counted):
            usage = event.usage
        elif isinstance(event, Kept):
            kept.append(event)
    head = ReplyHead("claude", id="chatcmpl-1", created=0)
    return fold.reply(head, usage), usage, kept
