"""`POST /v1/chat/completions`, answered on the server's own interface.

It is the path that is walked most, and the framework's share of a request (its contexts, its two
tasks, its extra message at the end) was a tenth of all the time spent on one. So it is served
before the framework, by the same rules: the tests of errors hold it to them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import orjson

from miavo_gateway.api.access import admit
from miavo_gateway.api.wire import BODY_SECONDS, body_too_large, body_too_late, parse_body
from miavo_gateway.errors import MiavoError
from miavo_gateway.flow.ending import public_error
from miavo_gateway.schema.chat import ChatCompletionRequest

if TYPE_CHECKING:
    from miavo_gateway.gateway import Gateway
    from miavo_gateway.observe.access_line import AccessLine

__all__ = ["CHAT_PATH", "answer_chat"]

CHAT_PATH = "/v1/chat/completions"

_JSON = [(b"content-type", b"application/json")]
_EVENTS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


async def answer_chat(
    gateway: Gateway, line: AccessLine, scope: Any, receive: Receive, send: Send
) -> None:
    """Answer a conversation, whole or as a stream of server-sent events.

    Args:
        gateway: answers.
        line: the request's line of the log.
        scope: the request's head, as ASGI has it.
        receive: gives the body, and tells when the caller hangs up.
        send: takes the answer.
    """
    line.route = CHAT_PATH
    headers: dict[bytes, bytes] = dict(scope["headers"])
    try:
        body = await _body(headers, receive, gateway.settings.max_body_bytes)
    except MiavoError as error:
        await _send_error(send, line, error)
        return
    except _HungUp:
        return
    serving = asyncio.current_task()
    assert serving is not None, "a request is served in a task"
    watching = asyncio.create_task(_hang_up(receive, serving), name="watch-for-hang-up")
    try:
        await _answer(gateway, line, headers.get(b"authorization"), body, send)
    except asyncio.CancelledError:
        # A caller that hung up has been settled with; anyone else's cancellation goes on.
        if not watching.done() or watching.cancelled():
            raise
        serving.uncancel()
    finally:
        watching.cancel()


async def _answer(
    gateway: Gateway, line: AccessLine, authorization: bytes | None, body: bytes, send: Send
) -> None:
    try:
        books = await gateway.books()
        key = admit(books, line, authorization.decode("latin-1") if authorization else None)
        request = parse_body(ChatCompletionRequest, body)
        if not request.stream:
            reply = await books.chat.answer(request, key, line.request_id)
            whole = reply.model_dump_json(by_alias=True).encode()
        else:
            events = await books.chat.stream(request, key, line.request_id)
    except Exception as problem:  # noqa: BLE001  whatever it is, the caller gets an answer
        await _send_error(send, line, public_error(problem, line.request_id))
        return
    if not request.stream:
        await _send_whole(send, 200, _JSON, whole)
        return
    # Closed also where the caller hangs up between two events: then it is settled.
    async with aclosing(events.rest) as rest:
        await send({"type": "http.response.start", "status": 200, "headers": _EVENTS})
        await send({"type": "http.response.body", "body": events.first, "more_body": True})
        async for event in rest:
            await send({"type": "http.response.body", "body": event, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


class _HungUp(Exception):
    """The caller went away before its request was whole."""


async def _body(headers: dict[bytes, bytes], receive: Receive, most: int) -> bytes:
    declared = headers.get(b"content-length", b"")
    if declared.isdigit() and int(declared) > most:
        raise body_too_large(most)
    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise _HungUp
                piece = message.get("body", b"")
                size += len(piece)
                if size > most:
                    raise body_too_large(most)
                pieces.append(piece)
                if not message.get("more_body", False):
                    return b"".join(pieces)
    except TimeoutError:
        raise body_too_late() from None


async def _hang_up(receive: Receive, serving: asyncio.Task[Any]) -> None:
    """Cancel the task that serves a caller once the caller is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
    serving.cancel()


async def _send_error(send: Send, line: AccessLine, error: MiavoError) -> None:
    line.error_code = error.code
    headers = [(name.encode(), value.encode()) for name, value in error.headers().items()]
    await _send_whole(send, error.status, [*_JSON, *headers], orjson.dumps(error.body()))


async def _send_whole(
    send: Send, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes
) -> None:
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body, "more_body": False})
