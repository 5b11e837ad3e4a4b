"""What the Responses API sends, as far as it is read (`openai` 3.54, `types/responses`).

Every field is optional, so that one which is left out or new never breaks a reply. The API sends
an undocumented `keepalive` event while a model thinks (openai-node#1964): unknown types are passed
over.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from miavo_gateway.usage import UsageBuckets

__all__ = ["Event", "OutputItem", "Response", "decode_event", "decode_response", "usage_buckets"]


class _InputDetails(Struct):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class _OutputDetails(Struct):
    reasoning_tokens: int | None = None


class ResponseUsage(Struct):
    """`usage`, in OpenAI's arithmetic: details are subsets."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    input_tokens_details: _InputDetails | None = None
    output_tokens_details: _OutputDetails | None = None


class OutputPart(Struct):
    """A part of a message item, or of a reasoning item's summary."""

    type: str = ""
    text: str | None = None
    refusal: str | None = None


class OutputItem(Struct):
    """A message, a function call, or a piece of reasoning."""

    type: str = ""
    id: str = ""
    call_id: str = ""
    name: str = ""
    arguments: str | None = None
    content: list[OutputPart] | None = None
    summary: list[OutputPart] | None = None
    encrypted_content: str | None = None


class _Incomplete(Struct):
    reason: str | None = None


class Response(Struct):
    """A whole response, or its state in the middle of a stream."""

    status: str | None = None
    output: list[OutputItem] | None = None
    usage: ResponseUsage | None = None
    incomplete_details: _Incomplete | None = None
    error: Any = None


class Event(Struct):
    """One event of a stream; which fields it has goes by its type."""

    type: str = ""
    delta: Any = None
    """Text in the events that are read; elsewhere it may be an object."""
    output_index: int | None = None
    item: OutputItem | None = None
    response: Response | None = None
    code: Any = None
    message: Any = None
    error: Any = None


decode_event = msgspec.json.Decoder(Event).decode
decode_response = msgspec.json.Decoder(Response).decode


def usage_buckets(usage: ResponseUsage) -> UsageBuckets:
    """The counts as disjoint buckets; what is missing or negative counts as none."""
    prompt, output = max(0, usage.input_tokens or 0), max(0, usage.output_tokens or 0)
    details, parts = usage.input_tokens_details, usage.output_tokens_details
    cached = min(prompt, max(0, (details.cached_tokens or 0) if details else 0))
    written = min(prompt - cached, max(0, (details.cache_write_tokens or 0) if details else 0))
    return UsageBuckets(
        uncached_input=prompt - cached - written,
        cache_read=cached,
        cache_write=written,
        output=output,
        reasoning=min(output, max(0, (parts.reasoning_tokens or 0) if parts else 0)),
    )
