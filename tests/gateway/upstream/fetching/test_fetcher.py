"""Fetching a file from where a caller says it is: what comes back, and what is never reached."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.upstream.fetching.fetcher import Bounds, Fetched, Fetcher, Reachable

from ..scripted_server import STREAM_HEAD, Connection, chunk, whole
from .web import HOST, PNG, Names, Web, web

Script = Callable[[Connection], Awaitable[None]]


def answering(answer: bytes) -> Script:
    async def script(connection: Connection) -> None:
        await connection.send(answer)

    return script


def redirect(location: str) -> bytes:
    return whole(b"", "302 Found", f"location: {location}", "set-cookie: id=1")


async def refused(fetcher: Fetcher, url: str) -> str:
    """The words of the refusal."""
    with pytest.raises(InvalidRequest) as error:
        await fetcher.fetch(url)
    assert error.value.param == "messages"
    assert error.value.__cause__ is None
    return error.value.message


async def test_a_picture_is_fetched_and_named_by_its_bytes() -> None:
    async with (
        web(answering(whole(PNG, "200 OK", "content-type: text/html"))) as here,
        here.fetcher() as fetcher,
    ):
        assert await fetcher.fetch(here.url("/a.gif?size=1#top")) == Fetched("image/png", PNG)
    head = here.heads[0].lower()
    assert head.startswith("get /a.gif?size=1 http/1.1\r\n")
    assert f"host: {HOST}:{here.port}\r\n" in head
    assert "user-agent: miavo/" in head
    assert "cookie:" not in head
    assert "authorization:" not in head
    assert here.server_names == [HOST]


async def test_a_signed_address_arrives_as_it_was_written() -> None:
    async with web(answering(whole(PNG))) as here, here.fetcher() as fetcher:
        await fetcher.fetch(here.url("/a%3Ab%2Fc/ü?sig=x%2Fy%2B%3D"))
        await fetcher.fetch(here.url("/a%3Ab%2Fc?sig=x%2Fy%2B%3D"))
    assert "GET /a%3Ab%2Fc?sig=x%2Fy%2B%3D HTTP/1.1" in here.heads[1]


async def test_line_breaks_in_an_address_make_no_headers() -> None:
    async with web(answering(whole(PNG))) as here, here.fetcher() as fetcher:
        await fetcher.fetch(here.url("/a HTTP/1.1\r\nx-made: up\r\n\r\n"))
    assert "\nx-made" not in here.heads[0]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (whole(b"<html>", "200 OK", "content-type: image/png"), "neither PNG"),
        (whole(PNG, "404 Not Found"), "status 404"),
        (whole(PNG, "200 OK", "content-encoding: gzip"), "compressed"),
        (whole(PNG)[:-10], "broke off"),
        (b"220 smtp.example ESMTP\r\n\r\n", "does not speak HTTP"),
        (redirect(""), "more than 3 times"),
    ],
)
async def test_an_answer_that_is_no_file_is_refused(answer: bytes, words: str) -> None:
    async def script(connection: Connection) -> None:
        await connection.send(answer)
        connection.writer.close()

    async with web(script) as here, here.fetcher() as fetcher:
        assert words in await refused(fetcher, here.url())


async def test_a_refusal_names_the_host_and_neither_path_nor_query() -> None:
    async with web(answering(whole(b"", "403 Forbidden"))) as here, here.fetcher() as fetcher:
        message = await refused(fetcher, here.url("/private?token=secret"))
    assert HOST in message
    assert "private" not in message
    assert "secret" not in message


@pytest.mark.parametrize("certified", ["other.example", "127.0.0.1"])
async def test_a_certificate_has_to_be_for_the_name(certified: str) -> None:
    async with (
        web(answering(whole(PNG)), certified=certified) as here,
        here.fetcher() as fetcher,
    ):
        assert "certificate" in await refused(fetcher, here.url())
    assert here.heads == []


async def test_a_certificate_has_to_be_signed_by_an_authority_that_is_trusted() -> None:
    async with web(answering(whole(PNG))) as here, here.fetcher(trusted=False) as fetcher:
        assert "certificate" in await refused(fetcher, here.url())


async def test_variables_that_name_proxies_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with web(answering(whole(PNG))) as here, here.fetcher() as fetcher:
        assert (await fetcher.fetch(here.url())).data == PNG


NOT_ASKED = [
    ("http://{host}/", "only https"),
    ("ftp://{host}/", "only https"),
    ("file:///etc/passwd", "cannot be read"),
    ("https:///a", "cannot be read"),
    ("https://[::1", "cannot be read"),
    ("https://{host}:99999/", "cannot be read"),
    ("https://me@{host}/", "user name"),
    ("https://me:secret@{host}/", "user name"),
    ("https://{host}:8443/", "usual port"),
    ("https://{host}:22/", "usual port"),
    ("https://{host}/" + "a" * 9_000, "too long"),
]
NOT_PUBLIC = [
    "https://127.0.0.2/",
    "https://127.0.0.1./",
    "https://10.0.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://2130706433/",
    "https://127.1/",
    "https://0/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[fd00:ec2::254]/",
    "https://[fe80::1%25eth0]/",
]


@pytest.mark.parametrize(("url", "words"), NOT_ASKED)
async def test_an_address_of_another_kind_is_not_asked(url: str, words: str) -> None:
    names = Names({HOST: [["127.0.0.1"]]})
    fetcher = Fetcher(resolver=names)
    assert words in await refused(fetcher, url.format(host=HOST))
    assert names.asked == []
    await fetcher.close()


@pytest.mark.parametrize("url", [*NOT_PUBLIC, "https://localhost/", "https://0x7f.1/"])
async def test_an_address_inside_is_not_connected_to(url: str) -> None:
    fetcher = Fetcher()  # with the system's own resolver
    assert "not on the public internet" in await refused(fetcher, url)
    await fetcher.close()


@pytest.mark.parametrize(
    "answer", [["10.0.0.1"], ["::1"], ["8.8.8.8", "192.168.1.1"], ["2606:4700::1111", "fe80::1"]]
)
async def test_a_name_for_an_address_inside_is_not_connected_to(answer: list[str]) -> None:
    fetcher = Fetcher(resolver=Names({HOST: [answer]}))
    assert "not on the public internet" in await refused(fetcher, f"https://{HOST}/")
    await fetcher.close()


async def test_a_name_that_changes_its_address_is_connected_to_where_it_was_checked() -> None:
    async with web(answering(whole(PNG)), addresses=("127.0.0.1", "127.0.0.2")) as here:
        here.names.names[HOST] = [["127.0.0.1"], ["127.0.0.2"]]
        async with here.fetcher() as fetcher:
            assert (await fetcher.fetch(here.url())).data == PNG
            assert here.names.asked == [HOST]
            assert "not on the public internet" in await refused(fetcher, here.url())
    assert here.peers == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("location", "words"),
    [
        *((url, "not on the public internet") for url in NOT_PUBLIC),
        ("https://inside.example/", "not on the public internet"),
        ("//10.0.0.1/", "not on the public internet"),
        *(case for case in NOT_ASKED if case[0] != "https:///a"),  # which is the same host's
    ],
)
async def test_a_redirect_is_checked_like_any_address(location: str, words: str) -> None:
    answer = redirect(location.format(host=HOST))
    async with web(answering(answer)) as here, here.fetcher() as fetcher:
        here.names.names["inside.example"] = [["10.0.0.1"]]
        message = await refused(fetcher, here.url())
    assert words in message
    assert len(here.heads) == 1


@pytest.mark.parametrize(("redirects", "fetched"), [(3, True), (4, False)])
async def test_redirects_are_followed_three_times_without_cookies(
    redirects: int, fetched: bool
) -> None:
    async def script(connection: Connection) -> None:
        number = int(connection.head.partition("/")[2].partition(" ")[0])
        await connection.send(whole(PNG) if number == redirects else redirect(f"/{number + 1}"))

    async with web(script) as here, here.fetcher() as fetcher:
        if fetched:
            assert (await fetcher.fetch(here.url("/0"))).data == PNG
        else:
            assert "more than 3 times" in await refused(fetcher, here.url("/0"))
    assert len(here.heads) == 4
    assert "cookie" not in "".join(here.heads).lower()


async def test_a_file_that_says_it_is_too_large_is_not_read() -> None:
    async def script(connection: Connection) -> None:
        await connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n")

    async with web(script) as here, here.fetcher(Bounds(size=1_000)) as fetcher:
        assert "larger than" in await refused(fetcher, here.url())
        await asyncio.wait_for(here.hung_up.wait(), 5)


async def test_a_file_without_end_is_cut_and_hung_up_on() -> None:
    async def script(connection: Connection) -> None:
        await connection.send(STREAM_HEAD + chunk(PNG))
        while True:
            await connection.send(chunk(b"x" * 500))

    async with web(script) as here, here.fetcher(Bounds(size=10_000)) as fetcher:
        assert "larger than" in await refused(fetcher, here.url())
        await asyncio.wait_for(here.hung_up.wait(), 5)


async def test_a_file_of_just_the_size_is_taken() -> None:
    async with (
        web(answering(whole(PNG))) as here,
        here.fetcher(Bounds(size=len(PNG))) as fetcher,
    ):
        assert (await fetcher.fetch(here.url())).data == PNG


@pytest.mark.parametrize("begun", [b"", STREAM_HEAD, STREAM_HEAD + chunk(PNG)])
async def test_a_server_that_falls_silent_is_given_up(begun: bytes) -> None:
    async with web(answering(begun)) as here, here.fetcher(Bounds(total=0.2)) as fetcher:
        assert "longer than 0.2 s" in await refused(fetcher, here.url())
        await asyncio.wait_for(here.hung_up.wait(), 5)


async def test_a_server_that_shakes_no_hands_is_given_up() -> None:
    hung_up = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(4096):
            pass
        hung_up.set()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        here = Web(port, Names({HOST: [["127.0.0.1"]]}))
        async with here.fetcher(Bounds(connect=0.1)) as fetcher:
            assert "no connection within 0.1 s" in await refused(fetcher, here.url())
        await asyncio.wait_for(hung_up.wait(), 5)


async def test_a_host_that_does_not_listen_is_said_to_be_out_of_reach() -> None:
    async with web(answering(b"")) as here:
        pass
    async with here.fetcher() as fetcher:
        assert "cannot be reached" in await refused(fetcher, here.url())
        assert "host name is unknown" in await refused(fetcher, "https://unknown.example/")


TRUSTED = ssl.create_default_context()


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40) | st.builds("https://{}{}".format, st.text(), st.text()))
async def test_any_text_is_refused_like_an_address_that_is_none(url: str) -> None:
    nothing = Reachable(allows=lambda address: False)
    fetcher = Fetcher(trusted=TRUSTED, reachable=nothing, resolver=Names({}))
    await refused(fetcher, url)
    await fetcher.close()
