"""The floor: a bare relay on the same server and the same transport. No keys, no money, no rows.

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

from hypercorn.asyncio import serve
from hypercorn.config import Config
from quart import Quart, Response, request

from miavo_gateway.upstream.transport import Transport, UpstreamStream


def _application(upstream: str) -> Quart:
    app = Quart(__name__, static_folder=None)
    transport: list[Transport] = []
    headers = {"content-type": "application/json"}

    @app.before_serving
    async def connect() -> None:
        transport.append(Transport())

    @app.after_serving
    async def disconnect() -> None:
        await transport.pop().close()

    async def ask() -> UpstreamStream:
        body = await request.get_data(cache=False)
        return await transport[0].stream("POST", upstream, headers=headers, content=body)

    async def whole() -> Response:
        return Response(await (await ask()).read(), content_type="application/json")

    async def stream() -> Response:
        answer = await ask()

        async def relayed() -> AsyncIterator[bytes]:
            async with answer:
                async for piece in answer.chunks():
                    yield piece

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
