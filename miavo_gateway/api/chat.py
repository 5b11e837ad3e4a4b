"""`POST /v1/chat/completions`."""

from __future__ import annotations

from quart import Blueprint, Response, g

from miavo_gateway.api.access import require_key
from miavo_gateway.api.wire import json_answer, read_body
from miavo_gateway.schema.chat import ChatCompletionRequest

__all__ = ["blueprint"]

blueprint = Blueprint("chat", __name__)


@blueprint.post("/v1/chat/completions")
async def create_chat_completion() -> Response:
    """Answer a conversation, whole or as a stream of server-sent events."""
    books, key = await require_key()
    body = await read_body(ChatCompletionRequest)
    if not body.stream:
        return json_answer(await books.chat.answer(body, key, g.request_id))
    events = await books.chat.stream(body, key, g.request_id)
    response = Response(events, content_type="text/event-stream")
    response.headers["cache-control"] = "no-store"
    response.headers["x-accel-buffering"] = "no"
    response.timeout = None  # Quart would cut the stream after 60 seconds
    return response
