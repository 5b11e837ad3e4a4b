"""Reads a reply of Converse: the events of a stream, or a whole message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from miavo_gateway.chat_events import Counted
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
from miavo_gateway.providers.bedrock.thoughts import ThoughtDraft, state_of
from miavo_gateway.providers.claude.reply import Call, ClaudeReply
from miavo_gateway.providers.claude.thoughts import Thought
from miavo_gateway.providers.claude.tool_names import ToolNames
from miavo_gateway.providers.exchange import (
    ErrorClass,
    Garbled,
    Kept,
    ProviderError,
    Read,
    ReplyEvent,
)
from miavo_gateway.providers.json_text import JsonText
from miavo_gateway.schema.chunk import (
    FinishReason,
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


class ConverseReader:
    """Reads one reply. It is a `ReplyReader`."""

    def __init__(
        self,
        names: ToolNames,
        answer_tool: str | None = None,
        json_text: JsonText | None = None,
    ) -> None:
        """A reader of a reply that has not begun.

        Args:
            names: the tools' names.
            answer_tool: see `ClaudeReply`.
            json_text: likewise.
        """
        self._out = ClaudeReply(names, answer_tool, json_text)
        self._calls: dict[int, Call | None] = {}
        """By block; None for one that is passed over."""
        self._drafts: dict[int, ThoughtDraft] = {}
        self._thoughts: list[Thought] = []
        """Those since the last call."""
        self._thinking_tokens = 0

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
            return self._out.said(block.text)
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
            return self._out.said(delta.text)
        if delta.tool_use is not None:
            return self._arguments(event.content_block_index, delta.tool_use.input)
        if delta.reasoning_content is not None:
            return self._reasoning(event.content_block_index, delta.reasoning_content)
        return []

    def _reasoning(self, index: int, delta: ReasoningDelta) -> list[ReplyEvent]:
        draft = self._drafts.get(index)
        if draft is None:
            draft = self._drafts[index] = ThoughtDraft(self._out.text_size)
        draft.add(delta)
        return self._out.reasoned(delta.text)

    def _call_start(self, index: int, start: ToolUseStart) -> list[ReplyEvent]:
        if start.type == _SERVER_TOOL:
            self._calls[index] = None
            return []
        call, events = self._out.called(start.name, start.tool_use_id)
        self._calls[index] = call
        if call is None or call.index is None:
            return events
        self._end_thoughts()
        if self._thoughts:
            events.append(Kept(start.tool_use_id, state_of(self._thoughts)))
            self._thoughts.clear()
        return events

    def _arguments(self, index: int, text: str) -> list[ReplyEvent]:
        call = self._calls.get(index)
        return [] if call is None else self._out.argued(call, text)

    def _block_stop(self, index: int) -> list[ReplyEvent]:
        call = self._calls.get(index)
        return [] if call is None else self._out.finished(call)

    def _stop(self, reason: str, fields: Any) -> Read:
        if reason in _MALFORMED:
            message = f"The model's output was malformed ({reason})"
            return ProviderError(reason, message, ErrorClass.RETRY)
        self._thinking_tokens = _thinking_tokens(fields)
        return (self._out.ended(_FINISH.get(reason, "stop")),)

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


def _thinking_tokens(fields: Any) -> int:
    """The value at `/usage/output_tokens_details/thinking_tokens`, which a request asks for."""
    for name in ("usage", "output_tokens_details", "thinking_tokens"):
        if not isinstance(fields, dict):
            return 0
        fields = fields.get(name)
    return max(0, fields) if isinstance(fields, int) else 0
