"""Reads a reply of Gemini: the events of a stream, or a whole response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final

import msgspec

from miavo_gateway.chat_events import Counted, Piece
from miavo_gateway.providers.exchange import (
    ErrorClass,
    Garbled,
    Kept,
    ProviderError,
    Read,
    ReplyEvent,
)
from miavo_gateway.providers.gemini.counts import buckets
from miavo_gateway.providers.gemini.errors import stream_error
from miavo_gateway.providers.gemini.events import (
    Candidate,
    FunctionCall,
    PromptFeedback,
    Response,
    UsageMetadata,
    decode_responses,
)
from miavo_gateway.providers.gemini.logprobs import openai_logprobs
from miavo_gateway.providers.gemini.thoughts import kept_state
from miavo_gateway.providers.gemini.tools import FunctionNames
from miavo_gateway.providers.guessed_tokens import guessed_tokens
from miavo_gateway.schema.chunk import (
    ChunkChoice,
    Delta,
    FinishReason,
    FunctionCallDelta,
    ToolCallDelta,
)

__all__ = ["GeminiReader"]

_FINISH: Final[Mapping[str, FinishReason]] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "CONTINUATION": "length",
}
_UNSAID: Final = "FINISH_REASON_UNSPECIFIED"
_MALFORMED: Final = frozenset(
    {
        "MALFORMED_FUNCTION_CALL",
        "MALFORMED_RESPONSE",
        "MISSING_THOUGHT_SIGNATURE",
        "TOO_MANY_TOOL_CALLS",
        "UNEXPECTED_TOOL_CALL",
    }
)
"""The model made what nobody can use. All else that ends a candidate is a filter's doing."""


@dataclass(slots=True)
class _Choice:
    """What is to be remembered of a candidate."""

    begun: bool = False
    """Whether a piece of it has gone out, with the role."""
    said: bool = False
    """Whether there was any text or call."""
    calls: int = 0
    ended: bool = False


@dataclass(slots=True)
class GeminiReader:
    """Reads one reply. It is a `ReplyReader`."""

    names: FunctionNames
    model: str
    """The model's id, which its signatures are kept with."""
    one_call: bool = False
    """Whether calls after the first are left out, as `parallel_tool_calls: false` wants."""
    _choices: dict[int, _Choice] = field(default_factory=dict)
    _call_prefix: str = ""
    _call_count: int = 0
    _guessed: int = 0
    """Output tokens so far, as far as can be told before Google counts them."""
    _usage: UsageMetadata | None = None
    _data: bytes = b""
    """The event that is being read."""

    def event(self, data: bytes) -> Read:
        """One event of a stream: a response with what is new in it."""
        self._data = data
        events: list[ReplyEvent] = []
        try:
            for response in decode_responses(data):
                if response.error is not None:
                    return stream_error(response.error)
                problem = self._response(response, events)
                if problem is not None:
                    return problem
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return Garbled("an event is not what Gemini's format says")
        return events

    def finish(self) -> Read:
        """Nothing is ever held back."""
        return ()

    def reply(self, body: bytes) -> Read:
        """A whole response, or the array of them that a stream is without SSE."""
        read = self.event(body)
        if not isinstance(read, Garbled | ProviderError) and not self._choices:
            return Garbled("the reply has no candidates")
        return read

    def _response(self, response: Response, events: list[ReplyEvent]) -> ProviderError | None:
        for candidate in response.candidates or ():
            problem = self._candidate(candidate, events)
            if problem is not None:
                return problem
        feedback = response.prompt_feedback
        if feedback is not None and feedback.block_reason and not self._choices:
            events.append(self._blocked(feedback))
        usage = response.usage_metadata
        if usage is not None and usage != self._usage:
            self._usage = usage
            counted = buckets(usage, guessed=self._guessed)
            self._guessed = counted.output
            events.append(Counted(counted))
        return None

    def _candidate(self, candidate: Candidate, events: list[ReplyEvent]) -> ProviderError | None:
        index = candidate.index or 0
        choice = self._choices.get(index)
        if choice is None:
            choice = self._choices[index] = _Choice()
        if choice.ended:
            return None
        logprobs = None
        if candidate.logprobs_result is not None:
            logprobs = openai_logprobs(candidate.logprobs_result)
        for part in (candidate.content.parts or ()) if candidate.content is not None else ():
            if part.function_call is not None:
                events += self._call(index, choice, part.function_call, part.thought_signature)
            elif part.text:
                if part.thought:
                    delta = Delta(reasoning_content=part.text)
                    events.append(self._piece(index, choice, delta, part.text))
                else:
                    choice.said = True
                    delta = Delta(content=part.text)
                    events.append(self._piece(index, choice, delta, part.text, logprobs))
                    logprobs = None
        reason = candidate.finish_reason
        if reason and reason != _UNSAID:
            if reason in _MALFORMED:
                message = candidate.finish_message or f"The model ended with {reason}."
                return ProviderError(reason, message, ErrorClass.RETRY)
            choice.ended = True
            events.append(self._last(index, choice, candidate, reason, logprobs))
        elif logprobs is not None:
            events.append(self._piece(index, choice, Delta(), "", logprobs))
        return None

    def _last(
        self,
        index: int,
        choice: _Choice,
        candidate: Candidate,
        reason: str,
        logprobs: dict[str, Any] | None,
    ) -> Piece:
        finish = _FINISH.get(reason, "content_filter")
        refusal = None
        if finish == "content_filter" and not choice.said:
            refusal = candidate.finish_message or f"Google withheld the reply ({reason})."
        if finish == "stop" and choice.calls:
            finish = "tool_calls"  # Gemini says STOP for calls too.
        return self._piece(index, choice, Delta(refusal=refusal), "", logprobs, finish)

    def _blocked(self, feedback: PromptFeedback) -> Piece:
        choice = self._choices[0] = _Choice(ended=True)
        words = feedback.block_reason_message
        refusal = words or f"Google blocked the prompt ({feedback.block_reason})."
        return self._piece(0, choice, Delta(refusal=refusal), "", None, "content_filter")

    def _call(
        self, index: int, choice: _Choice, call: FunctionCall, signature: str | None
    ) -> list[ReplyEvent]:
        if self.one_call and choice.calls:
            return []
        arguments = bytes(call.args).decode().strip()
        if arguments in ("", "null"):
            arguments = "{}"
        call_id = call.id or self._new_id()
        function = FunctionCallDelta(self.names.original(call.name), arguments)
        delta = Delta(tool_calls=[ToolCallDelta(choice.calls, call_id, "function", function)])
        choice.calls += 1
        choice.said = True
        piece = self._piece(index, choice, delta, call.name + arguments)
        if not signature:
            return [piece]
        return [Kept(call_id, kept_state(signature, self.model)), piece]

    def _new_id(self) -> str:
        """An id for a call that has none: from its event, whose ids and signatures are its own."""
        if not self._call_prefix:
            self._call_prefix = blake2b(self._data, digest_size=9).hexdigest()
        self._call_count += 1
        return f"call_{self._call_prefix}{self._call_count:02}"

    def _piece(
        self,
        index: int,
        choice: _Choice,
        delta: Delta,
        text: str,
        logprobs: dict[str, Any] | None = None,
        finish: FinishReason | None = None,
    ) -> Piece:
        if not choice.begun:
            choice.begun = True
            delta = msgspec.structs.replace(delta, role="assistant")
        tokens = guessed_tokens(text)
        self._guessed += tokens
        return Piece(
            ChunkChoice(index=index, delta=delta, logprobs=logprobs, finish_reason=finish), tokens
        )
