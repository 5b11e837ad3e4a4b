"""Reads replies of the Responses API: the events of a stream, or a whole response."""

from __future__ import annotations

from typing import Any

import orjson

from miavo_gateway.chat_events import Counted, Piece
from miavo_gateway.providers.exchange import (
    ErrorClass,
    Garbled,
    Kept,
    ProviderError,
    Read,
    ReplyEvent,
)
from miavo_gateway.providers.openai_responses.events import (
    Event,
    OutputItem,
    Response,
    decode_event,
    decode_response,
    usage_buckets,
)
from miavo_gateway.providers.openai_shaped.errors import read_error
from miavo_gateway.providers.openai_shaped.loose import UNREADABLE
from miavo_gateway.providers.openai_shaped.reader import DONE, tokens_of
from miavo_gateway.schema.chunk import (
    ChunkChoice,
    Delta,
    FinishReason,
    FunctionCallDelta,
    ToolCallDelta,
)

__all__ = ["ResponsesReader"]

_ENDS = frozenset({"response.completed", "response.incomplete"})
_FAILURES: dict[str, ErrorClass] = {
    "server_error": ErrorClass.RETRY,
    "rate_limit_exceeded": ErrorClass.THROTTLE,
    "invalid_prompt": ErrorClass.CLIENT,
    "cyber_policy": ErrorClass.CONTENT_FILTER,
    "bio_policy": ErrorClass.CONTENT_FILTER,
    "misalignment_policy_violation": ErrorClass.CONTENT_FILTER,
}
"""Codes of a response that failed; those about images are the request's fault."""


class ResponsesReader:
    """Reads one reply. It is a `ReplyReader`."""

    def __init__(self, *, forced_call: bool) -> None:
        """A reader at the beginning of a reply.

        Args:
            forced_call: the caller named the function; a chat completion ends such a reply with
                "stop".
        """
        self._forced_call = forced_call
        self._begun = False
        self._refused = False
        self._calls: dict[int, int] = {}
        """From an item's place in the output to the call's number."""
        self._written: set[int] = set()
        """Calls whose arguments have begun to come."""
        self._reasoning: list[dict[str, Any]] = []
        self._texts: set[int] = set()
        """Items whose text has come in pieces."""

    def event(self, data: bytes) -> Read:
        """One event; those of unknown types say nothing."""
        try:
            event = decode_event(data)
        except UNREADABLE:
            if data.strip() in (DONE, b""):
                return ()
            return Garbled("an event is not what the Responses API's format says")
        if event.type in _ENDS and event.response is not None:
            return self._end(event.response, whole=False)
        if event.type in ("response.failed", "error") or (not event.type and event.error):
            return _failure(event, data)
        return self._part(event)

    def finish(self) -> Read:
        """Nothing is ever held back."""
        return ()

    def reply(self, body: bytes) -> Read:
        """A whole response, in place of a stream."""
        try:
            response = decode_response(body)
        except UNREADABLE:
            return Garbled("the reply is not what the Responses API's format says")
        if response.error or response.status == "failed":
            return _failure(Event(response=response), body)
        if response.output is None:
            return Garbled("the reply has no output")
        return self._end(response, whole=True)

    def _part(self, event: Event) -> Read:
        text = event.delta if isinstance(event.delta, str) else ""
        place = event.output_index if event.output_index is not None else -1
        match event.type:
            case "response.output_text.delta" if text:
                self._texts.add(place)
                return (self._piece(Delta(content=text)),)
            case "response.refusal.delta" if text:
                self._texts.add(place)
                self._refused = True
                return (self._piece(Delta(refusal=text)),)
            case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" if text:
                return (self._piece(Delta(reasoning_content=text)),)
            case "response.reasoning_summary_part.added" if self._begun:
                return (self._piece(Delta(reasoning_content="\n\n")),)
            case "response.function_call_arguments.delta" if text and place in self._calls:
                self._written.add(place)
                call = ToolCallDelta(
                    index=self._calls[place], function=FunctionCallDelta(arguments=text)
                )
                return (self._piece(Delta(tool_calls=[call])),)
            case "response.output_item.added" if event.item is not None:
                return self._call_begun(event.item, place)
            case "response.output_item.done" if event.item is not None:
                return self._item_done(event.item, place)
        return ()

    def _call_begun(self, item: OutputItem, place: int) -> list[ReplyEvent]:
        if item.type != "function_call" or place in self._calls:
            return []
        number = self._calls[place] = len(self._calls)
        call_id = item.call_id or item.id
        call = ToolCallDelta(
            index=number,
            id=call_id,
            type="function",
            function=FunctionCallDelta(name=item.name, arguments=""),
        )
        events: list[ReplyEvent] = [self._piece(Delta(tool_calls=[call]))]
        if self._reasoning:
            events.append(Kept(call_id, {"reasoning": self._reasoning}))
            self._reasoning = []
        return events

    def _item_done(self, item: OutputItem, place: int) -> list[ReplyEvent]:
        """An item is whole: what of it did not come in pieces comes now."""
        if item.type == "reasoning":
            # Only here is the encrypted content sure to be whole.
            if item.encrypted_content:
                self._reasoning.append(_kept(item))
            return []
        if item.type == "message" and place not in self._texts:
            return self._message(item)
        if item.type != "function_call":
            return []
        events = self._call_begun(item, place)
        if item.arguments and place not in self._written:
            self._written.add(place)
            call = ToolCallDelta(
                index=self._calls[place], function=FunctionCallDelta(arguments=item.arguments)
            )
            events.append(self._piece(Delta(tool_calls=[call])))
        return events

    def _message(self, item: OutputItem) -> list[ReplyEvent]:
        events: list[ReplyEvent] = []
        for part in item.content or ():
            if part.refusal:
                self._refused = True
                events.append(self._piece(Delta(refusal=part.refusal)))
            elif part.text:
                events.append(self._piece(Delta(content=part.text)))
        return events

    def _end(self, response: Response, *, whole: bool) -> list[ReplyEvent]:
        events: list[ReplyEvent] = []
        for place, item in enumerate(response.output or ()) if whole else ():
            if item.type == "reasoning":
                events += [
                    self._piece(Delta(reasoning_content=part.text))
                    for part in item.summary or ()
                    if part.text
                ]
            events += self._item_done(item, place)
        events.append(self._piece(Delta(), self._reason(response)))
        if response.usage is not None:
            events.append(Counted(usage_buckets(response.usage)))
        return events

    def _reason(self, response: Response) -> FinishReason:
        details = response.incomplete_details
        if response.status == "incomplete" or (details is not None and details.reason):
            filtered = details is not None and details.reason == "content_filter"
            return "content_filter" if filtered else "length"
        return "tool_calls" if self._calls and not self._forced_call else "stop"

    def _piece(self, delta: Delta, reason: FinishReason | None = None) -> Piece:
        if not self._begun:
            self._begun = True
            delta = Delta(
                role="assistant",
                content=delta.content,
                reasoning_content=delta.reasoning_content,
                refusal=delta.refusal,
                tool_calls=delta.tool_calls,
            )
        choice = ChunkChoice(index=0, delta=delta, finish_reason=reason)
        return Piece(choice, tokens_of(choice))


def _kept(item: OutputItem) -> dict[str, Any]:
    """A reasoning item, as it is to come back."""
    return {
        "type": "reasoning",
        "id": item.id,
        "summary": [
            {"type": "summary_text", "text": part.text} for part in item.summary or () if part.text
        ],
        "encrypted_content": item.encrypted_content,
    }


def _failure(event: Event, data: bytes) -> ProviderError:
    error = event.response.error if event.response is not None else event.error
    if not isinstance(error, dict):
        error = {"code": event.code, "message": event.message}
    found = read_error(orjson.dumps({"error": error}) if any(error.values()) else data)
    by_code = _FAILURES.get(found.code)
    if by_code is None and "image" in found.code:
        by_code = ErrorClass.CLIENT
    return ProviderError(
        found.code, found.message, by_code or found.error_class, retry_after=found.retry_after
    )
