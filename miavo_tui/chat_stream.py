"""One streamed chat completion: from the gateway's events to the parts of a reply."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, TypeAlias

from miavo_tui.gateway_errors import GatewayRefused, GatewayUnreachable
from miavo_tui.plain_text import printable, printable_line
from miavo_tui.sse import Comment, Event, EventParser

if TYPE_CHECKING:
    import httpx

__all__ = [
    "AudioPiece",
    "ChatStream",
    "Finished",
    "LoadingNotice",
    "Part",
    "ReasoningDelta",
    "TextDelta",
    "ToolCallPiece",
    "refusal",
]


@dataclass(frozen=True, slots=True)
class LoadingNotice:
    """A model on the gateway's machine is being loaded; the reply follows."""

    what: str


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the reply, as sent: control characters are not yet stripped."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """The next piece of a reasoning model's thoughts, as sent."""

    text: str


@dataclass(frozen=True, slots=True)
class AudioPiece:
    """The next piece of what is said aloud."""

    data: bytes


@dataclass(frozen=True, slots=True)
class ToolCallPiece:
    """The next piece of a tool call; `arguments` is a fragment of JSON text."""

    index: int
    id: str | None
    name: str | None
    arguments: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The first choice ended: `stop`, `length`, `tool_calls` or `content_filter`."""

    reason: str


Part: TypeAlias = LoadingNotice | TextDelta | ReasoningDelta | AudioPiece | ToolCallPiece | Finished


def refusal(
    error: object,
    *,
    status: int,
    request_id: str | None = None,
    retry_after: float | None = None,
) -> GatewayRefused:
    """The exception for the `error` object of an answer or of a stream's event."""
    if not isinstance(error, Mapping) or not isinstance(error.get("message"), str):
        return GatewayRefused(
            status,
            "unexpected_answer",
            f"This address answered {status}, but not as a Miavo gateway does.",
            request_id=request_id,
        )
    param = error.get("param")
    return GatewayRefused(
        status,
        str(error.get("code")),
        printable(error["message"]),
        param=printable_line(param) if isinstance(param, str) else None,
        retry_after=retry_after,
        request_id=request_id,
    )


class ChatStream:
    """A reply as it arrives: an async context manager and, inside, an async iterator.

    Entering sends the request and reads the head; leaving hangs up, which stops the generation.
    Both entering and iterating raise `GatewayUnreachable` and `GatewayRefused`.

    Attributes:
        request_id: the `x-request-id` of the answer, once entered; a refusal carries its own.
    """

    def __init__(self, opened: AbstractAsyncContextManager[httpx.Response]) -> None:
        self.request_id: str | None = None
        self._opened = opened
        self._response: httpx.Response | None = None

    async def __aenter__(self) -> ChatStream:
        self._response = await self._opened.__aenter__()
        self.request_id = self._response.headers.get("x-request-id")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._opened.__aexit__(kind, error, trace)

    async def __aiter__(self) -> AsyncIterator[Part]:
        import httpx

        if self._response is None:
            raise RuntimeError("a ChatStream is iterated inside its `async with`")
        if self._response.headers.get("content-type", "").startswith("application/json"):
            # What cannot come in pieces may come as a whole, though a stream was asked for.
            for part in await self._whole():
                yield part
            return
        parser = EventParser()
        try:
            async for chunk in self._response.aiter_raw():
                for item in parser.feed(chunk):
                    if isinstance(item, Event) and item.data == "[DONE]":
                        return
                    for part in self._parts(item):
                        yield part
        except httpx.HTTPError as error:
            raise GatewayUnreachable("cut", cut=True) from error
        raise GatewayUnreachable("cut", cut=True)

    async def _whole(self) -> list[Part]:
        import httpx

        assert self._response is not None
        try:
            text = (await self._response.aread()).decode("utf-8", "replace")
        except httpx.HTTPError as error:
            raise GatewayUnreachable("cut", cut=True) from error
        return await asyncio.to_thread(lambda: list(self._parts(Event(text))))

    def _parts(self, item: Comment | Event) -> Iterator[Part]:
        if isinstance(item, Comment):
            if item.text.startswith("loading "):
                yield LoadingNotice(printable_line(item.text.removeprefix("loading ")))
            return
        try:
            data = json.loads(item.data)
        except ValueError:
            data = None
        if not isinstance(data, dict) or "error" in data:
            error = data.get("error") if isinstance(data, dict) else None
            raise refusal(error, status=200, request_id=self.request_id)
        for choice in data.get("choices") or ():
            # Only the first choice is shown, and `n` is never asked for.
            if choice.get("index", 0) == 0:
                yield from _parts_of_choice(choice)


def _parts_of_choice(choice: Mapping[str, object]) -> Iterator[Part]:
    delta = choice.get("delta", choice.get("message"))
    if isinstance(delta, Mapping):
        # Providers disagree on the name of this field; OpenAI's SDK has none.
        for name in ("reasoning_content", "reasoning"):
            thought = delta.get(name)
            if isinstance(thought, str) and thought:
                yield ReasoningDelta(thought)
                break
        text = delta.get("content")
        if isinstance(text, str) and text:
            yield TextDelta(text)
        yield from _audio_pieces(delta.get("audio"), spoken=not text)
        for place, call in enumerate(delta.get("tool_calls") or ()):
            yield _tool_call_piece(call, place)
    reason = choice.get("finish_reason")
    if isinstance(reason, str):
        yield Finished(printable_line(reason))


def _audio_pieces(audio: object, *, spoken: bool) -> Iterator[Part]:
    if not isinstance(audio, Mapping):
        return
    transcript = audio.get("transcript")
    if spoken and isinstance(transcript, str) and transcript:
        yield TextDelta(transcript)
    data = audio.get("data")
    if isinstance(data, str) and data:
        try:
            yield AudioPiece(base64.b64decode(data, validate=True))
        except ValueError:
            raise refusal(None, status=200) from None


def _tool_call_piece(call: Mapping[str, object], place: int) -> ToolCallPiece:
    function = call.get("function")
    if not isinstance(function, Mapping):
        function = {}
    index, call_id, name = call.get("index"), call.get("id"), function.get("name")
    arguments = function.get("arguments")
    return ToolCallPiece(
        index=index if isinstance(index, int) else place,
        id=call_id if isinstance(call_id, str) else None,
        name=printable_line(name) if isinstance(name, str) else None,
        arguments=arguments if isinstance(arguments, str) else "",
    )
