"""Reads replies in OpenAI's format: its stream chunks, or a whole completion."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from miavo_gateway.chat_events import Counted, Piece
from miavo_gateway.providers.exchange import Garbled, Read, ReplyEvent
from miavo_gateway.providers.openai_shaped.counts import WireUsage, buckets
from miavo_gateway.providers.openai_shaped.errors import read_error
from miavo_gateway.providers.openai_shaped.whole import whole_reply
from miavo_gateway.schema.chunk import ChunkChoice

__all__ = ["DONE", "OpenAIShapedReader"]

DONE = b"[DONE]"

_BYTES_PER_TOKEN = 4


class _Chunk(Struct):
    choices: list[ChunkChoice] | None = None
    usage: WireUsage | None = None
    error: Any = None


_decode = msgspec.json.Decoder(_Chunk).decode


class OpenAIShapedReader:
    """Reads one reply. It is a `ReplyReader`."""

    def event(self, data: bytes) -> Read:
        """One chunk: passed on as it came, with what it adds and counts told beside it."""
        try:
            chunk = _decode(data)
        except msgspec.DecodeError:
            if data.strip() == DONE:
                return ()
            return Garbled("a chunk is not what OpenAI's format says")
        if chunk.error:
            return read_error(data)
        raw = data
        events: list[ReplyEvent] = []
        for choice in chunk.choices or ():
            # The event is passed on as it came, once, by its first piece.
            events.append(Piece(choice, tokens_of(choice), raw))
            raw = b""
        if chunk.usage is not None:
            events.append(Counted(buckets(chunk.usage), raw or None))
        return events

    def finish(self) -> Read:
        """Nothing is ever held back."""
        return ()

    def reply(self, body: bytes) -> Read:
        """A whole completion, from a server that does not stream."""
        return whole_reply(body)


def tokens_of(choice: ChunkChoice) -> int:
    """The tokens of a piece, as far as can be told before the provider counts them."""
    delta = choice.delta
    size = 0
    for text in (delta.content, delta.reasoning_content, delta.refusal):
        if text:
            size += len(text.encode(errors="replace"))
    for call in delta.tool_calls or ():
        if call.function is not None:
            size += len((call.function.name or "") + (call.function.arguments or ""))
    return -(-size // _BYTES_PER_TOKEN)
