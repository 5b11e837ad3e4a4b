"""The parts of a `GenerateContentResponse` that are read (google-genai 3.4.0, `types.py`).

A stream's event is such a response with what is new in it, so one reader does for both.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw, Struct

__all__ = [
    "Candidate",
    "FunctionCall",
    "LogprobsResult",
    "Part",
    "PromptFeedback",
    "Response",
    "UsageMetadata",
    "decode_responses",
]


class FunctionCall(Struct, rename="camel"):
    """A whole call; `args` is JSON as it came, which is what OpenAI's arguments are."""

    name: str = ""
    args: Raw = Raw(b"")
    id: str | None = None


class Part(Struct, rename="camel"):
    """A piece of a candidate."""

    text: str | None = None
    thought: bool | None = None
    function_call: FunctionCall | None = None
    thought_signature: str | None = None


class Content(Struct, rename="camel"):
    """What a candidate says."""

    parts: list[Part] | None = None


class TokenLogprob(Struct, rename="camel"):
    """A token and its natural logarithm of probability."""

    token: str | None = None
    log_probability: float | None = None


class TopTokens(Struct, rename="camel"):
    """The likeliest tokens at one step."""

    candidates: list[TokenLogprob] | None = None


class LogprobsResult(Struct, rename="camel"):
    """The probabilities of the tokens of an event."""

    chosen_candidates: list[TokenLogprob] | None = None
    top_candidates: list[TopTokens] | None = None


class Candidate(Struct, rename="camel"):
    """One choice."""

    content: Content | None = None
    finish_reason: str | None = None
    finish_message: str | None = None
    index: int | None = None
    logprobs_result: LogprobsResult | None = None


class PromptFeedback(Struct, rename="camel"):
    """Why the prompt was not answered."""

    block_reason: str | None = None
    block_reason_message: str | None = None


class UsageMetadata(Struct, rename="camel"):
    """The counts so far."""

    prompt_token_count: int | None = None
    cached_content_token_count: int | None = None
    candidates_token_count: int | None = None
    thoughts_token_count: int | None = None
    tool_use_prompt_token_count: int | None = None
    total_token_count: int | None = None


class Response(Struct, rename="camel"):
    """A response, or what is new in a stream's; or the error in its place."""

    candidates: list[Candidate] | None = None
    prompt_feedback: PromptFeedback | None = None
    usage_metadata: UsageMetadata | None = None
    response_id: str | None = None
    error: Any = None


_decode_one = msgspec.json.Decoder(Response).decode
_decode_many = msgspec.json.Decoder(list[Response]).decode


def decode_responses(data: bytes) -> list[Response]:
    """The responses in an event or a body: one, or an array of them.

    Errors come in an array now and then, and so does a stream that is not asked for as SSE.

    Raises:
        msgspec.DecodeError: it is neither.
        UnicodeDecodeError: a text is no UTF-8.
        RecursionError: it is nested too deeply.
    """
    if data[:1] == b"[" or data.lstrip()[:1] == b"[":
        return _decode_many(data)
    return [_decode_one(data)]
