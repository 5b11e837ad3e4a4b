"""Reads a reply of the Messages API: the events of a stream, or a whole message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

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
from miavo_gateway.providers.anthropic.thoughts import ThoughtDraft, state_of
from miavo_gateway.providers.claude.reply import Call, ClaudeReply
from miavo_gateway.providers.claude.thoughts import Thought
from miavo_gateway.providers.claude.tool_names import ToolNames
from miavo_gateway.providers.exchange import Garbled, Kept, Read, ReplyEvent
from miavo_gateway.providers.json_text import JsonText
from miavo_gateway.schema.chunk import (
    FinishReason,
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


class MessagesReader:
    """Reads one reply. It is a `ReplyReader`."""

    def __init__(
        self,
        model: str,
        names: ToolNames,
        answer_tool: str | None = None,
        json_text: JsonText | None = None,
    ) -> None:
        """A reader of a reply that has not begun.

        Args:
            model: the provider's id of it, under which thoughts are kept.
            names: the tools' names.
            answer_tool: see `ClaudeReply`.
            json_text: likewise.
        """
        self._model = model
        self._out = ClaudeReply(names, answer_tool, json_text)
        self._blocks: dict[int, Call | ThoughtDraft] = {}
        """Calls and thoughts by their place; text needs none, and what is not known has none."""
        self._thoughts: list[Thought] = []
        """Those since the last call."""
        self._count = RunningCount()
        self._stop_reason = ""
        self._stop_details: StopDetails | None = None

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
            return self._out.said(delta.text)
        block = self._blocks.get(index)
        if isinstance(block, Call):
            return self._out.argued(block, delta.partial_json or "")
        if isinstance(block, ThoughtDraft):
            block.add(delta.thinking, delta.signature)
            return self._out.reasoned(delta.thinking)
        return []

    def _block_start(self, index: int, raw: Raw) -> list[ReplyEvent]:
        block = decode_block(raw)
        if block is None:
            return []
        if block.type == "text":
            return self._out.said(block.text or "")
        if block.type == "tool_use":
            return self._call_start(index, block)
        draft = self._blocks[index] = ThoughtDraft.of(block, self._out.text_size)
        return self._out.reasoned("".join(draft.text))

    def _block_stop(self, index: int) -> list[ReplyEvent]:
        block = self._blocks.pop(index, None)
        if isinstance(block, Call):
            return self._out.finished(block)
        if block is not None and (thought := block.thought()) is not None:
            self._thoughts.append(thought)
        return []

    def _whole_block(self, index: int, raw: Raw) -> list[ReplyEvent]:
        events = self._block_start(index, raw)
        call = self._blocks.get(index)
        if isinstance(call, Call):
            block = decode_block(raw)
            arguments = bytes(block.input).decode() if block else ""
            if arguments != "null":
                events += self._out.argued(call, arguments)
        return events + self._block_stop(index)

    def _call_start(self, index: int, block: Block) -> list[ReplyEvent]:
        call, events = self._out.called(block.name, block.id)
        if call is not None:
            self._blocks[index] = call
        if call is not None and call.index is not None and self._thoughts:
            events.append(Kept(block.id, state_of(self._thoughts, self._model)))
            self._thoughts = []
        return events

    def _stopped(self, reason: str | None, details: StopDetails | None) -> None:
        self._stop_reason = reason or self._stop_reason
        self._stop_details = details or self._stop_details

    def _end(self) -> Piece:
        finish = _FINISH.get(self._stop_reason, "stop")
        return self._out.ended(finish, self._refusal() if finish == "content_filter" else None)

    def _refusal(self) -> str:
        details = self._stop_details
        if details is not None and details.explanation:
            return details.explanation
        if details is not None and details.category:
            return f"The model refused to answer ({details.category})."
        return "The model refused to answer."

    def _counted(self, usage: TokenUsage | None) -> tuple[Counted, ...]:
        return () if usage is None else (Counted(self._count.with_more(usage)),)
