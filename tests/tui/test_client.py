"""The client: SSE from a real socket however it is cut, and a real gateway's answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from miavo_tui.client import (
    Finished,
    GatewayClient,
    GatewayRefused,
    GatewayUnreachable,
    LoadingNotice,
    Part,
    ReasoningDelta,
    TextDelta,
    ToolCallPiece,
)
from miavo_tui.sse import Comment, Event, EventParser
from tests.conftest import RunningGateway

HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-request-id: req_1\r\n"
    b"connection: close\r\n\r\n"
)
BODY = (
    b": loading local-smollm2-135m\n\n"
    b'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}\n\n'
    b'data: {"choices":[{"index":0,"delta":{"reasoning_content":"hm"}}]}\n\n'
    b'data: {"choices":[{"index":0,"delta":{"content":"Gr\xc3\xbc\xc3\x9fe '
    b'\xf0\x9f\xa6\x9c"}}]}\n\n'
    b'data: {"choices":[{"index":1,"delta":{"content":"another choice"}}]}\n\n'
    b'data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1",'
    b'"function":{"name":"now","arguments":"{}"}}]}}]}\n\n'
    b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}\n\n'
    b'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}\n\n'
    b"data: [DONE]\n\n"
)
PARTS: list[Part] = [
    LoadingNotice("local-smollm2-135m"),
    ReasoningDelta("hm"),
    TextDelta("Grüße 🦜"),
    ToolCallPiece(0, "call_1", "now", "{}"),
    Finished("tool_calls"),
]

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def answering(answer: Answer) -> AsyncIterator[GatewayClient]:
    """A client of a loopback server that reads one request and then answers as told."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        try:
            await answer(writer)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = GatewayClient(f"http://127.0.0.1:{port}", "token")
    client.api_key = "sk-maas-test"
    try:
        yield client
    finally:
        await client.close()
        server.close()


def sending(*chunks: bytes) -> Answer:
    async def answer(writer: asyncio.StreamWriter) -> None:
        for chunk in chunks:
            writer.write(chunk)
            await writer.drain()
            await asyncio.sleep(0)

    return answer


async def parts_of(client: GatewayClient) -> list[Part]:
    async with client.chat({"model": "m", "messages": []}) as stream:
        assert stream.request_id == "req_1"
        return [part async for part in stream]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_events_are_the_same_however_the_bytes_are_cut(size: int, line_end: bytes) -> None:
    stream = BODY.replace(b"\n", line_end) + b":\n"
    parser = EventParser()
    items = [
        item for at in range(0, len(stream), size) for item in parser.feed(stream[at : at + size])
    ]
    assert items[0] == Comment("loading local-smollm2-135m")
    events = [item.data for item in items if isinstance(item, Event)]
    assert len(events) == 8
    assert "Grüße 🦜" in events[2]
    assert events[-1] == "[DONE]"


@pytest.mark.parametrize("size", [1, 5, 4096])
async def test_a_reply_arrives_in_parts_from_a_socket(size: int) -> None:
    chunks = [BODY[at : at + size] for at in range(0, len(BODY), size)]
    async with answering(sending(HEAD, *chunks)) as client:
        assert await parts_of(client) == PARTS


async def test_a_stream_cut_before_done_is_told_apart_from_a_complete_one() -> None:
    cut = BODY[: BODY.index(b"data: [DONE]")]
    async with answering(sending(HEAD, cut)) as client:
        with pytest.raises(GatewayUnreachable) as caught:
            await parts_of(client)
    assert caught.value.cut
    assert str(caught.value) == "cut"


async def test_a_connection_reset_mid_stream_is_a_cut_too() -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        head = HEAD.replace(b"connection: close", b"transfer-encoding: chunked")
        writer.write(head + b"40\r\n" + BODY[:30])
        await writer.drain()
        writer.transport.abort()

    async with answering(answer) as client:
        with pytest.raises(GatewayUnreachable) as caught:
            await parts_of(client)
    assert caught.value.cut


async def test_an_error_event_in_a_stream_carries_its_code_and_no_control_characters() -> None:
    error = (
        b'data: {"error":{"message":"the provider \\u001b[31mfailed","type":"upstream",'
        b'"code":"upstream_error","param":null}}\n\n'
    )
    async with answering(sending(HEAD, error)) as client:
        with pytest.raises(GatewayRefused) as caught:
            await parts_of(client)
    assert caught.value.code == "upstream_error"
    assert caught.value.message == "the provider [31mfailed"
    assert caught.value.request_id == "req_1"


async def test_a_refusal_carries_field_wait_and_request() -> None:
    body = (
        b'{"error":{"message":"RPM exceeded","type":"rate_limit","code":"rate_limit_exceeded",'
        b'"param":"model"}}'
    )
    head = (
        b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 7\r\nx-request-id: req_9\r\n"
        b"content-length: " + str(len(body)).encode() + b"\r\n\r\n"
    )
    async with answering(sending(head + body)) as client:
        with pytest.raises(GatewayRefused) as caught:
            await parts_of(client)
    refused = caught.value
    assert (refused.status, refused.code, refused.param) == (429, "rate_limit_exceeded", "model")
    assert (refused.retry_after, refused.request_id) == (7.0, "req_9")


@pytest.mark.parametrize("body", [b"<html>hello</html>", b"[]", b'{"data":[{"id":7}]}'])
async def test_something_that_is_no_gateway_is_said_to_be_none(body: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-length: " + str(len(body)).encode() + b"\r\n\r\n"
    async with answering(sending(head + body)) as client:
        with pytest.raises(GatewayRefused) as caught:
            await client.catalogue.cards()
    assert caught.value.code == "unexpected_answer"


async def test_a_redirect_is_not_followed_with_the_token() -> None:
    head = b"HTTP/1.1 307 Go\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"
    async with answering(sending(head)) as client:
        with pytest.raises(GatewayRefused) as caught:
            await client.gateway()
    assert caught.value.status == 307


async def test_nobody_listening_is_unreachable_and_not_a_cut(unused_tcp_port: int) -> None:
    client = GatewayClient(f"http://127.0.0.1:{unused_tcp_port}", "token")
    try:
        with pytest.raises(GatewayUnreachable) as caught:
            await client.gateway()
        with pytest.raises(GatewayUnreachable):
            await parts_of(client)
    finally:
        await client.close()
    assert not caught.value.cut


async def test_leaving_a_stream_hangs_up() -> None:
    hung_up = asyncio.Event()

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + BODY[:120])
        await writer.drain()
        while not writer.is_closing():
            writer.write(b": still here\n\n")
            try:
                await writer.drain()
            except ConnectionError:
                break
            await asyncio.sleep(0.01)
        hung_up.set()

    async with answering(answer) as client:
        async with client.chat({}) as stream:
            async for part in stream:
                assert part == PARTS[0]
                break
        async with asyncio.timeout(10):
            await hung_up.wait()


async def test_a_real_gateway_is_read_from_catalogue_to_cost(
    shared_gateway: RunningGateway,
) -> None:
    client = GatewayClient(shared_gateway.url, shared_gateway.admin_token)
    try:
        status = await client.gateway()
        assert status.url == shared_gateway.url
        models = {model.slug: model for model in await client.catalogue.cards()}
        assert len(models) == 93
        assert str(models["nano-banana-pro"].prices.per_image_by_size[0][1]) == "0.134"
        assert models["deepseek-chat"].lifecycle.successor == "deepseek-v4-flash"
        assert shared_gateway.url in (await client.catalogue.examples("local-echo")).curl
        made = await client.keys.create("from the app")
        assert made.secret not in repr(made)
        client.api_key = made.secret
        body: dict[str, object] = {
            "model": "local-echo",
            "messages": [{"role": "user", "content": "hello parrot"}],
        }
        async with client.chat(body) as stream:
            parts = [part async for part in stream]
            request_id = stream.request_id
        text = "".join(part.text for part in parts if isinstance(part, TextDelta))
        assert "hello parrot" in text
        assert parts[-1] == Finished("stop")
        assert request_id is not None
        usage = await client.usage.row(request_id)
        assert (usage.slug, usage.state, usage.key_name) == (
            "local-echo",
            "completed",
            "from the app",
        )
        assert usage.cost_usd == 0
        assert (await client.usage.page(limit=1)).rows[0].request_id == request_id
        revoked = await client.keys.revoke(made.row.id)
        assert revoked.revoked_at is not None
        assert made.row.id in {row.id for row in await client.keys.all()}
        with pytest.raises(GatewayRefused) as caught:
            async with client.chat(body) as stream:
                pass
        assert caught.value.status == 401
    finally:
        await client.close()
