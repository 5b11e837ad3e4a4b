"""A reply of Claude's in OpenAI's pieces, whichever wire brings it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import msgspec

from miavo_gateway.chat_events import Piece
from miavo_gateway.providers.claude.tool_names import ToolNames
from miavo_gateway.providers.exchange import ReplyEvent
from miavo_gateway.providers.guessed_tokens import guessed_tokens
from miavo_gateway.providers.json_text import JsonText
from miavo_gateway.schema.chunk import (
    ChunkChoice,
    Delta,
    FinishReason,
    FunctionCallDelta,
    ToolCallDelta,
)

__all__ = ["Call", "ClaudeReply"]


@dataclass(slots=True)
class Call:
    """A tool call that is being streamed."""

    index: int | None
    """Its place among the reply's calls; None where its arguments are the reply's text."""
    begun: bool = False
    """Whether anything of its arguments has come."""


@dataclass(slots=True)
class ClaudeReply:
    """Writes one reply; its reader calls it with what it reads."""

    names: ToolNames
    answer_tool: str | None = None
    """The tool whose arguments are the answer, where the answer had to be forced into a schema."""
    json_text: JsonText | None = None
    """What keeps the JSON alone, where it was asked for in words."""
    text_size: int = 0
    """Characters of the text so far."""
    _role: Literal["assistant"] | None = "assistant"
    """Goes with the first piece."""
    _call_count: int = 0
    _answered: bool = False
    """Whether the answer tool has been called."""
    _beside: list[str] = field(default_factory=list)
    """Text beside an answer that is forced: it is shown only if no answer comes."""

    def said(self, text: str) -> list[ReplyEvent]:
        """More of the text."""
        if self.answer_tool is not None:
            self._beside.append(text)
            return []
        if self.json_text is not None:
            text = self.json_text.feed(text)
        return [self._text(text)] if text else []

    def reasoned(self, text: str | None) -> list[ReplyEvent]:
        """More of a thought."""
        return [self._piece(Delta(reasoning_content=text), text)] if text else []

    def called(self, wire_name: str, call_id: str) -> tuple[Call | None, list[ReplyEvent]]:
        """A tool is called; None where the call is passed over.

        Args:
            wire_name: the tool's name, as the provider knows it.
            call_id: the call's id.
        """
        if wire_name == self.answer_tool:
            # Called twice, it would make text that is no JSON.
            answer = None if self._answered else Call(None)
            self._answered = True
            return answer, []
        index = self._call_count
        self._call_count += 1
        name = self.names.original(wire_name)
        head = ToolCallDelta(index, call_id, "function", FunctionCallDelta(name, ""))
        return Call(index), [self._piece(Delta(tool_calls=[head]), name)]

    def argued(self, call: Call, text: str) -> list[ReplyEvent]:
        """More of a call's arguments."""
        if not text:
            return []
        call.begun = True
        if call.index is None:
            return [self._text(text)]
        delta = ToolCallDelta(call.index, function=FunctionCallDelta(arguments=text))
        return [self._piece(Delta(tool_calls=[delta]), text)]

    def finished(self, call: Call) -> list[ReplyEvent]:
        """A call is whole: what came without arguments has empty ones."""
        return [] if call.begun else self.argued(call, "{}")

    def ended(self, finish: FinishReason, refusal: str | None = None) -> Piece:
        """The last piece.

        Args:
            finish: why it ends. Calls alone make it one of calls.
            refusal: the words of a refusal.
        """
        if finish == "tool_calls" and not self._call_count:
            finish = "stop"
        left = self.json_text.finish() if self.json_text else ""
        if not self._answered and not self._call_count:
            left += "".join(self._beside)
        return self._piece(Delta(content=left or None, refusal=refusal), left, finish)

    def _text(self, text: str) -> Piece:
        self.text_size += len(text)
        return self._piece(Delta(content=text), text)

    def _piece(self, delta: Delta, text: str | None, finish: FinishReason | None = None) -> Piece:
        if (role := self._role) is not None:
            self._role = None
            delta = msgspec.structs.replace(delta, role=role)
        return Piece(ChunkChoice(delta=delta, finish_reason=finish), guessed_tokens(text))
