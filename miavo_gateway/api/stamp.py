"""What every answer carries, put on where it leaves: quicker than through a framework's hooks."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from miavo_gateway.api.chat import CHAT_PATH, answer_chat
from miavo_gateway.observe.access_line import AccessLine, serving

if TYPE_CHECKING:
    from miavo_gateway.gateway import Gateway

__all__ = ["stamped"]

Asgi = Callable[[Any, Any, Any], Awaitable[None]]

_ANSWERS = frozenset({"http.response.start", "websocket.http.response.start", "websocket.accept"})
_UPGRADED = 101
_NEVER_STORED = ("/v1/", "/admin/")


def stamped(app: Asgi, gateway: Gateway) -> Asgi:
    """An application whose answers have `x-request-id`, are counted, and leave a line in the log.

    A WebSocket is answered too: by its upgrade, or by what refuses it. No body is looked at, so the
    parts of a stream pass at no cost.
    """

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await app(scope, receive, send)
            return
        method = scope.get("method", "GET")
        line = AccessLine("req_" + secrets.token_hex(12), method, scope["path"])
        token = serving.set(line)

        async def send_stamped(message: Any) -> None:
            if message["type"] in _ANSWERS:
                line.status = message.get("status", _UPGRADED)
                message["headers"] = [*message["headers"], *_headers(line, message["headers"])]
            await send(message)

        try:
            if scope["path"] == CHAT_PATH and method == "POST":
                await answer_chat(gateway, line, scope, receive, send_stamped)
            else:
                await app(scope, receive, send_stamped)
        finally:
            serving.reset(token)
            if line.status is not None:
                gateway.observer.counts.answers[line.route, str(line.status)] += 1
            gateway.access_log.add(line)

    return serve


def _headers(line: AccessLine, given: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    headers = [(b"x-request-id", line.request_id.encode())]
    if line.simulated:
        headers.append((b"x-miavo-simulated", b"true"))
    if line.headers is not None:
        headers += line.headers()
    if line.path.startswith(_NEVER_STORED) and all(name != b"cache-control" for name, _ in given):
        headers.append((b"cache-control", b"no-store"))
    return headers
