"""A composed reply in OpenAI's shapes: messages, deltas, counts, events."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson

from miavo_gateway.sandbox.composition import Call, Composition
from miavo_gateway.sandbox.simulator import Part, Simulated
from miavo_gateway.schema.chat import ChatCompletionRequest

__all__ = [
    "DONE",
    "Body",
    "Saying",
    "call_deltas",
    "event",
    "json_answer",
    "logprobs",
    "reasoning_deltas",
    "stream_answer",
    "text_deltas",
    "whole_calls",
]

Body: TypeAlias = Mapping[str, Any]
"""A request as it came."""
Delta: TypeAlias = tuple[dict[str, Any], int]
"""What one event adds, and how many output tokens that is."""

DONE = Part(b"data: [DONE]\n\n")
_EPOCH = 1_780_000_000
"""Replies are dated by their request, near the middle of 2026, so that they are always alike."""


@dataclass(frozen=True, slots=True)
class Saying:
    """A reply that is to be written down."""

    body: Body
    request: ChatCompletionRequest
    """What the body was understood as."""
    composition: Composition

    @property
    def model(self) -> str:
        """The provider's id of the model."""
        return self.request.model

    @property
    def digest(self) -> str:
        """Hexadecimal digits that the request decides."""
        return hashlib.sha256(orjson.dumps(self.body, option=orjson.OPT_SORT_KEYS)).hexdigest()

    @property
    def created(self) -> int:
        """Unix seconds."""
        return _EPOCH + int(self.digest[:5], 16)

    def call_id(self, number: int) -> str:
        """The id of a tool call."""
        return f"call_{self.digest[:20]}{number:02d}"

    @property
    def wants_usage(self) -> bool:
        """Whether counts are wanted at the end of a stream."""
        options = self.body.get("stream_options")
        return isinstance(options, Mapping) and bool(options.get("include_usage"))


def whole_calls(saying: Saying, ids: Mapping[int, str] | None = None) -> list[dict[str, Any]]:
    """The tool calls of a message."""
    return [
        {
            "id": (ids or {}).get(number) or saying.call_id(number),
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        for number, call in enumerate(saying.composition.calls)
    ]


def text_deltas(composition: Composition) -> Iterator[Delta]:
    """The text, token by token."""
    for token in composition.text_tokens():
        yield {"content": token}, 1


def reasoning_deltas(composition: Composition) -> Iterator[Delta]:
    """The reasoning as `reasoning_content`, token by token."""
    for token in composition.reasoning_tokens_text():
        yield {"reasoning_content": token}, 1


def call_deltas(saying: Saying, ids: Mapping[int, str] | None = None) -> Iterator[Delta]:
    """The tool calls: each with its id and name first, then its arguments token by token."""
    calls: tuple[Call, ...] = saying.composition.calls
    for number, call in enumerate(calls):
        begun = {
            "index": number,
            "id": (ids or {}).get(number) or saying.call_id(number),
            "type": "function",
            "function": {"name": call.name, "arguments": ""},
        }
        yield {"tool_calls": [begun]}, 1
        for token in saying.composition.argument_tokens(call):
            yield {"tool_calls": [{"index": number, "function": {"arguments": token}}]}, 1


def logprobs(saying: Saying, tokens: list[str]) -> dict[str, Any] | None:
    """The probabilities of tokens, if they are wanted: all are certain."""
    if not saying.request.logprobs:
        return None
    content = []
    for token in tokens:
        certain = {"token": token, "logprob": 0.0, "bytes": list(token.encode())}
        top = [certain] if saying.request.top_logprobs else []
        content.append({**certain, "top_logprobs": top})
    return {"content": content, "refusal": None}


def event(data: object, tokens: int = 0) -> Part:
    """One server-sent event."""
    return Part(b"data: " + orjson.dumps(data) + b"\n\n", tokens)


def json_answer(
    body: object, *, status: int = 200, tokens: int = 0, headers: Mapping[str, str] | None = None
) -> Simulated:
    """An answer in one piece."""
    head = {"content-type": "application/json", **(headers or {})}
    return Simulated(status, head, (Part(orjson.dumps(body), tokens),))


def stream_answer(parts: Iterator[Part], headers: Mapping[str, str] | None = None) -> Simulated:
    """An answer in server-sent events."""
    head = {"content-type": "text/event-stream; charset=utf-8", **(headers or {})}
    return Simulated(200, head, tuple(parts))
