"""Reads a reply of Converse: the events of a stream, or a whole message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import msgspec

from miavo_gateway.chat_events import Counted, Piece
from miavo_gateway.providers.bedrock.errors import read_error, stream_error
from miavo_gateway.providers.bedrock.events import (
    ContentBlock,
    ContentBlockDelta,
    ReasoningDelta,
    TokenUsage,
    ToolUseStart,
    decode_event,
    decode_whole,
)
from miavo_gateway.providers.bedrock.thoughts import Thought, ThoughtDraft, state_of
from miavo_gateway.providers.exchange import (
    ErrorClass,
    Garbled,
    Kept,
    ProviderError,
    Read,
    ReplyEvent,
)
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
from miavo_gateway.usage import UsageBuckets

__all__ = ["ConverseReader"]

_FINISH: Final[Mapping[str, FinishReason]] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
    "refusal": "content_filter",
}
_MALFORMED = frozenset({"malformed_model_output", "malformed_tool_use"})
_SERVER_TOOL = "server_tool_use"
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


@dataclass(slots=True)
class _Call:
    """A tool call that is being streamed."""

    index: int | None
    """Its place among the reply's calls; None where its arguments are the reply's text."""
    begun: bool = False
    """Whether anything of its arguments has come."""


@dataclass(slots=True)
class ConverseReader:
    """Reads one reply. It is a `ReplyReader`."""

    names: ToolNames
    answer_tool: str | None = None
    """The tool whose arguments are the answer, where the answer had to be forced into a schema."""
    json_text: JsonText | None = None
    """What keeps the JSON in the text, where the model was only told to give JSON."""
    _role: Literal["assistant"] | None = "assistant"
    """Goes with the first piece."""
    _calls: dict[int, _Call | None] = field(default_factory=dict)
    """By block; None for one that is passed over."""
    _call_count: int = 0
    _drafts: dict[int, ThoughtDraft] = field(default_factory=dict)
    _thoughts: list[Thought] = field(default_factory=list)
    """Those since the last call."""
    _text_size: int = 0
    _answered: bool = False
    """Whether the answer tool has been called."""
    _beside: list[str] = field(default_factory=list)
    """Text beside an answer that is forced: it is shown only if no answer comes."""
    _thinking_tokens: int = 0

    def event(self, data: bytes) -> Read:
        """One event of a stream, as `FrameParser` gave it."""
        try:
            event = decode_event(data)
        except _UNREADABLE:
            return Garbled("an event is not what Converse's format says")
        if event.content_block_delta is not None:
            return self._delta(event.content_block_delta)
        if event.exception is not None:
            return stream_error(event.exception, event.said, event.message)
        if event.content_block_start is not None:
            start = event.content_block_start
            if start.start.tool_use is None:
                return ()
            return self._call_start(start.content_block_index, start.start.tool_use)
        if event.content_block_stop is not None:
            return self._block_stop(event.content_block_stop.content_block_index)
        if event.message_stop is not None:
            stop = event.message_stop
            return self._stop(stop.stop_reason, stop.additional_model_response_fields)
        if event.metadata is not None and event.metadata.usage is not None:
            return (self._counted(event.metadata.usage),)
        return ()

    def finish(self) -> Read:
        """Nothing is ever held back."""
        return ()

    def reply(self, body: bytes) -> Read:
        """A whole message, or the error in its place."""
        try:
            whole = decode_whole(body)
        except _UNREADABLE:
            return Garbled("the reply is not what Converse's format says")
        if whole.output is None or whole.output.message is None:
            error = read_error(200, {}, body)
            if error.code or error.message:
                return error
            return Garbled("the reply has no message")
        events: list[ReplyEvent] = []
        for index, block in enumerate(whole.output.message.content):
            events += self._block(index, block)
        stop = self._stop(whole.stop_reason, whole.additional_model_response_fields)
        if isinstance(stop, (ProviderError, Garbled)):
            return stop
        events += stop
        if whole.usage is not None:
            events.append(self._counted(whole.usage))
        return events

    def _block(self, index: int, block: ContentBlock) -> list[ReplyEvent]:
        if block.text:
            return self._said(block.text)
        if (thought := block.reasoning_content) is not None:
            open_part = thought.reasoning_text
            return [
                *self._reasoning(
                    index,
                    ReasoningDelta(
                        open_part.text if open_part else None,
                        open_part.signature if open_part else None,
                        thought.redacted_content,
                    ),
                ),
                *self._block_stop(index),
            ]
        if (call := block.tool_use) is not None:
            arguments = bytes(call.input).decode()
            return [
                *self._call_start(index, call),
                *self._arguments(index, "" if arguments == "{}" else arguments),
                *self._block_stop(index),
            ]
        return []

    def _delta(self, event: ContentBlockDelta) -> list[ReplyEvent]:
        delta = event.delta
        if delta.text is not None:
            return self._said(delta.text)
        if delta.tool_use is not None:
            return self._arguments(event.content_block_index, delta.tool_use.input)
        if delta.reasoning_content is not None:
            return self._reasoning(event.content_block_index, delta.reasoning_content)
        return []

    def _said(self, text: str) -> list[ReplyEvent]:
        if self.answer_tool is not None:
            self._beside.append(text)
            return []
        if self.json_text is not None:
            text = self.json_text.feed(text)
        return [self._text(text)] if text else []

    def _text(self, text: str) -> Piece:
        self._text_size += len(text)
        return self._piece(Delta(content=text), text)

    def _reasoning(self, index: int, delta: ReasoningDelta) -> list[ReplyEvent]:
        draft = self._drafts.get(index)
        if draft is None:
            draft = self._drafts[index] = ThoughtDraft(self._text_size)
        draft.add(delta)
        return [self._piece(Delta(reasoning_content=delta.text), delta.text)] if delta.text else []

    def _call_start(self, index: int, start: ToolUseStart) -> list[ReplyEvent]:
        if start.type == _SERVER_TOOL:
            self._calls[index] = None
            return []
        if start.name == self.answer_tool:
            # Called twice, it would make text that is no JSON.
            self._calls[index] = None if self._answered else _Call(None)
            self._answered = True
            return []
        call = _Call(self._call_count)
        self._call_count += 1
        self._calls[index] = call
        name = self.names.original(start.name)
        events: list[ReplyEvent] = [
            self._call_piece(call, FunctionCallDelta(name, ""), start.tool_use_id)
        ]
        self._end_thoughts()
        if self._thoughts:
            events.append(Kept(start.tool_use_id, state_of(self._thoughts)))
            self._thoughts.clear()
        return events

    def _arguments(self, index: int, text: str) -> list[ReplyEvent]:
        call = self._calls.get(index)
        if call is None or not text:
            return []
        call.begun = True
        if call.index is None:
            return [self._text(text)]
        return [self._call_piece(call, FunctionCallDelta(arguments=text))]

    def _block_stop(self, index: int) -> list[ReplyEvent]:
        call = self._calls.get(index)
        if call is not None and not call.begun:
            return self._arguments(index, "{}")
        return []

    def _stop(self, reason: str, fields: Any) -> Read:
        if reason in _MALFORMED:
            message = f"The model's output was malformed ({reason})"
            return ProviderError(reason, message, ErrorClass.RETRY)
        self._thinking_tokens = _thinking_tokens(fields)
        finish = _FINISH.get(reason, "stop")
        if finish == "tool_calls" and not self._call_count:
            finish = "stop"
        held = "" if self._answered or self._call_count else "".join(self._beside)
        if self.json_text is not None:
            held = self.json_text.finish()
        return (self._piece(Delta(content=held or None), held, finish),)

    def _counted(self, usage: TokenUsage) -> Counted:
        output = max(0, usage.output_tokens or 0)
        return Counted(
            UsageBuckets(
                uncached_input=max(0, usage.input_tokens or 0),
                cache_read=max(0, usage.cache_read_input_tokens or 0),
                cache_write=max(0, usage.cache_write_input_tokens or 0),
                output=output,
                reasoning=min(output, self._thinking_tokens),
            )
        )

    def _end_thoughts(self) -> None:
        drafted = (draft.thought() for draft in self._drafts.values())
        self._thoughts += [thought for thought in drafted if thought is not None]
        self._drafts.clear()

    def _call_piece(self, call: _Call, function: FunctionCallDelta, call_id: str = "") -> Piece:
        assert call.index is not None, "the answer's arguments are text"
        delta = ToolCallDelta(
            call.index, call_id or None, "function" if function.name else None, function
        )
        return self._piece(
            Delta(tool_calls=[delta]), (function.name or "") + (function.arguments or "")
        )

    def _piece(self, delta: Delta, text: str | None, finish: FinishReason | None = None) -> Piece:
        if (role := self._role) is not None:
            self._role = None
            delta = msgspec.structs.replace(delta, role=role)
        return Piece(ChunkChoice(delta=delta, finish_reason=finish), guessed_tokens(text))


def _thinking_tokens(fields: Any) -> int:
    """The value at `/usage/output_tokens_details/thinking_tokens`, which a request asks for."""
    for name in ("usage", "output_tokens_details", "thinking_tokens"):
        if not isinstance(fields, dict):
            return 0
        fields = fields.get(name)
    return max(0, fields) if isinstance(fields, int) else 0
