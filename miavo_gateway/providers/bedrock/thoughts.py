"""Thoughts in Converse's shape, as they are streamed, kept and put back."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from miavo_gateway.providers.bedrock.events import ReasoningDelta
from miavo_gateway.providers.claude.thoughts import Thought

__all__ = ["ThoughtDraft", "kept_thoughts", "state_of", "thought_block"]


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
