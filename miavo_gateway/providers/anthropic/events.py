"""What the Messages API sends, as far as it is read (anthropic 2.12.0, `types/`).

Every field is optional, so that one which is left out or new never breaks a reply.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

__all__ = [
    "Block",
    "Event",
    "MessageDelta",
    "TokenUsage",
    "decode_block",
    "decode_event",
    "decode_whole",
]

_NOTHING: Final = Raw(b"null")


class OutputDetails(Struct):
    """A subset of `output_tokens`."""

    thinking_tokens: int | None = None


class TokenUsage(Struct):
    """`usage`; in `message_delta` the counts are those of the whole reply so far."""

    input_tokens: int | None = None
    """Without those read from and written to the cache."""
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    output_tokens: int | None = None
    output_tokens_details: OutputDetails | None = None


class StopDetails(Struct):
    """Why the model refused."""

    category: str | None = None
    explanation: str | None = None


class MessageDelta(Struct):
    """A piece of a block, or what `message_delta` says of the end; `type` tells pieces apart."""

    text: str | None = None
    thinking: str | None = None
    signature: str | None = None
    partial_json: str | None = None
    stop_reason: str | None = None
    stop_details: StopDetails | None = None


class MessageStart(Struct):
    """The message before it has any content."""

    usage: TokenUsage | None = None


class Event(Struct):
    """Any event of a stream."""

    type: str = ""
    index: int = 0
    delta: MessageDelta | None = None
    content_block: Raw = _NOTHING
    message: MessageStart | None = None
    usage: TokenUsage | None = None
    error: Any = None


class Block(Struct):
    """A content block of a kind that is read: text, a thought or a tool call."""

    type: str
    text: str | None = None
    thinking: str | None = None
    signature: str | None = None
    data: str | None = None
    id: str = ""
    name: str = ""
    input: Raw = _NOTHING


class Whole(Struct):
    """A message that came in one piece."""

    type: str = ""
    content: list[Raw] | None = None
    stop_reason: str | None = None
    stop_details: StopDetails | None = None
    usage: TokenUsage | None = None
    error: Any = None


class _Kind(Struct):
    type: str = ""


_READ: Final = frozenset({"text", "thinking", "redacted_thinking", "tool_use"})

decode_event = msgspec.json.Decoder(Event).decode
decode_whole = msgspec.json.Decoder(Whole).decode
_decode_kind = msgspec.json.Decoder(_Kind).decode
_decode_block = msgspec.json.Decoder(Block).decode


def decode_block(raw: Raw) -> Block | None:
    """A content block; None for one of another kind, such as a server tool's.

    Raises:
        msgspec.DecodeError: it is no block.
    """
    return _decode_block(raw) if _decode_kind(raw).type in _READ else None
