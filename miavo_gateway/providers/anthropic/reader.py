"""Reads a reply of the Messages API: the events of a stream, or a whole message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import msgspec
from msgspec import Raw

from miavo_gateway.chat_events import Counted, Piece
from miavo_gateway.providers.anthropic.counts import RunningCount
from miavo_gateway.providers.anthropic.errors import read_error
from miavo_gateway.providers.anthropic.events import (
    Block,
    Event,
    MessageDelta,
    StopDetails,
    TokenUsage,
    decode_block,
    decode_event,
    decode_whole,
)
from miavo_gateway.providers.anthropic.thoughts import Thought, ThoughtDraft, state_of
from miavo_gateway.providers.exchange import Garbled, Kept, Read, ReplyEvent
from miavo_gateway.providers.guessed_tokens import guessed_tokens
from miavo_gateway.providers.json_text import JsonText
from miavo_gateway.providers.tool_names import ToolNames
from miavo_gateway.schema.chunk import (
    ChunkChoice,
    Delta,
    FinishReason,
    FunctionCallDelta,
    ToolCallDelta,
)

__all__ = ["MessagesReader"]

_FINISH: Final[Mapping[str, FinishReason]] = {
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "pause_turn": "length",
    "refusal": "content_filter",
}
"""By `stop_reason`; any other is a plain end."""
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


@dataclass(slots=True)
class _Call:
    """A tool call that is being streamed."""

    index: int | None
    """Its place among the reply's calls; None where its arguments are the reply's text."""
    begun: bool = False
    """Whether anything of its arguments has come."""


@dataclass(slots=True)
class MessagesReader:
    """Reads one reply. It is a `ReplyReader`."""

    model: str
    """The provider's id of it, under which thoughts are kept."""
    names: ToolNames
    answer_tool: str | None = None
    """The tool whose arguments are the answer, where the answer had to be forced into a schema."""
    json_text: JsonText | None = None
    """What keeps the JSON alone, where it was asked for in words."""
    _role: Literal["assistant"] | None = "assistant"
    """Goes with the first piece."""
    _blocks: dict[int, _Call | ThoughtDraft] = field(default_factory=dict)
    """Calls and thoughts by their place; text needs none, and what is not known has none."""
    _thoughts: list[Thought] = field(default_factory=list)
    """Those since the last call."""
    _call_count: int = 0
    _text_size: int = 0
    _answered: bool = False
    """Whether the answer tool has been called."""
    _beside: list[str] = field(default_factory=list)
    """Text beside an answer that is forced: it is shown only if no answer comes."""
    _count: RunningCount = field(default_factory=RunningCount)
    _stop_reason: str = ""
    _stop_details: StopDetails | None = None

    def event(self, data: bytes) -> Read:
        """One event of a stream, as the framing gave it."""
        try:
            event = decode_event(data)
            kind = event.type
            if kind == "content_block_delta":
                return self._delta(event.index, event.delta) if event.delta else ()
            if kind == "content_block_start":
                return self._block_start(event.index, event.content_block)
            if kind == "content_block_stop":
                return self._block_stop(event.index)
        except _UNREADABLE:
            return Garbled("an event is not what Anthropic's format says")
        if kind == "error" or (not kind and event.error):
            return read_error(data)
        return self._around(event)

    def finish(self) -> Read:
        """Nothing is held back beyond `message_stop`: a stream without it was cut."""
        return ()

    def reply(self, body: bytes) -> Read:
        """A whole message, or the error in its place."""
        try:
            whole = decode_whole(body)
            if whole.type == "error" or (whole.content is None and whole.error):
                return read_error(body)
            if whole.content is None:
                return Garbled("the reply has no content")
            events: list[ReplyEvent] = []
            for index, raw in enumerate(whole.content):
                events += self._whole_block(index, raw)
        except _UNREADABLE:
            return Garbled("the reply is not what Anthropic's format says")
        self._stopped(whole.stop_reason, whole.stop_details)
        events.append(self._end())
        return [*events, *self._counted(whole.usage)]

    def _around(self, event: Event) -> Read:
        """An event that is not about a block."""
        if event.type == "message_start":
            return self._counted(event.message.usage if event.message else None)
        if event.type == "message_delta":
            if event.delta is not None:
                self._stopped(event.delta.stop_reason, event.delta.stop_details)
            return self._counted(event.usage)
        if event.type == "message_stop":
            return (self._end(),)
        return ()

    def _delta(self, index: int, delta: MessageDelta) -> list[ReplyEvent]:
        if delta.text is not None:
            return self._said(delta.text)
        block = self._blocks.get(index)
        if isinstance(block, _Call):
            return self._arguments(block, delta.partial_json) if delta.partial_json else []
        if isinstance(block, ThoughtDraft):
            block.add(delta.thinking, delta.signature)
            return self._reasoning(delta.thinking)
        return []

    def _block_start(self, index: int, raw: Raw) -> list[ReplyEvent]:
        block = decode_block(raw)
        if block is None:
            return []
        if block.type == "text":
            return self._said(block.text or "")
        if block.type == "tool_use":
            return self._call_start(index, block)
        draft = self._blocks[index] = ThoughtDraft.of(block, self._text_size)
        return self._reasoning("".join(draft.text))

    def _block_stop(self, index: int) -> list[ReplyEvent]:
        block = self._blocks.pop(index, None)
        if isinstance(block, _Call) and not block.begun:
            return self._arguments(block, "{}")
        if isinstance(block, ThoughtDraft) and (thought := block.thought()) is not None:
            self._thoughts.append(thought)
        return []

    def _whole_block(self, index: int, raw: Raw) -> list[ReplyEvent]:
        events = self._block_start(index, raw)
        call = self._blocks.get(index)
        if isinstance(call, _Call):
            block = decode_block(raw)
            arguments = bytes(block.input).decode() if block else ""
            if arguments not in ("", "null"):
                events += self._arguments(call, arguments)
        return events + self._block_stop(index)

    def _said(self, text: str) -> list[ReplyEvent]:
        if not text:
            return []
        if self.answer_tool is not None:
            self._beside.append(text)
            return []
        if self.json_text is not None:
            text = self.json_text.feed(text)
        return [self._text(text)] if text else []

    def _text(self, text: str) -> Piece:
        self._text_size += len(text)
        return self._piece(Delta(content=text), text)

    def _reasoning(self, text: str | None) -> list[ReplyEvent]:
        return [self._piece(Delta(reasoning_content=text), text)] if text else []

    def _call_start(self, index: int, block: Block) -> list[ReplyEvent]:
        if block.name == self.answer_tool:
            # Called twice, it would make text that is no JSON.
            if not self._answered:
                self._blocks[index] = _Call(None)
            self._answered = True
            return []
        call = self._blocks[index] = _Call(self._call_count)
        self._call_count += 1
        name = self.names.original(block.name)
        head = ToolCallDelta(call.index or 0, block.id, "function", FunctionCallDelta(name, ""))
        events: list[ReplyEvent] = [self._piece(Delta(tool_calls=[head]), name)]
        if self._thoughts:
            events.append(Kept(block.id, state_of(self._thoughts, self.model)))
            self._thoughts = []
        return events

    def _arguments(self, call: _Call, text: str) -> list[ReplyEvent]:
        call.begun = True
        if call.index is None:
            return [self._text(text)]
        piece = ToolCallDelta(call.index, function=FunctionCallDelta(arguments=text))
        return [self._piece(Delta(tool_calls=[piece]), text)]

    def _stopped(self, reason: str | None, details: StopDetails | None) -> None:
        self._stop_reason = reason or self._stop_reason
        self._stop_details = details or self._stop_details

    def _end(self) -> Piece:
        finish = _FINISH.get(self._stop_reason, "stop")
        if finish == "tool_calls" and not self._call_count:
            finish = "stop"
        left = self.json_text.finish() if self.json_text else ""
        if not self._answered and not self._call_count:
            left += "".join(self._beside)
        refusal = self._refusal() if finish == "content_filter" else None
        return self._piece(Delta(content=left or None, refusal=refusal), left, finish)

    def _refusal(self) -> str:
        details = self._stop_details
        if details is not None and details.explanation:
            return details.explanation
        if details is not None and details.category:
            return f"The model refused to answer ({details.category})."
        return "The model refused to answer."

    def _counted(self, usage: TokenUsage | None) -> tuple[Counted, ...]:
        return () if usage is None else (Counted(self._count.with_more(usage)),)

    def _piece(self, delta: Delta, text: str | None, finish: FinishReason | None = None) -> Piece:
        if (role := self._role) is not None:
            self._role = None
            delta = msgspec.structs.replace(delta, role=role)
        return Piece(ChunkChoice(delta=delta, finish_reason=finish), guessed_tokens(text))
