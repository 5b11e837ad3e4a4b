"""The floor: a bare relay on the same server and the same transport. No keys, no money, no rows,
and none of Miavo's code.

`/plain` asks for a whole reply and passes it on; `/folded` asks for a stream, as Miavo always
does, and passes it on in one piece; `/stream` passes chunks on as they come. Run as a process
with the upstream's URL, it prints its own.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator

import httpx
from httpx_aiohttp import HttpxAiohttpClient
from hypercorn.asyncio import serve
from hypercorn.config import Config
from quart import Quart, Response, request

_MOST_CONNECTIONS = 4_096


def _application(upstream: str) -> Quart:
    app = Quart(__name__, static_folder=None)
    client: list[httpx.AsyncClient] = []
    headers = {"content-type": "application/json"}

    @app.before_serving
    async def connect() -> None:
        limits = httpx.Limits(max_connections=_MOST_CONNECTIONS)
        client.append(HttpxAiohttpClient(limits=limits))

    @app.after_serving
    async def disconnect() -> None:
        await client.pop().aclose()

    async def ask() -> httpx.Response:
        body = await request.get_data(cache=False)
        asked = client[0].build_request("POST", upstream, headers=headers, content=body)
        return await client[0].send(asked, stream=True)

    async def whole() -> Response:
        return Response(await (await ask()).aread(), content_type="application/json")

    async def stream() -> Response:
        answer = await ask()

        async def relayed() -> AsyncIterator[bytes]:
            try:
                async for piece in answer.aiter_raw():
                    yield piece
            finally:
                await answer.aclose()

        return Response(relayed(), content_type="text/event-stream")

    app.add_url_rule("/plain", "plain", whole, methods=["POST"])
    app.add_url_rule("/folded", "folded", whole, methods=["POST"])
    app.add_url_rule("/stream", "stream", stream, methods=["POST"])
    return app


async def _main(upstream: str) -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    port = listener.getsockname()[1]
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.accesslog = config.errorlog = None
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    sys.stdout.write(f"http://127.0.0.1:{port}\n")
    sys.stdout.flush()
    await serve(_application(upstream), config, shutdown_trigger=stop.wait)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1]))
