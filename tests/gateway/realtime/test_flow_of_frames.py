"""What one side does not take, the other does not send; and a provider's words are cleaned."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.conftest import RunningGateway
from tests.gateway.realtime.talking import SECONDS, usage_row

SECRET = "sk-provider-0123456789abcdef"
STALLED = 0.5
MEGABYTE = 1 << 20
Talk = Callable[[web.WebSocketResponse], Awaitable[None]]


@asynccontextmanager
async def provider(
    gateway: RunningGateway, talk: Talk, *, creates: bool = True
) -> AsyncIterator[None]:
    """A server in OpenAI's place, which creates a session and then does as the test says."""

    async def serve(request: web.BaseRequest) -> web.StreamResponse:
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        if creates:
            await socket.send_json({"type": "session.created", "event_id": "e", "session": {}})
        await talk(socket)
        return socket

    runner = web.ServerRunner(web.Server(serve, handler_cancellation=True), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    body = {"provider": "openai", "label": "own", "secret": SECRET, "base_url": base_url}
    await asyncio.to_thread(gateway.admin, "POST", "credentials", body)
    yield
    await runner.cleanup()


@asynccontextmanager
async def client(gateway: RunningGateway) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    headers = {"authorization": f"Bearer {gateway.key()}"}
    url = f"{gateway.url}/v1/realtime?model=gpt-realtime"
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, headers=headers, max_msg_size=0) as socket,
    ):
        assert (await socket.receive_json())["type"] == "session.created"
        yield socket


async def sent_until_stalled(send: Callable[[str], Awaitable[None]]) -> int:
    """How many bytes are taken before no more are."""
    event = json.dumps({"type": "response.output_audio.delta", "delta": "A" * 64_000})
    sent = 0
    while True:
        try:
            async with asyncio.timeout(STALLED):
                await send(event)
        except TimeoutError:
            return sent
        sent += len(event)
        assert sent < 256 * MEGABYTE, "nothing holds it back"


async def test_a_client_that_does_not_read_holds_its_provider_back(
    gateway: RunningGateway,
) -> None:
    sent: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def flood(socket: web.WebSocketResponse) -> None:
        sent.set_result(await sent_until_stalled(socket.send_str))
        await asyncio.Event().wait()

    async with provider(gateway, flood), client(gateway):
        async with asyncio.timeout(SECONDS):
            assert await sent < 64 * MEGABYTE


async def test_a_provider_that_does_not_read_holds_the_client_back(
    gateway: RunningGateway, start_gateway: Callable[[Path], RunningGateway]
) -> None:
    async def ignore(socket: web.WebSocketResponse) -> None:
        # It reads no more than what came with the first packets.
        transport = socket._req.transport
        transport.pause_reading()
        await asyncio.Event().wait()

    async with provider(gateway, ignore), client(gateway) as socket:
        async with asyncio.timeout(SECONDS):
            assert await sent_until_stalled(socket.send_str) < 64 * MEGABYTE
        # Stuck as it is, the session ends with the gateway, and its row is settled.
        await asyncio.to_thread(gateway.embedded.stop)
        again = await asyncio.to_thread(start_gateway, gateway.home)
        row = await usage_row(again)
        assert (row["endpoint"], row["state"]) == ("/v1/realtime", "failed")


async def test_secrets_in_a_providers_words_do_not_reach_the_client(
    gateway: RunningGateway,
) -> None:
    async def complain(socket: web.WebSocketResponse) -> None:
        error = {"type": "server_error", "code": "x", "message": f"Bad key {SECRET}, sorry."}
        await socket.send_json({"type": "error", "event_id": "e", "error": error})
        await socket.close(code=3000, message=f"no {SECRET}".encode())

    async with provider(gateway, complain), client(gateway) as socket:
        first = await socket.receive_json()
        assert first["error"]["message"] == "OpenAI said: Bad key [redacted], sorry."
        last = await socket.receive_json()
        assert last["error"]["message"] == "OpenAI closed the session: no [redacted]."
        assert (await socket.receive()).data == 1011


BUSY = {
    "type": "requests",
    "code": "rate_limit_exceeded",
    "message": f"Rate limit reached for {SECRET} Please try again in 47s.",
}


async def test_a_credential_rests_for_as_long_as_its_provider_says_before_there_is_a_session(
    gateway: RunningGateway,
) -> None:
    async def throttle(socket: web.WebSocketResponse) -> None:
        await socket.send_json({"type": "error", "event_id": "e", "error": BUSY})
        await socket.receive()

    async with provider(gateway, throttle, creates=False):
        with pytest.raises(aiohttp.WSServerHandshakeError):
            async with client(gateway):
                pass
        await rests(gateway)


@pytest.mark.parametrize(
    "event",
    [
        {"type": "error", "error": BUSY},
        {
            "type": "response.done",
            "response": {"status": "failed", "status_details": {"type": "failed", "error": BUSY}},
        },
        {"type": "conversation.item.input_audio_transcription.failed", "error": BUSY},
    ],
)
async def test_a_credential_rests_for_as_long_as_its_provider_says_in_mid_session(
    gateway: RunningGateway, event: dict[str, Any]
) -> None:
    async def throttle(socket: web.WebSocketResponse) -> None:
        await socket.send_json(event)
        await socket.receive()

    async with provider(gateway, throttle), client(gateway) as socket:
        told = await socket.receive_json()
        assert told["type"] == event["type"]
        assert "OpenAI said: Rate limit reached for [redacted] Please" in json.dumps(told)
        await rests(gateway)


async def rests(gateway: RunningGateway) -> None:
    pool = await asyncio.to_thread(gateway.admin, "GET", "credentials")
    [own] = pool["data"]
    assert own["state"] == "cooling"
    assert 40 < own["back_in_seconds"] <= 47
