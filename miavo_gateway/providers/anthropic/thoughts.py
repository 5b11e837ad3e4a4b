"""Thoughts in the Messages API's shape, as they are streamed, kept and put back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import Struct

from miavo_gateway.providers.anthropic.events import Block
from miavo_gateway.providers.claude.thoughts import Thought

__all__ = ["ThoughtDraft", "kept_thoughts", "state_of", "thought_block"]


class _State(Struct, frozen=True):
    model: str
    """A model takes its own thoughts; those of another it drops, or refuses."""
    thoughts: list[Thought]


@dataclass(slots=True)
class ThoughtDraft:
    """A block of thinking that is still being streamed."""

    after: int
    text: list[str] = field(default_factory=list)
    signature: list[str] = field(default_factory=list)
    redacted: str = ""

    @classmethod
    def of(cls, block: Block, after: int) -> ThoughtDraft:
        """The beginning of a block, or all of it."""
        draft = cls(after, redacted=block.data or "")
        draft.add(block.thinking, block.signature)
        return draft

    def add(self, text: str | None, signature: str | None) -> None:
        """Take one piece."""
        if text:
            self.text.append(text)
        if signature:
            self.signature.append(signature)

    def thought(self) -> Thought | None:
        """The whole; None if there is nothing that could be given back."""
        if self.redacted:
            return Thought(self.after, redacted=self.redacted)
        signature = "".join(self.signature)
        return Thought(self.after, "".join(self.text), signature) if signature else None


def kept_thoughts(state: Any, model: str) -> tuple[Thought, ...]:
    """The thoughts in a state that was kept for this model; none if it is not one."""
    try:
        kept = msgspec.convert(state, _State)
    except msgspec.ValidationError:
        return ()
    return tuple(kept.thoughts) if kept.model == model else ()


def state_of(thoughts: list[Thought], model: str) -> Any:
    """The thoughts as JSON, to be kept."""
    return msgspec.to_builtins(_State(model, thoughts))


def thought_block(thought: Thought) -> dict[str, Any]:
    """The content block to send."""
    if thought.redacted:
        return {"type": "redacted_thinking", "data": thought.redacted}
    return {"type": "thinking", "thinking": thought.text, "signature": thought.signature}
