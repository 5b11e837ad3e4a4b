"""Sockets to providers: opened within bounds, refused with a reason, closed with a code."""

from __future__ import annotations

import asyncio
import socket as sockets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from miavo_gateway.upstream.exchange_terms import Timeouts
from miavo_gateway.upstream.faults import Closed, Cut, NoUpgrade, Phase, TimedOut, Unreachable
from miavo_gateway.upstream.transport import Transport

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """The address of a server that answers as the handler does."""
    runner = web.ServerRunner(web.Server(handler, handler_cancellation=True))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"ws://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    made = Transport()
    yield made
    await made.close()


async def test_messages_go_both_ways_and_the_headers_arrive(transport: Transport) -> None:
    async def echo(request: web.BaseRequest) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str(f"{request.headers['authorization']} {request.raw_path}")
        async for message in socket:
            await socket.send_bytes(message.data.encode())
        return socket

    async with serving(echo) as url:
        socket = await transport.connect(
            f"{url}/v1/x?model=a%3Ab", headers={"authorization": "Bearer s"}
        )
        # The address as it is written, since signatures are over it.
        assert await socket.receive() == "Bearer s /v1/x?model=a%3Ab"
        await socket.send("ping", seconds=5)
        assert await socket.receive() == b"ping"
        await socket.close()


async def test_what_refuses_an_upgrade_says_why(transport: Transport) -> None:
    async def refuse(request: web.BaseRequest) -> web.StreamResponse:
        del request
        return web.json_response({"error": "no"}, status=429, headers={"Retry-After": "7"})

    async with serving(refuse) as url:
        with pytest.raises(NoUpgrade) as refused:
            await transport.connect(url, headers={})
    assert refused.value.status == 429
    assert refused.value.headers["retry-after"] == "7"
    assert refused.value.body == b'{"error": "no"}'


async def test_a_close_has_its_code_and_a_loss_is_told_from_it(transport: Transport) -> None:
    async def close(request: web.BaseRequest) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if request.raw_path == "/lost":
            assert request.transport is not None
            request.transport.abort()
        await socket.close(code=1008, message=b"not today")
        return socket

    async with serving(close) as url:
        said = await transport.connect(url, headers={})
        with pytest.raises(Closed) as closed:
            await said.receive()
        assert (closed.value.code, closed.value.reason) == (1008, "not today")
        with pytest.raises(Cut):
            await said.send("too late", seconds=5)
        lost = await transport.connect(f"{url}/lost", headers={})
        with pytest.raises(Closed) as gone:
            await lost.receive()
        assert gone.value.code == 1006


async def test_nobody_there_and_nobody_who_answers(
    transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def wait(request: web.BaseRequest) -> web.StreamResponse:
        del request
        await asyncio.Event().wait()
        raise AssertionError

    # A proxy that the environment names would be asked, and there is none.
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with sockets.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Unreachable):
            await transport.connect(f"ws://127.0.0.1:{taken.getsockname()[1]}", headers={})
    async with serving(wait) as url:
        with pytest.raises(TimedOut) as late:
            await transport.connect(url, headers={}, timeouts=Timeouts(head=0.1))
        assert late.value.phase is Phase.HEAD
