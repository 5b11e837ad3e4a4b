"""WebSockets, beneath the framework: it would take in messages faster than they are passed on.

Here a message is taken when the one before it has been passed on, and what is not taken waits in
the connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

import orjson

from miavo_gateway.errors import MiavoError, NotFound
from miavo_gateway.flow.caller import HungUp
from miavo_gateway.flow.ending import public_error
from miavo_gateway.observe.access_line import current_line

if TYPE_CHECKING:
    from miavo_gateway.api.stamp import Asgi

__all__ = ["Socket", "with_sockets"]

_WRITE_SECONDS = 30.0
_FAULT = 1011
_CONNECT = "websocket.connect"
_RECEIVE = "websocket.receive"


class Socket:
    """One WebSocket as ASGI has it, not accepted yet. It is a `Caller`."""

    def __init__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        self.path: str = scope["path"]
        self.query: bytes = scope["query_string"]
        self.subprotocols: list[str] = list(scope.get("subprotocols") or ())
        self.accepted = False
        self._headers: list[tuple[bytes, bytes]] = list(scope["headers"])
        self._can_answer = "websocket.http.response" in (scope.get("extensions") or {})
        self._receive = receive
        self._send = send
        self._over = False

    def header(self, name: str) -> str | None:
        """The value of a header, by its lower-case name."""
        wanted = name.encode()
        found = (value for given, value in self._headers if given.lower() == wanted)
        value = next(found, None)
        return None if value is None else value.decode("latin-1")

    async def accept(self) -> None:
        """Upgrade; of the subprotocols offered, `realtime` is taken."""
        chosen = "realtime" if "realtime" in self.subprotocols else None
        self.accepted = True
        await self._send({"type": "websocket.accept", "subprotocol": chosen, "headers": []})

    async def refuse(self, error: MiavoError) -> None:
        """Answer as an HTTP request is answered, in place of the upgrade."""
        if not self._can_answer:
            await self._send({"type": "websocket.close", "code": 1008})
            return
        body = orjson.dumps(error.body())
        given = {
            "content-type": "application/json",
            "content-length": str(len(body)),
            **error.headers(),
        }
        headers = [(name.encode(), value.encode()) for name, value in given.items()]
        await self._send(
            {
                "type": "websocket.http.response.start",
                "status": error.status,
                "headers": headers,
            }
        )
        await self._send({"type": "websocket.http.response.body", "body": body})

    async def gone(self) -> None:
        """Return when the client hangs up."""
        while True:
            try:
                await self.receive()
            except HungUp:
                return

    async def receive(self) -> str | bytes:
        """The next message.

        Raises:
            HungUp: there is none.
        """
        while not self._over:
            message = await self._receive()
            if message["type"] == _RECEIVE:
                text: str | None = message.get("text")
                return text if text is not None else message["bytes"]
            self._over = message["type"] != _CONNECT
        raise HungUp

    async def send(self, event: bytes) -> None:
        """Send a message of text.

        Raises:
            HungUp: the client is gone, or has not read for too long.
        """
        if self._over:
            raise HungUp
        try:
            async with asyncio.timeout(_WRITE_SECONDS):
                await self._send({"type": "websocket.send", "text": event.decode(), "bytes": None})
        except TimeoutError:
            self._over = True
            raise HungUp from None

    async def close(self, code: int) -> None:
        """Say goodbye."""
        if self.accepted and not self._over:
            self._over = True
            await self._send({"type": "websocket.close", "code": code, "reason": ""})


def with_sockets(app: Asgi, routes: Mapping[str, Callable[[Socket], Awaitable[None]]]) -> Asgi:
    """An application that has WebSockets too; upgrades elsewhere are answered with an error.

    Args:
        app: what serves everything else.
        routes: what serves the sockets, by path.
    """

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "websocket":
            await app(scope, receive, send)
            return
        socket = Socket(scope, receive, send)
        handler = routes.get(socket.path)
        line = current_line()
        assert line is not None, "every upgrade is stamped"
        try:
            if handler is None:
                raise NotFound(f"There is no WebSocket at {socket.path[:200]}.")
            line.route = socket.path
            await handler(socket)
        except HungUp:
            pass
        except MiavoError as error:
            if not socket.accepted:
                await socket.refuse(error)
        except Exception as problem:  # noqa: BLE001  what is not ours is logged, and never shown
            fault = public_error(problem, line.request_id)
            if socket.accepted:
                await socket.close(_FAULT)
            else:
                await socket.refuse(fault)

    return serve
