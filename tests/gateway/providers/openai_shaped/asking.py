"""Requests for models of the catalogue, and replies read from bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import orjson

from miavo_gateway.catalogue import load_catalogue
from miavo_gateway.chat_events import Counted, Piece
from miavo_gateway.flow.reply import ReplyFold, ReplyHead
from miavo_gateway.providers.adapter import Access, Asked, ChatAdapter, ReplyReader
from miavo_gateway.providers.exchange import Garbled, Kept, ProviderError, ReplyEvent
from miavo_gateway.providers.registry import chat_adapter
from miavo_gateway.providers.sse import SseParser
from miavo_gateway.schema.chat import ChatCompletion, ChatCompletionRequest
from miavo_gateway.usage import UsageBuckets

CATALOGUE = load_catalogue()
USER = {"role": "user", "content": "Hello"}
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tells it.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
NAMED = {"type": "function", "function": {"name": "weather"}}
PNG = "data:image/png;base64,iVBORw0KGgo="


def asked(slug: str, state: Mapping[str, Any] | None = None, **fields: Any) -> Asked:
    """A request for a slug; `state` is what is kept, by call id."""
    model = CATALOGUE.get(slug)
    assert model is not None, slug
    body = {"model": slug, "messages": [USER], **fields}
    request = ChatCompletionRequest.model_validate_json(orjson.dumps(body))
    return Asked(request, model, (state or {}).get)


def of_a_new_model(provider: str, **fields: Any) -> Asked:
    """A request for a model that an operator has just added, of which nothing is stated."""
    known = next(each for each in CATALOGUE.models if each.provider == provider)
    model = replace(known, slug="brand-new", upstream="brand-new", features=(), traits={})
    return replace(asked(known.slug, **fields), model=model)


def sent(slug: str, state: Mapping[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """The body that goes out for a request."""
    return body_of(asked(slug, state, **fields))


def body_of(request: Asked) -> dict[str, Any]:
    wire = chat_adapter(request.model.provider).chat_request(request, Access("sk-secret"))
    return orjson.loads(wire.body)


def adapter_of(request: Asked) -> ChatAdapter:
    return chat_adapter(request.model.provider)


def sse(*bodies: Any) -> bytes:
    return (
        b"".join(b"data: " + orjson.dumps(body) + b"\n\n" for body in bodies) + b"data: [DONE]\n\n"
    )


def read(
    reader: ReplyReader, chunks: Iterable[bytes]
) -> list[ReplyEvent] | ProviderError | Garbled:
    """All that a stream says, cut as it is."""
    parser = SseParser()
    events: list[ReplyEvent] = []
    for chunk in chunks:
        for data in parser.feed(chunk):
            found = reader.event(data)
            if isinstance(found, ProviderError | Garbled):
                return found
            events += found
    for data in parser.finish():
        found = reader.event(data)
        if isinstance(found, ProviderError | Garbled):
            return found
        events += found
    rest = reader.finish()
    assert not isinstance(rest, ProviderError | Garbled)
    return [*events, *rest]


def folded(events: Iterable[ReplyEvent]) -> ChatCompletion:
    """The reply that the pieces make."""
    fold, usage = ReplyFold(), UsageBuckets()
    for event in events:
        if isinstance(event, Piece):
            fold.add(event.choice)
        elif isinstance(event, Counted):
            usage = event.usage
    return fold.reply(ReplyHead("m", "id", 0), usage)


def kept(events: Iterable[ReplyEvent]) -> dict[str, Any]:
    return {event.call_id: event.state for event in events if isinstance(event, Kept)}


def chunk(delta: dict[str, Any], finish: str | None = None, **fields: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {
        "id": "c1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "up",
        "choices": [choice],
        **fields,
    }
