"""The transport against real sockets: hang-ups, silence, half answers, and bytes left alone."""

from __future__ import annotations

import asyncio
import gzip
import logging
import socket
from dataclasses import replace

import pytest

from miavo_gateway.upstream.exchange_terms import Timeouts
from miavo_gateway.upstream.faults import (
    Cut,
    Phase,
    TimedOut,
    Unreachable,
    Unreadable,
    UpstreamFault,
)
from miavo_gateway.upstream.transport import Transport

from .scripted_server import STREAM_HEAD, Connection, chunk, serving, whole

QUICK = Timeouts(connect=5, head=0.2, silence=0.2, total=30)


async def test_request_sends_what_it_is_given_and_brings_the_whole_answer(
    transport: Transport,
) -> None:
    async def echo(connection: Connection) -> None:
        await connection.send(whole(connection.body, "418 Teapot", "x-marked: yes"))

    async with serving(echo) as server:
        answer = await transport.request(
            "POST", server.url + "/v1/x?a=1", headers={"authorization": "Bearer k"}, content=b"hi"
        )
    assert (answer.status, answer.body, answer.headers["X-Marked"]) == (418, b"hi", "yes")
    head = server.heads[0].lower()
    assert head.startswith("post /v1/x?a=1 http/1.1")
    assert "authorization: bearer k\r\n" in head
    assert "accept-encoding: identity\r\n" in head
    assert "user-agent: miavo/" in head


async def test_stream_passes_every_byte_on_as_it_is_and_as_soon_as_it_comes(
    transport: Transport,
) -> None:
    # A character of several bytes split in two, CRLF and LF mixed, a comment, no final newline.
    pieces = [b": hi\r\ndata: \xe2\x82", b"\xac\n\n", b"\x00\xff", b"data:[DONE]"]
    taken = asyncio.Semaphore(0)

    async def send_one_by_one(connection: Connection) -> None:
        await connection.send(STREAM_HEAD)
        for piece in pieces:
            await connection.send(chunk(piece))
            await taken.acquire()  # the next piece is only sent when this one has arrived
        await connection.send(chunk(b""))

    got = []
    async with (
        serving(send_one_by_one) as server,
        await transport.stream("POST", server.url, content=b"{}") as stream,
    ):
        async for piece in stream.chunks():
            got.append(piece)
            taken.release()
    assert got == pieces


async def fault(transport: Transport, url: str, timeouts: Timeouts = QUICK) -> UpstreamFault:
    with pytest.raises(UpstreamFault) as caught:
        await transport.request("POST", url, content=b"{}", timeouts=timeouts)
    return caught.value


async def test_a_slow_head_times_out_and_hangs_up(transport: Transport) -> None:
    hung_up = asyncio.Event()

    async def drip(connection: Connection) -> None:
        await connection.send(b"HTTP/1.1 200 OK\r\nx-a: ")
        await connection.closed_by_client()
        hung_up.set()

    async with serving(drip) as server:
        error = await fault(transport, server.url)
        await asyncio.wait_for(hung_up.wait(), 5)
    assert isinstance(error, TimedOut)
    assert error.phase is Phase.HEAD


async def test_silence_between_pieces_times_out_after_what_came_was_delivered(
    transport: Transport,
) -> None:
    hung_up = asyncio.Event()

    async def fall_silent(connection: Connection) -> None:
        await connection.send(STREAM_HEAD + chunk(b"a"))
        await connection.closed_by_client()
        hung_up.set()

    got = []
    async with serving(fall_silent) as server:
        stream = await transport.stream("POST", server.url, timeouts=QUICK)

        async def collect() -> None:
            async for piece in stream.chunks():
                got.append(piece)  # noqa: PERF401  what came before the fault counts

        with pytest.raises(TimedOut) as caught:
            await collect()
        await asyncio.wait_for(hung_up.wait(), 5)
    assert caught.value.phase is Phase.SILENCE
    assert got == [b"a"]


async def test_a_reader_that_takes_its_time_makes_no_silence(transport: Transport) -> None:
    asked_on = asyncio.Event()

    async def wait_for_the_reader(connection: Connection) -> None:
        await connection.send(STREAM_HEAD + chunk(b"a"))
        await asked_on.wait()
        await connection.send(chunk(b"b") + chunk(b""))

    got = []
    async with serving(wait_for_the_reader) as server:
        stream = await transport.stream("POST", server.url, timeouts=QUICK)
        async for piece in stream.chunks():
            got.append(piece)
            if not asked_on.is_set():
                await asyncio.sleep(3 * QUICK.silence)
                asked_on.set()
    assert got == [b"a", b"b"]


async def test_a_reader_that_is_cancelled_is_not_told_of_silence(transport: Transport) -> None:
    waiting = asyncio.Event()

    async def fall_silent(connection: Connection) -> None:
        await connection.send(STREAM_HEAD + chunk(b"a"))
        waiting.set()
        await connection.closed_by_client()

    async with serving(fall_silent) as server:
        stream = await transport.stream("POST", server.url, timeouts=replace(QUICK, silence=30))
        reading = asyncio.create_task(stream.read())
        await waiting.wait()
        await asyncio.sleep(0.05)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading


async def test_a_stream_that_never_falls_silent_ends_at_the_total(transport: Transport) -> None:
    async def chatter(connection: Connection) -> None:
        await connection.send(STREAM_HEAD)
        while True:
            await connection.send(chunk(b"."))
            await asyncio.sleep(0.01)

    async with serving(chatter) as server:
        error = await fault(transport, server.url, replace(QUICK, silence=5, total=0.3))
    assert isinstance(error, TimedOut)
    assert error.phase is Phase.TOTAL


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(STREAM_HEAD + chunk(b"data: 1\n\n"), id="chunked, without its end"),
        pytest.param(STREAM_HEAD + b"40\r\nhalf a chunk", id="in the middle of a chunk"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhal", id="short of its length"),
        pytest.param(b"HTTP/1.1 200 OK\r\nx-a: b", id="in the middle of the head"),
        pytest.param(b"", id="before the head"),
    ],
)
@pytest.mark.parametrize("reset", [False, True], ids=["end of file", "reset"])
async def test_half_an_answer_is_cut(transport: Transport, sent: bytes, reset: bool) -> None:
    async def hang_up(connection: Connection) -> None:
        await connection.send(sent)
        if reset:
            linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
            connection.writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, linger
            )
        connection.writer.close()

    async with serving(hang_up) as server:
        assert isinstance(await fault(transport, server.url), Cut)


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"SSH-2.0-OpenSSH_9.9\r\n\r\n", id="another protocol"),
        pytest.param(b"HTTP/1.1 200 OK\r\nx-a: " + b"a" * 100_000 + b"\r\n\r\n", id="huge header"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 5_000 + b"\r\n", id="many headers"),
    ],
)
async def test_what_is_no_sound_http_is_unreadable(transport: Transport, sent: bytes) -> None:
    async def answer(connection: Connection) -> None:
        await connection.send(sent)
        await connection.closed_by_client()

    async with serving(answer) as server:
        assert isinstance(await fault(transport, server.url, Timeouts()), Unreadable)


async def test_a_body_over_the_limit_is_unreadable_and_not_read_to_its_end(
    transport: Transport,
) -> None:
    async def flood(connection: Connection) -> None:
        await connection.send(STREAM_HEAD)
        while True:
            await connection.send(chunk(b"x" * 65536))

    async with serving(flood) as server:
        with pytest.raises(Unreadable):
            await transport.request("GET", server.url, largest=1_000_000)


async def test_a_closed_port_is_unreachable(transport: Transport) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        error = await fault(transport, f"http://127.0.0.1:{taken.getsockname()[1]}")
    assert isinstance(error, Unreachable)
    assert "refused" in error.message


@pytest.mark.parametrize(
    "url", ["http://no-such-host.invalid/", "ftp://127.0.0.1/", "http://[bad/", "nonsense"]
)
async def test_an_address_that_leads_nowhere_is_unreachable(transport: Transport, url: str) -> None:
    assert isinstance(await fault(transport, url, Timeouts()), Unreachable)


async def test_a_server_without_tls_is_unreachable_over_https(transport: Transport) -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(whole(b"plain"))
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    assert isinstance(await fault(transport, url, Timeouts()), Unreachable)
    server.close()


async def test_a_port_that_never_accepts_times_out_as_a_connection(transport: Transport) -> None:
    with socket.socket() as full, socket.socket() as filler, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for other in (filler, second):  # fill the queue, so that a further connection hangs
            other.setblocking(False)
            other.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        error = await fault(transport, url, Timeouts(connect=0.3, head=30))
    assert isinstance(error, TimedOut)
    assert error.phase is Phase.CONNECT


async def test_redirects_are_answers_and_their_targets_are_not_asked(transport: Transport) -> None:
    async def redirect(connection: Connection) -> None:
        await connection.send(whole(b"", "307 Elsewhere", "location: /other"))

    async with serving(redirect) as server:
        answer = await transport.request("POST", server.url, content=b"{}")
    assert answer.status == 307
    assert len(server.heads) == 1


async def test_connections_are_reused_and_cookies_are_not_kept(transport: Transport) -> None:
    async def set_cookie(connection: Connection) -> None:
        await connection.send(whole(b"{}", "200 OK", "set-cookie: session=abc; Path=/"))

    async with serving(set_cookie) as server:
        # By its name: cookie jars take none from a bare address.
        url = server.url.replace("127.0.0.1", "localhost")
        for _ in range(3):
            await transport.request("POST", url, content=b"{}")
    assert server.connections == 1
    assert not any("cookie" in head.lower() for head in server.heads)


async def test_more_streams_run_at_once_than_aiohttps_own_limit(transport: Transport) -> None:
    everybody, arrived = 150, 0
    all_here = asyncio.Event()

    async def wait_for_the_others(connection: Connection) -> None:
        nonlocal arrived
        arrived += 1
        if arrived == everybody:
            all_here.set()
        await all_here.wait()
        await connection.send(whole(b"ok"))

    async with serving(wait_for_the_others) as server, asyncio.timeout(20):
        answers = await asyncio.gather(
            *(transport.request("GET", server.url) for _ in range(everybody))
        )
    assert {answer.body for answer in answers} == {b"ok"}


async def test_a_body_that_was_compressed_unasked_is_unpacked(transport: Transport) -> None:
    async def compress(connection: Connection) -> None:
        packed = gzip.compress(b'{"a": 1}')
        await connection.send(whole(packed, "200 OK", "content-encoding: gzip"))

    async with serving(compress) as server:
        assert (await transport.request("GET", server.url)).body == b'{"a": 1}'


async def test_proxy_variables_are_not_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    async def answer(connection: Connection) -> None:
        await connection.send(whole(b"direct"))

    transport = Transport()
    async with serving(answer) as server:
        assert (await transport.request("GET", server.url)).body == b"direct"
    await transport.close()


async def test_a_proxy_that_is_configured_gets_every_request() -> None:
    async def proxy(connection: Connection) -> None:
        await connection.send(whole(b"by proxy"))

    async with serving(proxy) as server:
        transport = Transport(proxy=server.url)
        answer = await transport.request("GET", "http://api.example/v1/x")
        await transport.close()
    assert answer.body == b"by proxy"
    assert server.heads[0].startswith("GET http://api.example/v1/x ")


async def test_neither_faults_nor_logs_hold_a_secret(
    transport: Transport, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "sk-live-0123456789abcdef"

    async def answer_once(connection: Connection) -> None:
        if len(server.heads) == 1:
            await connection.send(whole(b"{}"))
        else:
            connection.writer.close()

    async def ask() -> None:
        await transport.request(
            "POST",
            f"{server.url}/v1?key={secret}",
            headers={"authorization": f"Bearer {secret}"},
            content=b"{}",
        )

    async with serving(answer_once) as server:
        await ask()
        with pytest.raises(UpstreamFault) as caught:
            await ask()
    chain = caught.value
    assert chain.__cause__ is None
    assert chain.__suppress_context__
    assert secret not in repr(chain) + str(chain) + caplog.text
