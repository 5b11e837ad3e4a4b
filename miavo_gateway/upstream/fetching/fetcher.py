"""Fetching one image or PDF from the public internet, on a caller's word for where it is.

The link comes from whoever may call a model, and the request leaves from inside the operator's
network. So: https on port 443 alone, public addresses alone (those that are checked are those that
are connected to), each redirect checked anew, no cookies, credentials or proxies, bounded size and
time, and no answer but an image or a PDF is passed on.

Importing this module loads httpx and aiohttp, which takes a while: import it in a thread.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from miavo_gateway import __version__
from miavo_gateway.errors import InvalidRequest
from miavo_gateway.upstream.fetching.addresses import is_public
from miavo_gateway.upstream.fetching.media import media_type
from miavo_gateway.upstream.fetching.resolving import CheckedResolver, NotPublic

__all__ = ["Bounds", "Fetched", "Fetcher", "Reachable"]

_OK = 200
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LONGEST_URL = 8_192
_LONGEST_HEADER_LINE = 16 * 1024
_MOST_HEADERS = 128
_PARAM = "messages"
_WELL_FORMED = re.compile(r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+", re.ASCII)
"""An address that needs no further encoding (RFC 3986)."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file."""

    media_type: str
    """From its bytes: PNG, JPEG, GIF, WebP or PDF."""
    data: bytes


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that one fetch may take."""

    size: int = 20 * 1024 * 1024
    """Bytes."""
    connect: float = 5.0
    """Seconds for a connection and TLS."""
    total: float = 20.0
    """Seconds for everything, redirects included."""
    redirects: int = 3


@dataclass(frozen=True, slots=True)
class Reachable:
    """What may be connected to."""

    allows: Callable[[str], bool] = is_public
    """Whether an address, in numbers, may be."""
    ports: frozenset[int] = frozenset({443})


class Fetcher:
    """Fetches files. Made and used in one loop; `close` it at the end."""

    def __init__(
        self,
        *,
        bounds: Bounds = Bounds(),
        reachable: Reachable = Reachable(),
        trusted: ssl.SSLContext | None = None,
        resolver: AbstractResolver | None = None,
    ) -> None:
        """A fetcher; nothing is connected yet.

        Args:
            bounds: the most that one fetch may take.
            reachable: what may be connected to.
            trusted: the certificate authorities; those of the transport by default.
            resolver: finds the addresses of names; the system's by default.
        """
        self._bounds = bounds
        self._reachable = reachable
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=CheckedResolver(resolver or ThreadedResolver(), reachable.allows),
                use_dns_cache=False,
                force_close=True,
                ssl=trusted or httpx.create_ssl_context(),
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            headers={
                "user-agent": f"miavo/{__version__}",
                "accept": "image/png, image/jpeg, image/gif, image/webp, application/pdf",
                # A small compressed answer may be a huge one.
                "accept-encoding": "identity",
            },
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=bounds.connect),
            max_line_size=_LONGEST_HEADER_LINE,
            max_field_size=_LONGEST_HEADER_LINE,
            max_headers=_MOST_HEADERS,
        )

    async def fetch(self, url: str) -> Fetched:
        """Fetch a file.

        Raises:
            InvalidRequest: the address is not allowed, or no image or PDF within the bounds is to
                be had there. Names the host, and neither path nor query: they may be secret.
        """
        bounds = self._bounds
        target = self._checked(url)
        try:
            async with asyncio.timeout(bounds.total):
                for _ in range(bounds.redirects + 1):
                    found = await self._get(target)
                    if isinstance(found, Fetched):
                        return found
                    target = self._checked(found, target)
        except TimeoutError:
            raise _failed(target, f"it took longer than {bounds.total:g} s") from None
        raise _failed(target, f"it leads on more than {bounds.redirects} times")

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    def _checked(self, address: str, base: URL | None = None) -> URL:
        """An address that may be asked, as far as can be told from itself."""
        if len(address) > _LONGEST_URL:
            raise InvalidRequest("An address in the messages is too long.", param=_PARAM)
        try:
            # A signed address is good only as it was written.
            url = URL(address, encoded=_WELL_FORMED.fullmatch(address) is not None)
            url = base.join(url) if base is not None else url
            host, port = url.raw_host, url.port
        except ValueError:
            host = port = None
        if not host:
            raise InvalidRequest("An address in the messages cannot be read.", param=_PARAM)
        if url.scheme != "https":
            raise _failed(url, "only https addresses are fetched")
        if url.user is not None or url.password is not None:
            raise _failed(url, "an address with a user name in it is not fetched")
        if port not in self._reachable.ports:
            raise _failed(url, "only the usual port of https is asked")
        # Numbers are not resolved, so no resolver checks them.
        if _is_number(host) and not self._reachable.allows(host):
            raise _not_public(url)
        return url.with_fragment(None)

    async def _get(self, url: URL) -> Fetched | str:
        """The file, or the address that the server names in its place."""
        try:
            async with self._session.get(url, allow_redirects=False) as answer:
                if answer.status in _REDIRECTS:
                    return answer.headers.get("location", "")
                if answer.status != _OK:
                    raise _failed(url, f"its server answered with status {answer.status}")
                if answer.headers.get("content-encoding", "identity").lower() != "identity":
                    raise _failed(url, "its server compressed it, unasked")
                return _fetched(url, await self._read(url, answer))
        except NotPublic:
            raise _not_public(url) from None
        except aiohttp.ConnectionTimeoutError:
            raise _failed(url, f"no connection within {self._bounds.connect:g} s") from None
        except aiohttp.ClientConnectorDNSError:
            raise _failed(url, "its host name is unknown") from None
        except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError):
            raise _failed(url, "its certificate is not trusted, or it speaks no TLS") from None
        except aiohttp.ClientConnectorError:
            raise _failed(url, "it cannot be reached") from None
        except (aiohttp.ClientError, OSError, ValueError):
            raise _failed(url, "its server broke off, or does not speak HTTP") from None

    async def _read(self, url: URL, answer: aiohttp.ClientResponse) -> bytes:
        largest = self._bounds.size
        data = bytearray()
        if (answer.content_length or 0) <= largest:
            async for piece in answer.content.iter_any():
                data += piece
                if len(data) > largest:
                    break
            else:
                return bytes(data)
        raise _failed(url, f"it is larger than {largest / 1024 / 1024:g} MB")


def _fetched(url: URL, data: bytes) -> Fetched:
    kind = media_type(data)
    if kind is None:
        raise _failed(url, "it is neither PNG, JPEG, GIF or WebP nor a PDF")
    return Fetched(kind, data)


def _is_number(host: str) -> bool:
    """Whether aiohttp takes the host for an address and asks no resolver."""
    return ":" in host or host.replace(".", "").isdigit()


def _failed(url: URL, why: str) -> InvalidRequest:
    return InvalidRequest(f"The file at {url.host} could not be fetched: {why}.", param=_PARAM)


def _not_public(url: URL) -> InvalidRequest:
    return _failed(url, "its host is not on the public internet")
