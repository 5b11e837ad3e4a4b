"""Several models for one request: the first that begins to answer, answers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import cast

from miavo_gateway.catalogue import Model
from miavo_gateway.chat_events import Answering, ChatEvents
from miavo_gateway.errors import MiavoError
from miavo_gateway.flow.fallbacks import falls_back
from miavo_gateway.local.engine import ChatEngine
from miavo_gateway.log import log
from miavo_gateway.schema.chat import ChatCompletionRequest

__all__ = ["Candidate", "in_turn"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model, and what answers for it."""

    model: Model
    engine: ChatEngine


def in_turn(
    candidates: Sequence[Candidate], asked: Model, request: ChatCompletionRequest
) -> AsyncIterator[ChatEvents]:
    """The reply of the first candidate that begins one.

    Raises:
        MiavoError: the request is at fault, or the last candidate failed; or the one that had
            begun broke off.
    """
    first = candidates[0]
    if len(candidates) == 1 and first.model is asked:
        return first.engine.stream(request)
    return _in_turn(candidates, asked, request)


async def _in_turn(
    candidates: Sequence[Candidate], asked: Model, request: ChatCompletionRequest
) -> AsyncIterator[ChatEvents]:
    for candidate in candidates:
        stream = cast("AsyncGenerator[ChatEvents, None]", candidate.engine.stream(request))
        async with aclosing(stream) as batches:
            try:
                batch = await anext(batches)
            except MiavoError as error:
                if candidate is candidates[-1] or not falls_back(error):
                    raise
                log.info("%s did not answer, another stands in for it", candidate.model.slug)
                continue
            if candidate.model is not asked:
                yield (Answering(slug=candidate.model.slug),)
            yield batch
            async for batch in batches:
                yield batch
            return
