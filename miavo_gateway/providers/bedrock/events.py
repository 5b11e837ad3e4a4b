"""What ConverseStream and Converse send, as far as it is read (botocore 1.44.5, service-2.json).

Every field is optional, so that one which is left out or new never breaks a reply.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw, Struct

__all__ = [
    "ContentBlock",
    "Delta",
    "Event",
    "MessageStop",
    "ReasoningDelta",
    "TokenUsage",
    "Whole",
    "decode_event",
    "decode_whole",
]


class ToolUseStart(Struct, frozen=True, rename="camel"):
    """The head of a tool call."""

    tool_use_id: str = ""
    name: str = ""
    type: str | None = None
    """`server_tool_use` for a tool that AWS runs itself."""


class BlockStart(Struct, frozen=True, rename="camel"):
    """What kind of block begins; text and reasoning begin without saying so."""

    tool_use: ToolUseStart | None = None


class ContentBlockStart(Struct, frozen=True, rename="camel"):
    """A block begins."""

    start: BlockStart = BlockStart()
    content_block_index: int = 0


class ToolUseDelta(Struct, frozen=True):
    """A piece of a tool call's arguments."""

    input: str = ""


class ReasoningDelta(Struct, frozen=True, rename="camel"):
    """A piece of a thought, or what it has to come back with."""

    text: str | None = None
    signature: str | None = None
    redacted_content: str | None = None
    """Base64."""


class Delta(Struct, frozen=True, rename="camel"):
    """What is added to a block: one of these."""

    text: str | None = None
    tool_use: ToolUseDelta | None = None
    reasoning_content: ReasoningDelta | None = None


class ContentBlockDelta(Struct, frozen=True, rename="camel"):
    """Something is added to a block."""

    delta: Delta = Delta()
    content_block_index: int = 0


class ContentBlockStop(Struct, frozen=True, rename="camel"):
    """A block ends."""

    content_block_index: int = 0


class MessageStop(Struct, frozen=True, rename="camel"):
    """The message ends; its usage is still to come."""

    stop_reason: str = ""
    additional_model_response_fields: Any = None


class TokenUsage(Struct, frozen=True, rename="camel"):
    """Token counts; `input_tokens` leaves out what a cache gave or took."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_write_input_tokens: int | None = None


class Metadata(Struct, frozen=True, rename="camel"):
    """What comes after the message."""

    usage: TokenUsage | None = None


class Event(Struct, frozen=True, rename="camel"):
    """One frame as `FrameParser` gives it: one of these."""

    content_block_delta: ContentBlockDelta | None = None
    content_block_start: ContentBlockStart | None = None
    content_block_stop: ContentBlockStop | None = None
    message_stop: MessageStop | None = None
    metadata: Metadata | None = None
    exception: str | None = None
    message: str | None = None
    said: Any = None


class WholeToolUse(ToolUseStart, frozen=True, rename="camel"):
    """A whole tool call."""

    input: Raw = Raw(b"{}")


class ReasoningText(Struct, frozen=True):
    """A whole thought."""

    text: str = ""
    signature: str | None = None


class Reasoning(Struct, frozen=True, rename="camel"):
    """A thought, in the open or not."""

    reasoning_text: ReasoningText | None = None
    redacted_content: str | None = None


class ContentBlock(Struct, frozen=True, rename="camel"):
    """A whole block: one of these."""

    text: str | None = None
    tool_use: WholeToolUse | None = None
    reasoning_content: Reasoning | None = None


class Message(Struct, frozen=True):
    """The assistant's message."""

    content: list[ContentBlock] = []


class Output(Struct, frozen=True):
    """What was generated."""

    message: Message | None = None


class Whole(Struct, frozen=True, rename="camel"):
    """A whole reply."""

    output: Output | None = None
    stop_reason: str = ""
    usage: TokenUsage | None = None
    additional_model_response_fields: Any = None


decode_event = msgspec.json.Decoder(Event).decode
decode_whole = msgspec.json.Decoder(Whole).decode
