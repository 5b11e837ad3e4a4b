"""The chunks of a chat completion's stream.

Shapes follow OpenAI's chat completions (the `openai` package, 3.54, `types/chat`). A stream has a
chunk for each token, so these are msgspec structs: many times as quick to make and write as models.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from msgspec import Struct

__all__ = [
    "AudioDelta",
    "ChatCompletionChunk",
    "ChunkChoice",
    "Delta",
    "FunctionCallDelta",
    "ToolCallDelta",
]

FinishReason: TypeAlias = Literal["stop", "length", "tool_calls", "content_filter"]


class FunctionCallDelta(Struct, frozen=True, omit_defaults=True):
    """A piece of a called function."""

    name: str | None = None
    arguments: str | None = None


class ToolCallDelta(Struct, frozen=True, omit_defaults=True):
    """A piece of a tool call; `id`, `type` and the name come with its first piece only."""

    index: int
    id: str | None = None
    type: Literal["function"] | None = None
    function: FunctionCallDelta | None = None


class AudioDelta(Struct, frozen=True, omit_defaults=True):
    """A piece of a spoken reply: base64 `data`, or what it says."""

    id: str | None = None
    data: str | None = None
    transcript: str | None = None
    expires_at: int | None = None


class Delta(Struct, frozen=True, omit_defaults=True):
    """What one chunk adds to one choice. What is None is left out."""

    role: Literal["assistant"] | None = None
    content: str | None = None
    reasoning_content: str | None = None
    refusal: str | None = None
    tool_calls: list[ToolCallDelta] | None = None
    audio: AudioDelta | None = None


class ChunkChoice(Struct, frozen=True, kw_only=True):
    """One choice's part of a chunk. `logprobs` is as OpenAI's, `{"content": [...]}`."""

    index: int = 0
    delta: Delta
    logprobs: dict[str, Any] | None = None
    finish_reason: FinishReason | None = None


class ChatCompletionChunk(Struct, frozen=True, kw_only=True):
    """One event of a stream that has choices."""

    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: int
    model: str
    choices: list[ChunkChoice]
