"""Puts what a request links to into the request itself, as `data:` URLs."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeAlias

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.schema.chat import (
    ChatCompletionRequest,
    FilePart,
    ImagePart,
    Message,
    ToolMessage,
    UserMessage,
)
from miavo_gateway.upstream.fetching.media import IMAGES

if TYPE_CHECKING:
    from miavo_gateway.upstream.fetching.fetcher import Fetched, Fetcher

__all__ = ["inlined"]

_MOST_LINKS = 20
_LARGEST_IN_ALL = 50 * 1024 * 1024
_MOST_AT_ONCE = 4
_PARAM = "messages"

Linking: TypeAlias = ImagePart | FilePart


async def inlined(
    request: ChatCompletionRequest, fetcher: Callable[[], Awaitable[Fetcher]]
) -> ChatCompletionRequest:
    """The request with every image and file that it links to fetched.

    Args:
        request: the same one is returned if nothing in it is linked to.
        fetcher: asked for only if something is to be fetched.

    Raises:
        InvalidRequest: something cannot be fetched, is no image where one is linked to, or it is
            too much: more than 20 links, or 50 MB in all.
    """
    wanted = Counter(_link(part) for part in _linking(request))
    if not wanted:
        return request
    if wanted.total() > _MOST_LINKS:
        raise InvalidRequest(
            f"The messages link to {wanted.total()} images and files; at most {_MOST_LINKS} are "
            "fetched for one request.",
            param=_PARAM,
        )
    fetched = await _fetch_all(wanted, await fetcher())
    data_urls = {link: _data_url(file) for link, file in fetched.items()}
    for part in _linking(request):
        if isinstance(part, ImagePart) and fetched[_link(part)].media_type not in IMAGES:
            raise InvalidRequest(
                "An image_url in the messages leads to a PDF; send it as a part of type 'file'.",
                param=_PARAM,
            )
    messages = [_with_data(message, data_urls) for message in request.messages]
    return request.model_copy(update={"messages": messages})


async def _fetch_all(wanted: Counter[str], fetcher: Fetcher) -> dict[str, Fetched]:
    """Each link's file, fetched once however often it is linked to."""
    turns = asyncio.Semaphore(_MOST_AT_ONCE)
    fetched: dict[str, Fetched] = {}

    async def fetch(link: str) -> None:
        async with turns:
            fetched[link] = await fetcher.fetch(link)
        if sum(len(file.data) * wanted[each] for each, file in fetched.items()) > _LARGEST_IN_ALL:
            raise InvalidRequest(
                "The images and files that the messages link to are larger than "
                f"{_LARGEST_IN_ALL // 1024 // 1024} MB in all.",
                param=_PARAM,
            )

    try:
        async with asyncio.TaskGroup() as group:
            for link in wanted:
                group.create_task(fetch(link))
    except ExceptionGroup as errors:
        # The first ends the others.
        raise errors.exceptions[0] from None
    return fetched


def _data_url(file: Fetched) -> str:
    return f"data:{file.media_type};base64,{b64encode(file.data).decode('ascii')}"


def _linking(request: ChatCompletionRequest) -> Iterator[Linking]:
    """The parts that link to something, in their order."""
    for message in request.messages:
        if isinstance(message, UserMessage | ToolMessage) and not isinstance(message.content, str):
            for part in message.content:
                if isinstance(part, ImagePart | FilePart) and _is_link(_link(part)):
                    yield part


def _link(part: Linking) -> str:
    return part.image_url.url if isinstance(part, ImagePart) else part.file.file_data or ""


def _is_link(url: str) -> bool:
    """Whether it is a link of the web; that http alone is not fetched, the fetcher says."""
    return url[:8].lower().startswith(("https://", "http://"))


def _with_data(message: Message, data_urls: Mapping[str, str]) -> Message:
    if not isinstance(message, UserMessage | ToolMessage) or isinstance(message.content, str):
        return message
    content = [
        _part_with_data(part, data_urls) if isinstance(part, ImagePart | FilePart) else part
        for part in message.content
    ]
    return message.model_copy(update={"content": content})


def _part_with_data(part: Linking, data_urls: Mapping[str, str]) -> Linking:
    data_url = data_urls.get(_link(part))
    if data_url is None:
        return part
    if isinstance(part, ImagePart):
        image_url = part.image_url.model_copy(update={"url": data_url})
        return part.model_copy(update={"image_url": image_url})
    return part.model_copy(update={"file": part.file.model_copy(update={"file_data": data_url})})
