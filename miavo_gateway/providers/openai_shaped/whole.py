"""A whole completion, read as if it had been a stream of one chunk."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from miavo_gateway.chat_events import Counted, Piece
from miavo_gateway.providers.exchange import Garbled, Read, ReplyEvent
from miavo_gateway.providers.openai_shaped.counts import WireUsage, buckets
from miavo_gateway.providers.openai_shaped.errors import read_error
from miavo_gateway.schema.chunk import (
    ChunkChoice,
    Delta,
    FinishReason,
    FunctionCallDelta,
    ToolCallDelta,
)

__all__ = ["whole_reply"]


class _Function(Struct):
    name: str
    arguments: str = ""


class _Call(Struct):
    function: _Function
    id: str = ""


class _Message(Struct):
    content: str | None = None
    reasoning_content: str | None = None
    refusal: str | None = None
    tool_calls: list[_Call] | None = None


class _Choice(Struct):
    message: _Message
    index: int = 0
    logprobs: dict[str, Any] | None = None
    finish_reason: FinishReason = "stop"


class _Completion(Struct):
    choices: list[_Choice] = []
    usage: WireUsage | None = None
    error: Any = None


_decode = msgspec.json.Decoder(_Completion).decode


def whole_reply(body: bytes) -> Read:
    """The pieces and counts of a completion: one piece a choice."""
    try:
        completion = _decode(body)
    except msgspec.DecodeError:
        return Garbled("the reply is not what OpenAI's format says")
    if completion.error:
        return read_error(body)
    if not completion.choices:
        return Garbled("the reply has no choices")
    events: list[ReplyEvent] = [
        Piece(
            ChunkChoice(
                index=each.index,
                delta=_delta(each.message),
                logprobs=each.logprobs,
                finish_reason=each.finish_reason,
            )
        )
        for each in completion.choices
    ]
    if completion.usage is not None:
        events.append(Counted(buckets(completion.usage)))
    return events


def _delta(message: _Message) -> Delta:
    calls = [
        ToolCallDelta(
            index=index,
            id=call.id,
            type="function",
            function=FunctionCallDelta(name=call.function.name, arguments=call.function.arguments),
        )
        for index, call in enumerate(message.tool_calls or ())
    ]
    return Delta(
        role="assistant",
        content=message.content,
        reasoning_content=message.reasoning_content,
        refusal=message.refusal,
        tool_calls=calls or None,
    )
