"""The engine behind `local-echo`: no model, no network, no chance."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from miavo_gateway.chat_events import ChatEvents, Counted, Piece
from miavo_gateway.local.echo.conversation import read_conversation
from miavo_gateway.local.echo.pieces import Answer, choice_pieces
from miavo_gateway.local.echo.structured import formatted
from miavo_gateway.local.echo.tool_choice import calls_wanted
from miavo_gateway.schema.chat import ChatCompletionRequest
from miavo_gateway.usage import UsageBuckets

__all__ = ["EchoEngine"]

_INLINE_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True)
class _Composed:
    answer: Answer
    prompt_tokens: int


class EchoEngine:
    """Answers from the request alone, and the same request always alike.

    It says back the last user text and describes what is shown, says what the tools returned
    after a tool result, calls tools that are forced or named, and keeps `response_format`.
    `seed`, `temperature`, `top_p`, penalties and `logit_bias` are accepted and change nothing.
    """

    @property
    def state(self) -> Literal["ready"]:
        """Always ready: there is nothing to load."""
        return "ready"

    @property
    def unavailable(self) -> None:
        """Always None."""
        return

    async def stream(self, request: ChatCompletionRequest) -> AsyncIterator[ChatEvents]:
        """Generate the reply; several choices come interleaved, token by token.

        Raises:
            InvalidRequest: media is broken, `tool_choice` or a `tool_call_id` points nowhere, or
                a schema is invalid or cannot be fulfilled; raised before the first piece.
        """
        if _is_small(request):
            composed = _compose(request)
        else:
            # Decoding media and fulfilling schemas take a while: others go on meanwhile.
            composed = await asyncio.to_thread(_compose, request)
        choices = [
            choice_pieces(composed.answer, request, index)
            for index in range(request.choices_wanted)
        ]
        output = 0
        for step in zip_longest(*choices):
            for piece in step:
                if isinstance(piece, Piece):
                    output += piece.tokens
                    yield (piece,)
                    await asyncio.sleep(0)
        yield (Counted(UsageBuckets(uncached_input=composed.prompt_tokens, output=output)),)

    async def close(self) -> None:
        """Nothing runs and nothing is held."""


def _compose(request: ChatCompletionRequest) -> _Composed:
    conversation = read_conversation(request)
    calls = calls_wanted(request, conversation)
    if calls:
        answer = Answer(calls=calls, finish_reason="tool_calls")
    else:
        answer = Answer(text=formatted(request.response_format, conversation.saying))
    return _Composed(answer, conversation.prompt_tokens)


def _is_small(request: ChatCompletionRequest) -> bool:
    if request.tools or request.response_format is not None:
        return False
    characters = 0
    for message in request.messages:
        if not isinstance(message.content, str):
            return False
        characters += len(message.content)
    return characters <= _INLINE_CHARACTERS
