"""Anthropic's interface over HTTP, answered from the request alone. It is a `Simulator`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from pydantic import TypeAdapter, ValidationError

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.sandbox.anthropic.decode import chat_request, wants_json_in_words
from miavo_gateway.sandbox.anthropic.models import MODELS, Claude, claude
from miavo_gateway.sandbox.anthropic.refusals import (
    AnthropicRefusal,
    error_answer,
    error_body,
    invalid,
    misshapen,
)
from miavo_gateway.sandbox.anthropic.reply import Reply
from miavo_gateway.sandbox.anthropic.settings import check_settings
from miavo_gateway.sandbox.anthropic.shapes import (
    MessagesRequest,
    Text,
    ThinkingAdaptive,
    ThinkingEnabled,
)
from miavo_gateway.sandbox.anthropic.turns import check_turns
from miavo_gateway.sandbox.composition import Composition, compose
from miavo_gateway.sandbox.simulator import Part, Received, Simulated

__all__ = ["AnthropicSimulator"]

_VERSIONS: Final = frozenset({"2023-01-01", "2023-06-01", "2026-10-21"})
_LARGEST_BODY = 32 * 1024 * 1024
_REDACTS: Final = "ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING"
"""How a text begins by which Anthropic lets its redacted thoughts be tried."""
_ANY_LIMIT: Final = 1
"""Stands for the output limit where tokens are only counted."""


@dataclass(frozen=True, slots=True)
class AnthropicSimulator:
    """Anthropic, with the models of the catalogue."""

    provider: str = "anthropic"

    def answer(self, received: Received) -> Simulated:
        """The answer to a request; a wrong one gets Anthropic's own error."""
        request_id = _hashed_id("req", received.body)
        try:
            _check_authorization(received.headers)
            return _answer(received, _version(received.headers), request_id)
        except AnthropicRefusal as refusal:
            return error_answer(refusal.status, refusal.message, request_id)

    def failure(self, status: int, message: str) -> Simulated:
        """An error of this status."""
        return error_answer(status, message, _hashed_id("req", message.encode(errors="replace")))

    def error_event(self, message: str) -> bytes:
        """The event by which a stream tells that the API is overloaded."""
        return (
            b"event: error\ndata: "
            + error_body(529, message, _hashed_id("req", message.encode(errors="replace")))
            + b"\n\n"
        )

    def malformed(self) -> bytes:
        """An event whose data is cut."""
        return b'event: content_block_delta\ndata: {"type":"content_block_delta","index":\n\n'


def _hashed_id(kind: str, body: bytes) -> str:
    return f"{kind}_01{hashlib.sha256(body).hexdigest()[:22]}"


def _check_authorization(headers: Mapping[str, str]) -> None:
    """That there is a key: whose it is, is the server's business."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    bearer = scheme.lower() == "bearer" and token
    if not bearer and not headers.get("x-api-key"):
        raise AnthropicRefusal(401, "x-api-key header is required")


def _version(headers: Mapping[str, str]) -> str:
    version = headers.get("anthropic-version")
    if version is None:
        raise invalid("anthropic-version: header is required")
    if version not in _VERSIONS:
        raise invalid(f'anthropic-version: "{version}" is not a valid version')
    return version


def _answer(received: Received, version: str, request_id: str) -> Simulated:
    path = received.path
    if received.method == "GET" and path == "/v1/models":
        models = [_model(name, each) for name, each in MODELS.items()]
        listed = {"data": models, "has_more": False, "first_id": None, "last_id": None}
        return _json(listed, request_id)
    if received.method == "GET" and path.startswith("/v1/models/"):
        name = path.removeprefix("/v1/models/")
        return _json(_model(name, _known(name)), request_id)
    if path not in ("/v1/messages", "/v1/messages/count_tokens"):
        raise AnthropicRefusal(404, "Not Found")
    if received.method != "POST":
        raise AnthropicRefusal(405, "Method Not Allowed")
    if len(received.body) > _LARGEST_BODY:
        raise AnthropicRefusal(413, "Request exceeds the maximum size")
    counts = path.endswith("count_tokens")
    request = _read(received.body, counts=counts)
    model = _known(request.model)
    check_turns(request, model)
    check_settings(request, model, version)
    composed = _composed(request)
    if counts:
        return _json({"input_tokens": composed.prompt_tokens}, request_id)
    reply = _reply(request, model, composed)
    if not request.stream:
        headers = {"content-type": "application/json", "request-id": request_id}
        return Simulated(200, headers, (Part(reply.message(), composed.output_tokens),))
    headers = {"content-type": "text/event-stream; charset=utf-8", "request-id": request_id}
    return Simulated(200, headers, tuple(reply.events()))


_body_of = TypeAdapter(dict[str, Any]).validate_json


def _read(body: bytes, *, counts: bool) -> MessagesRequest:
    """The request; one that is only to be counted has no output limit."""
    try:
        if counts:
            given = _body_of(body)
            if "max_tokens" in given:
                raise invalid("max_tokens: Extra inputs are not permitted")
            body = orjson.dumps({**given, "max_tokens": _ANY_LIMIT})
        return MessagesRequest.model_validate_json(body)
    except ValidationError as error:
        raise misshapen(error) from None


def _composed(request: MessagesRequest) -> Composition:
    try:
        return compose(chat_request(request), provider="anthropic", model=request.model)
    except InvalidRequest as error:
        raise invalid(error.message) from None
    except ValidationError as error:
        raise misshapen(error) from None


def _reply(request: MessagesRequest, model: Claude, composed: Composition) -> Reply:
    shown = model.shows_thoughts
    if isinstance(request.thinking, ThinkingAdaptive | ThinkingEnabled):
        display = request.thinking.display
        shown = shown if display is None else display == "summarized"
    return Reply(
        composed,
        request.model,
        _digest(request),
        shows_thoughts=shown,
        redacts_thoughts=_tries_redaction(request),
        fenced=wants_json_in_words(request) and bool(composed.text),
        caches=_caches(request),
    )


def _digest(request: MessagesRequest) -> str:
    """The same for a plain and a streamed reply, so that their calls have the same ids."""
    said = request.model_dump_json(by_alias=True, exclude={"stream"})
    return hashlib.sha256(said.encode(errors="replace")).hexdigest()


def _tries_redaction(request: MessagesRequest) -> bool:
    return any(
        isinstance(block, Text) and _REDACTS in block.text
        for turn in request.messages
        for block in turn.content
    )


def _caches(request: MessagesRequest) -> bool:
    blocks: list[Any] = [request, *request.system, *request.tools]
    blocks += [block for turn in request.messages for block in turn.content]
    return any(getattr(block, "cache_control", None) is not None for block in blocks)


def _known(model_id: str) -> Claude:
    model = claude(model_id)
    if model is None:
        raise AnthropicRefusal(404, f"model: {model_id}")
    return model


def _model(name: str, model: Claude) -> dict[str, Any]:
    return {
        "type": "model",
        "id": name,
        "display_name": model.display_name,
        "created_at": "2026-01-01T00:00:00Z",
        "lifecycle": "active",
        "max_tokens": model.max_output,
    }


def _json(body: Mapping[str, Any], request_id: str) -> Simulated:
    headers = {"content-type": "application/json", "request-id": request_id}
    return Simulated(200, headers, (Part(orjson.dumps(body)),))
