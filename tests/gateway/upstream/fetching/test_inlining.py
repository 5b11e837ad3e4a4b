"""What a request links to is put into it: everywhere, once, and within bounds."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.schema.chat import ChatCompletionRequest
from miavo_gateway.upstream.fetching import inlined
from miavo_gateway.upstream.fetching.fetcher import Fetcher

from ..scripted_server import Connection, whole
from .web import PNG, Web, web

PDF = b"%PDF-1.7 pages"
LARGE = PNG + b"x" * 11 * 1024 * 1024


async def files(connection: Connection) -> None:
    """PNG by default; a PDF and a large PNG under their names."""
    path = connection.head.split(" ")[1]
    await connection.send(whole({"/pdf": PDF, "/large": LARGE}.get(path, PNG)))


def request(*messages: dict[str, Any]) -> ChatCompletionRequest:
    return ChatCompletionRequest.model_validate({"model": "m", "messages": list(messages)})


def image(url: str, **more: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url, **more}}


def user(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"role": "user", "content": list(parts)}


def data_url(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{b64encode(data).decode()}"


def given(fetcher: Fetcher) -> Callable[[], Awaitable[Fetcher]]:
    async def give() -> Fetcher:
        return fetcher

    return give


async def never() -> Fetcher:
    raise AssertionError("nothing is to be fetched")


async def refused(here: Web, asked: ChatCompletionRequest) -> str:
    async with here.fetcher() as fetcher:
        with pytest.raises(InvalidRequest) as error:
            await inlined(asked, given(fetcher))
    assert error.value.param == "messages"
    return error.value.message


async def test_images_and_files_are_fetched_wherever_they_are_and_all_else_is_kept() -> None:
    def conversation(picture: str, page: str) -> ChatCompletionRequest:
        call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
        return request(
            {"role": "system", "content": "Look."},
            user(
                {"type": "text", "text": "https://pictures.example/is-text"},
                image(picture, detail="low"),
                image("data:image/gif;base64,R0lGODlh"),
                {"type": "file", "file": {"file_data": page, "filename": "a.pdf"}},
                {"type": "file", "file": {"file_id": "f-1"}},
            ),
            {"role": "assistant", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c", "content": [image(picture)]},
            {"role": "user", "content": "https://pictures.example/is-text-too"},
        )

    async with web(files) as here, here.fetcher() as fetcher:
        asked = conversation(here.url("/png").replace("https", "HTTPS"), here.url("/pdf"))
        answered = await inlined(asked, given(fetcher))
    expected = conversation(data_url("image/png", PNG), data_url("application/pdf", PDF))
    assert answered.model_dump() == expected.model_dump()
    assert len(here.heads) == 2


@pytest.mark.parametrize("url", ["data:image/png;base64,iVBORw0KGgo=", "gs://bucket/a.png", ""])
async def test_a_request_without_links_is_left_as_it_is(url: str) -> None:
    asked = request(user(image(url)))
    assert await inlined(asked, never) is asked


async def test_four_are_fetched_at_once() -> None:
    under_way = most = 0
    all_here = asyncio.Event()

    async def script(connection: Connection) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        if under_way == 4:
            all_here.set()
        await asyncio.wait_for(all_here.wait(), 5)
        under_way -= 1
        await connection.send(whole(PNG))

    async with web(script) as here, here.fetcher() as fetcher:
        await inlined(request(user(*(image(here.url(f"/{n}")) for n in range(12)))), given(fetcher))
    assert most == 4


async def test_plain_http_is_refused_and_not_passed_on() -> None:
    async with web(files) as here:
        assert "only https" in await refused(here, request(user(image("http://a.example/b.png"))))


async def test_an_image_that_is_a_pdf_is_refused() -> None:
    async with web(files) as here:
        message = await refused(here, request(user(image(here.url("/pdf")))))
    assert "leads to a PDF" in message


async def test_more_than_twenty_links_are_refused_before_any_is_fetched() -> None:
    async with web(files) as here:
        message = await refused(here, request(user(*[image(here.url())] * 21)))
    assert "at most 20" in message
    assert here.heads == []


async def test_more_than_fifty_megabytes_in_all_are_refused_however_often_fetched() -> None:
    async with web(files) as here:
        message = await refused(here, request(user(*[image(here.url("/large"))] * 5)))
    assert "50 MB in all" in message
    assert len(here.heads) == 1


async def test_one_that_fails_ends_the_fetching_of_the_others() -> None:
    async def script(connection: Connection) -> None:
        if "/missing" in connection.head:
            await connection.send(whole(b"", "404 Not Found"))

    async with web(script) as here:
        asked = request(user(image(here.url("/slow")), image(here.url("/missing"))))
        assert "status 404" in await asyncio.wait_for(refused(here, asked), 5)
