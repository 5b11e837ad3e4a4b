"""Who leaves an answer hangs up: at once, at any point, and whatever is still unsent."""

from __future__ import annotations

import asyncio
import time

import pytest

from miavo_gateway.upstream.transport import Transport

from .scripted_server import STREAM_HEAD, Connection, chunk, serving, whole


async def test_leaving_a_stream_hangs_up_at_once(transport: Transport) -> None:
    hung_up = asyncio.Event()

    async def endless(connection: Connection) -> None:
        await connection.send(STREAM_HEAD + chunk(b"data: 1\n\n"))
        await connection.closed_by_client()
        hung_up.set()

    async with serving(endless) as server:
        stream = await transport.stream("POST", server.url, content=b"{}")
        async with stream:
            async for _ in stream.chunks():
                break
            left = time.perf_counter()
        await asyncio.wait_for(hung_up.wait(), 5)
        assert time.perf_counter() - left < 0.1


@pytest.mark.parametrize("begun", [False, True], ids=["before the head", "in the body"])
async def test_cancelling_the_task_hangs_up_at_once(transport: Transport, begun: bool) -> None:
    waiting, hung_up = asyncio.Event(), asyncio.Event()

    async def never_end(connection: Connection) -> None:
        if begun:
            await connection.send(STREAM_HEAD + chunk(b"x"))
        else:
            waiting.set()
        await connection.closed_by_client()
        hung_up.set()

    async def consume(url: str) -> None:
        async with await transport.stream("POST", url, content=b"{}") as stream:
            async for _ in stream.chunks():
                waiting.set()

    async with serving(never_end) as server:
        task = asyncio.create_task(consume(server.url))
        await waiting.wait()
        left = time.perf_counter()
        task.cancel()
        await asyncio.wait_for(hung_up.wait(), 5)
        assert time.perf_counter() - left < 0.1
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_hanging_up_does_not_wait_for_a_body_that_nobody_reads(transport: Transport) -> None:
    answered = asyncio.Event()

    async def answer_before_reading(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(whole(b"no", "413 Too Large", "connection: close"))
        await writer.drain()
        await answered.wait()
        writer.close()

    server = await asyncio.start_server(answer_before_reading, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    large = bytes(32 * 1024 * 1024)  # more than the buffers of both sides hold
    async with asyncio.timeout(5):
        answer = await transport.request("POST", url, content=large)
    assert (answer.status, answer.body) == (413, b"no")
    answered.set()
    server.close()
