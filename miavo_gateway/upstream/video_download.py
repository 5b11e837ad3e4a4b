"""Takes a file from a provider to the disk, piece by piece."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urljoin, urlsplit

from miavo_gateway.providers.exchange import ProviderError, WireRequest
from miavo_gateway.upstream.answer import refused
from miavo_gateway.upstream.exchange_terms import Answer, Timeouts
from miavo_gateway.upstream.faults import Cut, Unreadable

if TYPE_CHECKING:
    from miavo_gateway.upstream.transport import Transport, UpstreamStream

__all__ = ["Download", "inline_answer"]

_OK = 200
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_LARGEST = 4 * 1024**3
_PIECE = 1024 * 1024
"""Bytes that are written at once, in a thread: a slow disk holds nobody up."""
_LARGEST_FRAME = 1024 * 1024
"""Bytes of an answer beside the file inside it."""
_FIELD = b'"bytesBase64Encoded"'
_TIMEOUTS = Timeouts(head=120.0, silence=60.0, total=1_800.0)


@dataclass(frozen=True, slots=True)
class Download:
    """Downloads with one client."""

    transport: Transport
    plain: bool
    """Whether addresses without TLS are asked too: where the credential has one of its own."""

    async def save(
        self,
        wire: WireRequest,
        target: Path,
        read_error: Callable[[int, Mapping[str, str], bytes], ProviderError],
    ) -> None:
        """Write a file; whole on return.

        Raises:
            UpstreamFault: it is not to be had.
            OSError: it cannot be written.
        """
        url, headers = wire.url, dict(wire.headers)
        for _ in range(_MOST_REDIRECTS + 1):
            if urlsplit(url).scheme != "https" and not self.plain:
                raise Unreadable("named an address without TLS for the file")
            stream = await self.transport.stream(
                wire.method, url, headers=headers, timeouts=_TIMEOUTS
            )
            async with stream:
                if stream.status in _REDIRECTS:
                    leads = urljoin(url, stream.headers.get("location", ""))
                    if urlsplit(leads).netloc != urlsplit(url).netloc:
                        headers = {}  # A secret is for the host that it was meant for.
                    url = leads
                    continue
                if stream.status != _OK:
                    body = await stream.read()
                    raise refused(stream, read_error(stream.status, stream.headers, body))
                await _save(stream, target)
                return
        raise Unreadable(f"led on more than {_MOST_REDIRECTS} times to the file")


async def _save(stream: UpstreamStream, target: Path) -> None:
    written = 0
    async with _written(target) as write:
        async for piece in stream.chunks():
            written += len(piece)
            if written > _LARGEST:
                raise Unreadable("sent a file that is too large")
            await write(piece)
    declared = stream.headers.get("content-length", "")
    if declared.isdigit() and int(declared) != written:
        raise Cut("broke off the file")


async def inline_answer(
    transport: Transport, wire: WireRequest, target: Path | None, timeouts: Timeouts
) -> Answer:
    """An answer in JSON less the file inside it, which goes to `target`, or nowhere.

    Raises:
        UpstreamFault: there is no whole answer.
        OSError: the file cannot be written.
    """
    stream = await transport.stream(
        wire.method, wire.url, headers=wire.headers, content=wire.body or None, timeouts=timeouts
    )
    async with stream:
        if stream.status != _OK:
            return Answer(stream.status, stream.headers, await stream.read())
        taken = _InlineFile()
        async with _written(target) as write:
            async for piece in stream.chunks():
                await write(taken.feed(piece))
                if len(taken.frame) > _LARGEST_FRAME:
                    raise Unreadable("sent more about the task than is taken")
        return Answer(stream.status, stream.headers, bytes(taken.frame))


class _InlineFile:
    """Takes the first file out of a JSON text as it comes: base64 has no quotes in it."""

    def __init__(self) -> None:
        self.frame = bytearray()
        """The text without the file."""
        self._rest = b""
        self._state = "before"

    def feed(self, piece: bytes) -> bytes:
        """What of the file is in a piece."""
        match self._state:
            case "before":
                self.frame += piece
                at = self.frame.find(_FIELD)
                begins = self.frame.find(b'"', at + len(_FIELD)) if at >= 0 else -1
                if begins < 0:
                    return b""
                piece = bytes(self.frame[begins + 1 :])
                del self.frame[begins + 1 :]
                self._state = "within"
                return self.feed(piece)
            case "within":
                data, quote, after = piece.partition(b'"')
                data, begun = _without_begun_escape(self._rest + data)
                data = data.replace(b"\\/", b"/").replace(b"\\u003d", b"=")
                whole = len(data) if quote else len(data) // 4 * 4
                self._rest = data[whole:] + begun
                if quote:
                    self._state = "after"
                    self.frame += quote + after
                try:
                    return b64decode(data[:whole])
                except ValueError:
                    raise Unreadable("sent a file that is no base64") from None
            case _:
                self.frame += piece
                return b""


def _without_begun_escape(data: bytes) -> tuple[bytes, bytes]:
    r"""Base64 in JSON, and the escape that was cut at its end, if one was: `\\/`, `\\u003d`."""
    at = data.rfind(b"\\", max(0, len(data) - 5))
    begun = data[at:] if at >= 0 else b""
    if begun == b"\\" or begun.startswith(b"\\u"):
        return data[:at], begun
    return data, b""


@asynccontextmanager
async def _written(target: Path | None) -> AsyncIterator[Callable[[bytes], Awaitable[None]]]:
    """Writes pieces to a file, many at a time."""
    waiting = bytearray()
    file: BinaryIO | None = None
    if target is not None:
        file = await asyncio.to_thread(target.open, "wb")

    async def write(piece: bytes) -> None:
        waiting.extend(piece)
        if len(waiting) >= _PIECE:
            await flush()

    async def flush() -> None:
        if file is not None and waiting:
            await asyncio.to_thread(file.write, bytes(waiting))
        waiting.clear()

    try:
        yield write
        await flush()
    finally:
        if file is not None:
            await asyncio.to_thread(file.close)
