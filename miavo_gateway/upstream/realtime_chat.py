"""A chat completion on a realtime model: one turn of text over the provider's socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from miavo_gateway.chat_events import Answering, ChatEvent, ChatEvents, Counted, Piece
from miavo_gateway.errors import InvalidRequest, MiavoError, NoUpstream, UpstreamError
from miavo_gateway.providers.guessed_tokens import guessed_tokens
from miavo_gateway.providers.realtime.adapter import Step
from miavo_gateway.providers.realtime.usage import added
from miavo_gateway.remote_engine import RemoteEngine
from miavo_gateway.schema.chat import (
    AssistantMessage,
    ChatCompletionRequest,
    ImagePart,
    NamedToolChoice,
    RefusalPart,
    TextFormat,
    TextPart,
    ToolMessage,
    UserMessage,
)
from miavo_gateway.schema.chunk import ChunkChoice, Delta, FunctionCallDelta, ToolCallDelta
from miavo_gateway.upstream.faults import Phase, TimedOut, UpstreamFault
from miavo_gateway.upstream.fetching import inlined
from miavo_gateway.upstream.remote_realtime import ProviderSession, RemoteRealtime
from miavo_gateway.usage import UsageBuckets

__all__ = ["RealtimeChat", "turn_events"]

_SILENCE = 120.0
_MOST_OUTPUT = 4_096
_REFUSED = ("n", "logprobs", "top_logprobs", "logit_bias", "stop", "response_format")
"""What would change the answer, and cannot be had of these models."""


@dataclass(frozen=True, slots=True)
class RealtimeChat(RemoteEngine):
    """Answers chat requests for one realtime model as the other engines do."""

    realtime: RemoteRealtime

    @property
    def obstacle(self) -> NoUpstream | None:
        """Why no credential can be used now, and when one can; None if one can."""
        return self.realtime.obstacle

    async def stream(self, request: ChatCompletionRequest) -> AsyncIterator[ChatEvents]:
        """Say it all over a new session, and pass on the reply; see `ChatEngine.stream`.

        Raises:
            NoUpstream: no credential can be used.
            InvalidRequest: the model cannot do what is asked.
            UpstreamError: every attempt failed, or the reply broke off.
        """
        request = await inlined(request, self.realtime.reach.fetcher)
        turn = turn_events(request, self.realtime.adapter.text_session)
        session = await self.realtime.open()
        try:
            if session.simulated:
                yield (Answering(simulated=True),)
            async for batch in _turn(session, turn):
                yield batch
        except UpstreamFault as fault:
            session.failed(fault)
            raise session.error_of(fault) from None
        finally:
            await asyncio.shield(session.hang_up())

    async def close(self) -> None:
        """Nothing of its own is open."""


def turn_events(
    request: ChatCompletionRequest, text_session: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The client events that ask for a reply.

    Args:
        request: what is asked.
        text_session: see `RealtimeAdapter`.

    Raises:
        InvalidRequest: a realtime model cannot do what is asked; names the field.
    """
    for name in _REFUSED:
        value = getattr(request, name)
        alone = name == "n" and value == 1
        if value and not alone and not isinstance(value, TextFormat):
            raise InvalidRequest(f"'{name}' is not offered by a realtime model.", param=name)
    instructions: list[str] = []
    items: list[dict[str, Any]] = []
    for number, message in enumerate(request.messages):
        where = f"messages[{number}].content"
        if isinstance(message, ToolMessage):
            output = _text(message.content)
            items.append(
                {
                    "type": "function_call_output",
                    "call_id": message.tool_call_id,
                    "output": output,
                }
            )
        elif isinstance(message, UserMessage):
            content = list(_user_content(message, where))
            items.append({"type": "message", "role": "user", "content": content})
        elif isinstance(message, AssistantMessage):
            items += _assistant_items(message)
        else:
            instructions.append(_text(message.content))
    session: dict[str, Any] = {
        "type": "realtime",
        "output_modalities": ["text"],
        **text_session,
    }
    if instructions:
        session["instructions"] = "\n\n".join(instructions)
    if request.tools:
        session["tools"] = [_tool(tool.function) for tool in request.tools]
        choice = request.tool_choice
        if isinstance(choice, NamedToolChoice):
            session["tool_choice"] = {"type": "function", "name": choice.function.name}
        elif choice is not None:
            session["tool_choice"] = choice
    if request.output_limit is not None:
        session["max_output_tokens"] = min(request.output_limit, _MOST_OUTPUT)
    return [
        {"type": "session.update", "session": session},
        *({"type": "conversation.item.create", "item": item} for item in items),
        {"type": "response.create"},
    ]


async def _turn(
    session: ProviderSession, turn: list[dict[str, Any]]
) -> AsyncGenerator[ChatEvents, None]:
    reader = _TurnReader(session)
    for event in turn:
        step = session.translator.from_client(event)
        batch = reader.read(step)
        batch += await _gone_on(session, reader, step)
        if batch:
            yield batch
    while not reader.ended:
        try:
            async with asyncio.timeout(_SILENCE):
                step = await session.receive()
        except TimeoutError:
            raise TimedOut(Phase.SILENCE, _SILENCE) from None
        batch = reader.read(step)
        batch += await _gone_on(session, reader, step)
        if batch:
            yield batch


async def _gone_on(session: ProviderSession, reader: _TurnReader, step: Step) -> list[ChatEvent]:
    """Do what a step wants, over another socket if need be; what that leads to."""
    batch: list[ChatEvent] = []
    if step.reopen:
        for following in await session.reopen():
            batch += reader.read(following)
            await session.send(following.up)
    await session.send(step.up)
    return batch


class _TurnReader:
    """From OpenAI's realtime events to those of a chat completion."""

    def __init__(self, session: ProviderSession) -> None:
        self.ended = False
        self._session = session
        self._begun = False
        self._calls = 0
        self._spent = UsageBuckets()

    def read(self, step: Step) -> list[ChatEvent]:
        """What a step says.

        Raises:
            MiavoError: the reply failed, or was refused.
        """
        batch: list[ChatEvent] = []
        if step.spent is not None:
            self._spent = added(self._spent, step.spent)
        for raw in step.down:
            batch += self._event(orjson.loads(raw))
        for trouble in step.troubles:
            raise self._session.error_of(trouble.error)
        return batch

    def _event(self, event: dict[str, Any]) -> list[ChatEvent]:
        match event["type"]:
            case "response.output_text.delta" | "response.output_audio_transcript.delta":
                text = str(event["delta"])
                return self._piece(Delta(content=text), guessed_tokens(text))
            case "response.function_call_arguments.done":
                return self._call(event)
            case "response.done":
                return self._done(event["response"])
            case "error":
                raise _refused(event["error"])
        return []

    def _piece(self, delta: Delta, tokens: int) -> list[ChatEvent]:
        first: list[ChatEvent] = []
        if not self._begun:
            self._begun = True
            first.append(Piece(ChunkChoice(delta=Delta(role="assistant", content=""))))
        return [*first, Piece(ChunkChoice(delta=delta), tokens)]

    def _call(self, event: dict[str, Any]) -> list[ChatEvent]:
        name, arguments = str(event.get("name") or ""), str(event["arguments"])
        call = ToolCallDelta(
            index=self._calls,
            id=event["call_id"],
            type="function",
            function=FunctionCallDelta(name=name, arguments=arguments),
        )
        self._calls += 1
        return self._piece(Delta(tool_calls=[call]), guessed_tokens(name + arguments))

    def _done(self, response: dict[str, Any]) -> list[ChatEvent]:
        self.ended = True
        details = response.get("status_details") or {}
        status, reason = response.get("status"), details.get("reason")
        if status == "failed":
            raise _refused(details.get("error") or {})
        finish: Literal["stop", "length", "tool_calls", "content_filter"]
        if reason == "max_output_tokens":
            finish = "length"
        elif reason == "content_filter":
            finish = "content_filter"
        else:
            finish = "tool_calls" if self._calls else "stop"
        last = self._piece(Delta(), 0)
        # What opened it, if there was nothing else; then the end itself.
        end = Piece(ChunkChoice(delta=Delta(), finish_reason=finish))
        return [*last[:-1], end, Counted(self._spent)]


def _refused(error: dict[str, Any]) -> MiavoError:
    message = str(error.get("message") or "The provider could not make this reply.")
    if error.get("type") == "invalid_request_error":
        return InvalidRequest(message)
    return UpstreamError(message)


def _user_content(message: UserMessage, where: str) -> Iterator[dict[str, Any]]:
    if isinstance(message.content, str):
        yield {"type": "input_text", "text": message.content}
        return
    for number, part in enumerate(message.content):
        if isinstance(part, TextPart):
            yield {"type": "input_text", "text": part.text}
        elif isinstance(part, ImagePart):
            yield {"type": "input_image", "image_url": part.image_url.url}
        else:
            raise InvalidRequest(
                "A chat completion on a realtime model is a turn of text: for sound, open a "
                "session at /v1/realtime.",
                param=f"{where}[{number}]",
            )


def _assistant_items(message: AssistantMessage) -> Iterator[dict[str, Any]]:
    if message.content and (text := _text(message.content)):
        content = [{"type": "output_text", "text": text}]
        yield {"type": "message", "role": "assistant", "content": content}
    for call in message.tool_calls or ():
        yield {
            "type": "function_call",
            "call_id": call.id,
            "name": call.function.name,
            "arguments": call.function.arguments,
        }


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    parts = content or ()
    return "\n".join(part.refusal if isinstance(part, RefusalPart) else part.text for part in parts)


def _tool(function: Any) -> dict[str, Any]:
    tool = {"type": "function", "name": function.name}
    if function.description:
        tool["description"] = function.description
    tool["parameters"] = function.parameters or {"type": "object", "properties": {}}
    return tool
