"""Chunks and completions as OpenAI's imitators write them: all may be missing, null or odd."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from miavo_gateway.providers.openai_shaped.counts import WireUsage

__all__ = ["UNREADABLE", "LooseCall", "LooseChoice", "LooseChunk", "LooseDelta", "decode_loose"]

UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)
"""What decoding raises for bytes that cannot be read."""


class LooseFunction(Struct):
    """A piece of a called function."""

    name: Any = None
    arguments: Any = None
    """A string, or (Zhipu's published example) an object."""


class LooseCall(Struct):
    """A piece of a tool call."""

    index: Any = None
    id: Any = None
    function: LooseFunction | None = None


class LooseDelta(Struct):
    """What a chunk adds to a choice, or a whole message."""

    content: Any = None
    reasoning_content: Any = None
    reasoning: Any = None
    """The name that Ollama and vLLM give it."""
    reasoning_details: Any = None
    """MiniMax's place for it: a list of objects with a `text`."""
    refusal: Any = None
    tool_calls: list[LooseCall] | None = None

    @property
    def thought(self) -> str | None:
        """The reasoning, from one place only: some servers give it twice."""
        for text in (self.reasoning_content, self.reasoning):
            if isinstance(text, str) and text:
                return text
        if isinstance(self.reasoning_details, list):
            return "".join(
                each["text"]
                for each in self.reasoning_details
                if isinstance(each, dict) and isinstance(each.get("text"), str)
            )
        return None


class LooseChoice(Struct):
    """One choice's part of a chunk, or a whole choice."""

    index: Any = None
    delta: LooseDelta | None = None
    message: LooseDelta | None = None
    logprobs: Any = None
    finish_reason: Any = None
    usage: WireUsage | None = None
    """Moonshot's place for it."""


class LooseChunk(Struct):
    """A chunk, or a whole completion."""

    choices: list[LooseChoice] | None = None
    usage: WireUsage | None = None
    error: Any = None
    base_resp: Any = None
    """MiniMax's status, in answers of status 200 too."""
    output_sensitive: Any = None

    @property
    def failed(self) -> bool:
        """Whether it is an error."""
        if self.error:
            return True
        return isinstance(self.base_resp, dict) and bool(self.base_resp.get("status_code"))

    @property
    def counts(self) -> WireUsage | None:
        """The counts, from the chunk or else from a choice; None if there are none yet."""
        if self.usage is not None and not self.usage.empty:
            return self.usage
        for choice in self.choices or ():
            if choice.usage is not None and not choice.usage.empty:
                return choice.usage
        return None


decode_loose = msgspec.json.Decoder(LooseChunk).decode
