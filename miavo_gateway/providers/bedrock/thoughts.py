"""Thoughts that led to tool calls, kept from a reply and put back with the call's result.

Claude wants the thought of a turn with tool calls back, unchanged, with its signature, and before
the calls (AWS's guide to extended thinking). A client of OpenAI's format loses it.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import Struct

from miavo_gateway.providers.bedrock.events import ReasoningDelta

__all__ = ["Thought", "ThoughtDraft", "kept_thoughts", "state_of", "thought_block"]


class Thought(Struct, frozen=True, omit_defaults=True):
    """One block of reasoning."""

    after: int
    """How many characters of the reply's text came before it."""
    text: str = ""
    signature: str = ""
    redacted: str = ""
    """Base64, in place of text and signature."""


@dataclass(slots=True)
class ThoughtDraft:
    """A block of reasoning that is still being streamed."""

    after: int
    text: list[str] = field(default_factory=list)
    signature: list[str] = field(default_factory=list)
    redacted: list[str] = field(default_factory=list)

    def add(self, delta: ReasoningDelta) -> None:
        """Take one piece."""
        if delta.text:
            self.text.append(delta.text)
        if delta.signature:
            self.signature.append(delta.signature)
        if delta.redacted_content:
            self.redacted.append(delta.redacted_content)

    def thought(self) -> Thought | None:
        """The whole; None if there is nothing that could be given back."""
        signature = "".join(self.signature)
        if not signature and not self.redacted:
            return None
        if signature:
            return Thought(self.after, "".join(self.text), signature)
        return Thought(self.after, redacted=_joined(self.redacted))


def _joined(pieces: list[str]) -> str:
    """Base64 of all pieces together, each of which is base64 of its own."""
    try:
        whole = b"".join(map(b64decode, pieces))
    except ValueError:
        return "".join(pieces)
    return b64encode(whole).decode()


def kept_thoughts(state: Any) -> tuple[Thought, ...]:
    """The thoughts in a state that was kept; none if it is not one."""
    try:
        return tuple(msgspec.convert(state, list[Thought]))
    except msgspec.ValidationError:
        return ()


def thought_block(thought: Thought) -> dict[str, Any]:
    """The content block to send."""
    if thought.redacted:
        return {"reasoningContent": {"redactedContent": thought.redacted}}
    words = {"text": thought.text, "signature": thought.signature}
    return {"reasoningContent": {"reasoningText": words}}


def state_of(thoughts: Iterable[Thought]) -> Any:
    """The thoughts as JSON, to be kept."""
    return msgspec.to_builtins(list(thoughts))
