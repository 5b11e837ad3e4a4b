"""Turning an engine's events into OpenAI's wire forms: stream chunks, or one folded reply."""

from __future__ import annotations

import base64
import secrets
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import msgspec
import orjson
from msgspec.structs import replace

from miavo_gateway.chat_events import Piece
from miavo_gateway.errors import MiavoError, UpstreamError
from miavo_gateway.schema.chat import (
    ChatCompletion,
    Choice,
    CompletionTokensDetails,
    CompletionUsage,
    PromptTokensDetails,
    ReplyAudio,
    ReplyFunction,
    ReplyMessage,
    ReplyToolCall,
)
from miavo_gateway.schema.chunk import (
    AudioDelta,
    ChatCompletionChunk,
    ChunkChoice,
    FinishReason,
)
from miavo_gateway.sound.encoder import encoder
from miavo_gateway.sound.formats import OPENAI_PCM, SoundFormat
from miavo_gateway.usage import UsageBuckets

__all__ = ["DONE", "ReplyFold", "ReplyHead", "comment", "error_event", "wire_usage"]

_AUDIO_SECONDS = 3_600
"""For how long a spoken reply may be referred to, where its provider does not say."""
DONE = b"data: [DONE]\n\n"


def wire_usage(usage: UsageBuckets) -> CompletionUsage:
    """The counts in OpenAI's arithmetic."""
    return CompletionUsage(
        prompt_tokens=usage.prompt,
        completion_tokens=usage.completion,
        total_tokens=usage.total,
        prompt_tokens_details=PromptTokensDetails(
            cached_tokens=usage.cache_read, audio_tokens=usage.audio_input or None
        ),
        completion_tokens_details=CompletionTokensDetails(
            reasoning_tokens=usage.reasoning, audio_tokens=usage.audio_output or None
        ),
    )


def comment(text: str) -> bytes:
    """An SSE comment, which clients skip."""
    return b": " + text.replace("\n", " ").encode() + b"\n\n"


def error_event(error: MiavoError) -> bytes:
    """The event that ends a stream which failed after it had begun."""
    return b"data: " + orjson.dumps(error.body()) + b"\n\n"


class ReplyHead:
    """What every chunk of one reply repeats."""

    def __init__(self, model: str, id: str | None = None, created: int | None = None) -> None:  # noqa: A002
        """The head of a reply, by default of one that begins now."""
        self.model = model
        if id is not None:
            self.id = id
        if created is not None:
            self.created = created

    @cached_property
    def id(self) -> str:
        """Made when it is first wanted: a reply that is passed on as it came needs none."""
        return "chatcmpl-" + secrets.token_hex(12)

    @cached_property
    def created(self) -> int:
        """Unix seconds."""
        return int(time.time())

    def event(self, piece: Piece) -> bytes:
        """The SSE events of a piece: as they came, if they came in OpenAI's format."""
        return self.chunk(piece.choice) if piece.raw is None else piece.raw

    def chunk(self, choice: ChunkChoice) -> bytes:
        """One SSE event with one choice's piece."""
        delta = choice.delta
        if delta.role and delta.content is None and not delta.tool_calls:
            choice = replace(choice, delta=replace(delta, content=""))
        chunk = ChatCompletionChunk(
            id=self.id, created=self.created, model=self.model, choices=[choice]
        )
        return b"data: " + msgspec.json.encode(chunk) + b"\n\n"

    def usage(self, usage: UsageBuckets, raw: bytes | None = None) -> bytes:
        """The last event of a stream whose caller asked for usage."""
        if raw:
            return raw
        body = {
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "choices": [],
            "usage": wire_usage(usage).model_dump(),
        }
        return b"data: " + orjson.dumps(body) + b"\n\n"


@dataclass(slots=True)
class _ToolCallFold:
    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _AudioFold:
    id: str = ""
    sound: list[bytes] = field(default_factory=list)
    transcript: list[str] = field(default_factory=list)
    expires_at: int = 0


@dataclass(slots=True)
class _ChoiceFold:
    content: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    refusal: list[str] = field(default_factory=list)
    tool_calls: dict[int, _ToolCallFold] = field(default_factory=dict)
    audio: _AudioFold | None = None
    logprobs: dict[str, list[Any]] = field(default_factory=dict)
    finish_reason: FinishReason | None = None


class ReplyFold:
    """Puts the pieces of a stream together again into the plain reply."""

    def __init__(self) -> None:
        self._choices: dict[int, _ChoiceFold] = {}
        self.pcm = OPENAI_PCM
        """What the samples of what is spoken are."""

    def add(self, piece: ChunkChoice) -> None:
        """Take one piece."""
        choice = self._choices.get(piece.index)
        if choice is None:
            choice = self._choices[piece.index] = _ChoiceFold()
        delta = piece.delta
        if delta.content:
            choice.content.append(delta.content)
        if delta.reasoning_content:
            choice.reasoning.append(delta.reasoning_content)
        if delta.refusal:
            choice.refusal.append(delta.refusal)
        for call in delta.tool_calls or ():
            fold = choice.tool_calls.setdefault(call.index, _ToolCallFold())
            fold.id = call.id or fold.id
            if call.function is not None:
                fold.name = call.function.name or fold.name
                if call.function.arguments:
                    fold.arguments.append(call.function.arguments)
        if delta.audio is not None:
            _add_audio(choice, delta.audio)
        if piece.logprobs:
            for kind, tokens in piece.logprobs.items():
                if tokens:
                    choice.logprobs.setdefault(kind, []).extend(tokens)
        choice.finish_reason = piece.finish_reason or choice.finish_reason

    @property
    def spoken(self) -> bool:
        """Whether a choice is spoken."""
        return any(choice.audio is not None for choice in self._choices.values())

    def encode(self, wanted: SoundFormat) -> None:
        """Put what is spoken into a format; for a worker thread.

        The pieces of a reply that is not streamed are samples: nothing else can be put together
        whatever it is.
        """
        for choice in self._choices.values():
            if choice.audio is not None:
                writer = encoder(wanted, self.pcm)
                samples = writer.feed(b"".join(choice.audio.sound))
                choice.audio.sound = [samples, writer.finish()]

    def reply(self, head: ReplyHead, usage: UsageBuckets) -> ChatCompletion:
        """The whole reply.

        Raises:
            UpstreamError: a choice never ended, or there is none.
        """
        choices = [_whole(index, self._choices[index]) for index in sorted(self._choices)]
        if not choices:
            raise UpstreamError("The reply ended before it began.")
        return ChatCompletion(
            id=head.id,
            created=head.created,
            model=head.model,
            choices=choices,
            usage=wire_usage(usage),
        )


def _add_audio(choice: _ChoiceFold, delta: AudioDelta) -> None:
    fold = choice.audio
    if fold is None:
        fold = choice.audio = _AudioFold()
    fold.id = delta.id or fold.id
    fold.expires_at = delta.expires_at or fold.expires_at
    if delta.data:
        fold.sound.append(base64.b64decode(delta.data))
    if delta.transcript:
        fold.transcript.append(delta.transcript)


def _audio(fold: _AudioFold) -> ReplyAudio:
    return ReplyAudio(
        id=fold.id or "audio_" + secrets.token_hex(12),
        data=base64.b64encode(b"".join(fold.sound)).decode(),
        transcript="".join(fold.transcript),
        expires_at=fold.expires_at or int(time.time()) + _AUDIO_SECONDS,
    )


def _whole(index: int, fold: _ChoiceFold) -> Choice:
    if fold.finish_reason is None:
        raise UpstreamError("The reply broke off before its end.")
    calls = [
        ReplyToolCall(
            id=call.id, function=ReplyFunction(name=call.name, arguments="".join(call.arguments))
        )
        for _, call in sorted(fold.tool_calls.items())
    ]
    content = "".join(fold.content)
    nothing_else = not calls and not fold.refusal and fold.audio is None
    return Choice(
        index=index,
        message=ReplyMessage(
            content=content if content or nothing_else else None,
            refusal="".join(fold.refusal) or None,
            reasoning_content="".join(fold.reasoning) or None,
            tool_calls=calls or None,
            audio=_audio(fold.audio) if fold.audio is not None else None,
        ),
        logprobs=fold.logprobs or None,
        finish_reason=fold.finish_reason,
    )
