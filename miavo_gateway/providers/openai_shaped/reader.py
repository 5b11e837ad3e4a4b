"""Reads replies in OpenAI's format: chunks of a stream, or a whole completion.

Two ways lead through it. OpenAI's own events are decoded strictly and passed on as they came;
what its imitators send, and what of OpenAI's is odd, is decoded loosely and written anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Struct

from miavo_gateway.chat_events import ChatEvent, Counted, Piece
from miavo_gateway.providers.exchange import ErrorClass, Garbled, ProviderError, Read, ReplyEvent
from miavo_gateway.providers.guessed_tokens import guessed_tokens, tokens_of_bytes
from miavo_gateway.providers.openai_shaped.choice import ChoiceReader, Wanted
from miavo_gateway.providers.openai_shaped.counts import WireUsage, buckets
from miavo_gateway.providers.openai_shaped.errors import Classify, read_error
from miavo_gateway.providers.openai_shaped.finish import FAILURES
from miavo_gateway.providers.openai_shaped.loose import UNREADABLE, LooseChunk, decode_loose
from miavo_gateway.providers.sse import as_events
from miavo_gateway.schema.chunk import ChunkChoice, Delta

__all__ = ["DONE", "OpenAIShapedReader"]

DONE = b"[DONE]"


class _Chunk(Struct):
    choices: list[ChunkChoice] | None = None
    usage: WireUsage | None = None
    error: Any = None


_decode = msgspec.json.Decoder(_Chunk).decode


@dataclass(slots=True)
class _Held:
    choices: list[ChunkChoice]
    raw: bytes


class OpenAIShapedReader:
    """Reads one reply. It is a `ReplyReader`."""

    def __init__(self, wanted: Wanted, classify: Classify, *, relays: bool) -> None:
        """A reader at the beginning of a reply.

        Args:
            wanted: what the caller wants of it, and what the provider mixes into it.
            classify: what the provider's own error codes mean.
            relays: pass events on as they came.
        """
        self._wanted = wanted
        self._classify = classify
        self._relays = relays
        self._begun = False
        self._held: _Held | None = None
        self._choices: dict[int, ChoiceReader] = {}

    def event(self, data: bytes) -> Read:
        """One chunk."""
        if self._relays:
            try:
                chunk = _decode(data)
            except UNREADABLE:
                return self._loosely(data, whole=False)
            if chunk.error:
                return read_error(data, classify=self._classify)
            return self._relayed(chunk, data)
        return self._loosely(data, whole=False)

    def plain_text(self, data: Sequence[bytes], position: int, into: list[ChatEvent]) -> int:
        """Read the run of events that begins at a position and is text alone, as one piece.

        Most events are: a run in one piece takes a fraction of what a piece for each would, here
        and wherever it passes.

        Args:
            data: events, as the framing gave them.
            position: of the first to read.
            into: gets the piece.

        Returns:
            The position of the first event that is something else; `event` reads it.
        """
        if not (self._relays and self._begun):
            return position
        texts: list[str] = []
        index = tokens = 0
        end = position
        while end < len(data):
            try:
                chunk = _decode(data[end])
            except UNREADABLE:
                break
            choices = chunk.choices
            if not choices or len(choices) != 1 or chunk.usage is not None or chunk.error:
                break
            choice = choices[0]
            text = choice.delta.content
            if not text or choice != ChunkChoice(index=choice.index, delta=Delta(content=text)):
                break
            if texts and choice.index != index:
                break
            index = choice.index
            texts.append(text)
            tokens += guessed_tokens(text)
            end += 1
        if texts:
            whole = ChunkChoice(index=index, delta=Delta(content="".join(texts)))
            into.append(Piece(whole, tokens, as_events(data[position:end])))
        return end

    def finish(self) -> Read:
        """Nothing that counts is held back: each choice gives its rest with its finish reason."""
        return ()

    def reply(self, body: bytes) -> Read:
        """A whole completion, from a server that does not stream."""
        read = self._loosely(body, whole=True)
        if isinstance(read, ProviderError | Garbled):
            return read
        if not any(isinstance(event, Piece) for event in read):
            return Garbled("the reply has no choices")
        return read

    def _relayed(self, chunk: _Chunk, data: bytes) -> Read:
        choices = chunk.choices
        if not choices:
            if chunk.usage is None:
                return ()
            return (Counted(buckets(chunk.usage), as_events((data,))),)
        events: list[ReplyEvent] = []
        if not self._begun:
            if self._held is None and not any(map(_shows, choices)):
                # The role alone: until there is more, another credential can be tried.
                self._held = _Held(choices, data)
                return ()
            self._begun = True
            if self._held is not None:
                events += _pieces(self._held.choices, self._held.raw)
        # Counts beside choices would reach callers who asked for none: written anew.
        events += _pieces(choices, data if chunk.usage is None else None)
        if chunk.usage is not None:
            events.append(Counted(buckets(chunk.usage)))
        return events

    def _loosely(self, data: bytes, *, whole: bool) -> Read:
        try:
            chunk = decode_loose(data)
        except UNREADABLE:
            if data.strip() in (DONE, b"") and not whole:
                return ()
            return Garbled("the reply is not what OpenAI's format says")
        if chunk.failed:
            return read_error(data, classify=self._classify)
        events: list[ReplyEvent] = []
        for position, choice in enumerate(chunk.choices or ()):
            if isinstance(choice.finish_reason, str) and choice.finish_reason in FAILURES:
                return self._failure(choice.finish_reason)
            index = choice.index if isinstance(choice.index, int) else position
            reader = self._choices.get(index)
            if reader is None:
                reader = self._choices[index] = ChoiceReader(index, self._wanted)
            filtered = bool(chunk.output_sensitive)
            for event in reader.feed(choice, whole=whole, filtered=filtered):
                if isinstance(event, ChunkChoice):
                    events.append(Piece(event, tokens_of(event)))
                else:
                    events.append(event)
        return self._counted(chunk, events)

    def _counted(self, chunk: LooseChunk, events: list[ReplyEvent]) -> list[ReplyEvent]:
        if (counts := chunk.counts) is not None:
            events.append(Counted(buckets(counts)))
        return events

    def _failure(self, reason: str) -> ProviderError:
        return ProviderError(reason, FAILURES[reason], ErrorClass.RETRY)


def _shows(choice: ChunkChoice) -> bool:
    """Whether a choice has more than its role."""
    delta = choice.delta
    return bool(
        delta.content
        or delta.reasoning_content
        or delta.refusal
        or delta.tool_calls
        or delta.audio
        or choice.finish_reason
    )


def _pieces(choices: list[ChunkChoice], raw: bytes | None) -> list[Piece]:
    """The pieces of an event, which is passed on as it came, once, by its first piece."""
    pieces = []
    passed_on = None if raw is None else as_events((raw,))
    for choice in choices:
        pieces.append(Piece(choice, tokens_of(choice), passed_on))
        if passed_on:
            passed_on = b""
    return pieces


def tokens_of(choice: ChunkChoice) -> int:
    """The tokens of a piece, as far as can be told before the provider counts them."""
    delta = choice.delta
    size = 0
    for text in (delta.content, delta.reasoning_content, delta.refusal):
        if text:
            size += len(text.encode(errors="replace"))
    for call in delta.tool_calls or ():
        if call.function is not None:
            size += len((call.function.name or "") + (call.function.arguments or ""))
    return tokens_of_bytes(size)
