"""From what is to be said or called to the pieces of a stream, one token each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from miavo_gateway.chat_events import Piece
from miavo_gateway.local.echo.tokens import split_tokens
from miavo_gateway.schema.chat import ChatCompletionRequest, JsonObject
from miavo_gateway.schema.chunk import (
    ChunkChoice,
    Delta,
    FinishReason,
    FunctionCallDelta,
    ToolCallDelta,
)

__all__ = ["Answer", "Call", "before_stop", "choice_pieces"]


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call to make."""

    name: str
    arguments: str
    """JSON as text."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What every choice of a reply consists of: a text, or tool calls."""

    text: str = ""
    calls: tuple[Call, ...] = ()
    finish_reason: FinishReason = "stop"
    """The reason to give where no limit cuts the reply."""


def choice_pieces(answer: Answer, request: ChatCompletionRequest, index: int) -> Iterator[Piece]:
    """The pieces of one choice.

    The role comes first and the finish reason last, each without a token of its own; between
    them each piece is one token. `stop` cuts text, the output limit cuts text and calls.
    """
    yield Piece(ChunkChoice(index=index, delta=Delta(role="assistant", content="")))
    if answer.calls:
        body = _call_pieces(answer.calls, request, index)
    else:
        body = _text_pieces(before_stop(answer.text, request.stops), request, index)
    yield from islice(body, request.output_limit)
    cut = next(body, None) is not None
    reason: FinishReason = "length" if cut else answer.finish_reason
    yield Piece(ChunkChoice(index=index, delta=Delta(), finish_reason=reason))


def _text_pieces(text: str, request: ChatCompletionRequest, index: int) -> Iterator[Piece]:
    for token in split_tokens(text):
        logprobs = _logprobs(token, request.top_logprobs or 0) if request.logprobs else None
        yield Piece(
            ChunkChoice(index=index, delta=Delta(content=token), logprobs=logprobs), tokens=1
        )


def _call_pieces(
    calls: tuple[Call, ...], request: ChatCompletionRequest, index: int
) -> Iterator[Piece]:
    """The name of a call counts as one token, whatever its length."""
    for number, call in enumerate(calls):
        yield _call_piece(
            index,
            ToolCallDelta(
                index=number,
                id=_call_id(call, len(request.messages), index, number),
                type="function",
                function=FunctionCallDelta(name=call.name, arguments=""),
            ),
        )
        for token in split_tokens(call.arguments):
            yield _call_piece(
                index, ToolCallDelta(index=number, function=FunctionCallDelta(arguments=token))
            )


def _call_piece(index: int, call: ToolCallDelta) -> Piece:
    return Piece(ChunkChoice(index=index, delta=Delta(tool_calls=[call])), tokens=1)


def _call_id(call: Call, turn: int, choice: int, number: int) -> str:
    """An id that the request alone decides, unlike any other of the reply and of earlier turns."""
    seed = f"{turn}/{choice}/{number}/{call.name}/{call.arguments}"
    return "call_" + hashlib.sha256(seed.encode(errors="replace")).hexdigest()[:24]


def before_stop(text: str, stops: Iterable[str]) -> str:
    """A text up to the first of its stop sequences."""
    ends = [text.find(stop) for stop in stops]
    return text[: min((end for end in ends if end >= 0), default=len(text))]


def _logprobs(token: str, top: int) -> JsonObject:
    """An echo has no doubt: the token's probability is one, and there is no other token."""
    certain = {"token": token, "logprob": 0.0, "bytes": list(token.encode(errors="replace"))}
    return {
        "content": [{**certain, "top_logprobs": [certain] if top else []}],
        "refusal": None,
    }
