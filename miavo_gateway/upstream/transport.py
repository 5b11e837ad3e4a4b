"""HTTP to the upstreams: one pooled client, every wait bounded, bytes passed on as they came.

Importing this module loads httpx and aiohttp, which takes a while: import it in a thread.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Mapping
from contextvars import ContextVar
from types import TracebackType
from typing import Self

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from yarl import URL

from miavo_gateway import __version__
from miavo_gateway.upstream.exchange_terms import Answer, Timeouts
from miavo_gateway.upstream.faults import NoUpgrade, Phase, TimedOut, Unreadable
from miavo_gateway.upstream.silence import SilenceWatch
from miavo_gateway.upstream.socket import UpstreamSocket
from miavo_gateway.upstream.transport_faults import fault_of

__all__ = ["Transport", "UpstreamStream"]

_MOST_CONNECTIONS = 4_096
_KEEP_ALIVE_SECONDS = 20.0
"""Shorter than the idle time of usual load balancers (60 s), so that it is this side that closes
an idle connection, and no request is sent into one that is being closed."""
_DNS_SECONDS = 30
_LONGEST_HEADER_LINE = 16 * 1024
_MOST_HEADERS = 128
_LARGEST_BODY = 256 * 1024 * 1024
_LARGEST_ERROR = 256 * 1024
_LARGEST_FRAME = 32 * 1024 * 1024
_PING_SECONDS = 30.0
"""A provider that answers no ping within half of it is taken for gone."""
_CLOSE_SECONDS = 1.0
"""The wait for the provider's own goodbye."""
_HEADERS = {"user-agent": f"miavo/{__version__}", "accept-encoding": "identity"}
_MOST_ADDRESSES = 256
_parsed = functools.lru_cache(_MOST_ADDRESSES)(httpx.URL)
_written: ContextVar[str] = ContextVar("written")
"""The address of the request that is being sent, as it was given."""


_refusal: ContextVar[dict[int, bytes] | None] = ContextVar("refusal", default=None)
"""Where the body of an answer is kept that was to be an upgrade and is none."""
_UPGRADED = 101


async def _send_as_written(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    # aiohttp has decoded what need not be encoded, such as the %3A of AWS's model ids. Signatures
    # are over the path as it is written.
    request.url = URL(_written.get(), encoded=True)
    response = await send(request)
    refusal = _refusal.get()
    if refusal is not None and response.status != _UPGRADED:
        # aiohttp tells of a refused upgrade without its body, which says why.
        refusal[response.status] = await response.content.read(_LARGEST_ERROR)
    return response


class UpstreamStream:
    """An answer whose head is here and whose body is coming. Leave it (`async with`) to hang up."""

    def __init__(self, response: httpx.Response, timeouts: Timeouts, deadline: float) -> None:
        self._response = response
        self._timeouts = timeouts
        self._deadline = deadline

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._response.status_code

    @property
    def headers(self) -> httpx.Headers:
        """The headers; names in any case."""
        return self._response.headers

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body in pieces as they come.

        Raises:
            TimedOut: it fell silent, or took too long in all.
            Cut: the connection was lost before the body was whole.
        """
        response = self._response
        # Asked not to compress, some proxies in between do it all the same.
        encoded = response.headers.get("content-encoding", "identity") != "identity"
        assert isinstance(response.stream, httpx.AsyncByteStream), "its body is still to come"
        pieces = response.aiter_bytes() if encoded else aiter(response.stream)
        watch = SilenceWatch(self._timeouts.silence, self._deadline)
        try:
            while True:
                try:
                    piece = await watch.wait(anext(pieces))
                except StopAsyncIteration:
                    return
                except TimeoutError:
                    if watch.past_deadline:
                        raise TimedOut(Phase.TOTAL, self._timeouts.total) from None
                    raise TimedOut(Phase.SILENCE, self._timeouts.silence) from None
                except (httpx.HTTPError, aiohttp.ClientError, OSError) as error:
                    raise fault_of(error, self._timeouts.connect, begun=True) from None
                if piece:
                    yield piece
        finally:
            watch.close()
            await self.close()

    async def read(self, *, largest: int = _LARGEST_ERROR) -> bytes:
        """The rest of the body, such as that of an error.

        Raises:
            Unreadable: it is larger than `largest` bytes.
            UpstreamFault: as `chunks`.
        """
        body = bytearray()
        async for piece in self.chunks():
            body += piece
            if len(body) > largest:
                await self.close()
                raise Unreadable(f"sent more than the {largest} bytes that are taken")
        return bytes(body)

    async def close(self) -> None:
        """Hang up, unless the whole answer has come: then the connection is kept for reuse."""
        await self._response.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()


class Transport:
    """The one client of a process. Made and used in the gateway's loop.

    httpx's transport is asked itself, not through httpx's client: what that adds (redirects,
    cookies, credentials, settings of its own to merge) is not wanted here, and took a tenth of the
    time of a request.
    """

    def __init__(self, *, proxy: str | None = None) -> None:
        """A client; nothing is connected yet.

        Args:
            proxy: the address of an HTTP proxy for all requests. The variables of the environment
                that name proxies are not read: they would send secrets where nobody expects.
        """
        # Trusts the certificate authorities that SSL_CERT_FILE names, else those of certifi.
        context = httpx.create_ssl_context()

        def session() -> aiohttp.ClientSession:
            return aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=_MOST_CONNECTIONS,
                    keepalive_timeout=_KEEP_ALIVE_SECONDS,
                    ttl_dns_cache=_DNS_SECONDS,
                    ssl=context,
                ),
                # Credentials share this client: a cookie set for one must not be sent with another.
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                max_line_size=_LONGEST_HEADER_LINE,
                max_field_size=_LONGEST_HEADER_LINE,
                max_headers=_MOST_HEADERS,
                middlewares=(_send_as_written,),
            )

        self._proxy = proxy
        self._new_session = session
        self._sockets: aiohttp.ClientSession | None = None
        self._http = AiohttpTransport(
            verify=context, client=session, proxy=httpx.Proxy(proxy) if proxy else None
        )

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        timeouts: Timeouts | None = None,
        largest: int = _LARGEST_BODY,
    ) -> Answer:
        """Send a request and read the whole answer, whatever its status; redirects are answers.

        Args:
            method: the HTTP method.
            url: the whole URL.
            headers: added to those of the client, or instead of them.
            content: the body.
            timeouts: the longest waits.
            largest: the most bytes of body that are taken.

        Raises:
            UpstreamFault: there is no whole answer.
        """
        stream = await self.stream(method, url, headers=headers, content=content, timeouts=timeouts)
        async with stream:
            body = await stream.read(largest=largest)
            return Answer(stream.status, stream.headers, body)

    async def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        timeouts: Timeouts | None = None,
    ) -> UpstreamStream:
        """Send a request and return when the answer's head is here. Arguments as in `request`.

        Raises:
            UpstreamFault: there is no head: `Unreachable`, `TimedOut`, `Cut` or `Unreadable`.
        """
        timeouts = timeouts or Timeouts()
        loop = asyncio.get_running_loop()
        began = loop.time()
        # `read` stays open: the waits for the head and between pieces differ, and are kept here.
        limits = {"connect": timeouts.connect, "pool": timeouts.connect}
        try:
            request = httpx.Request(
                method,
                _parsed(url),
                headers={**_HEADERS, **(headers or {})},
                content=content,
                extensions={"timeout": limits},
            )
            _written.set(str(request.url))
            async with asyncio.timeout(min(timeouts.head, timeouts.total)):
                response = await self._http.handle_async_request(request)
        except TimeoutError:
            raise TimedOut(Phase.HEAD, min(timeouts.head, timeouts.total)) from None
        except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError) as error:
            # The library's error holds the request, with the secret in its headers.
            raise fault_of(error, timeouts.connect, begun=False) from None
        return UpstreamStream(response, timeouts, began + timeouts.total)

    async def connect(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        timeouts: Timeouts | None = None,
    ) -> UpstreamSocket:
        """Open a socket.

        Args:
            url: `ws:` or `wss:`.
            headers: added to those of the client.
            timeouts: the longest waits; `head` is that for the upgrade.

        Raises:
            NoUpgrade: the provider answered with something else.
            UpstreamFault: there is no answer.
        """
        timeouts = timeouts or Timeouts(head=10.0)
        if self._sockets is None:
            self._sockets = self._new_session()
        _written.set(url)
        refusal: dict[int, bytes] = {}
        _refusal.set(refusal)
        try:
            async with asyncio.timeout(timeouts.head):
                socket = await self._sockets.ws_connect(
                    URL(url, encoded=True),
                    headers={"user-agent": _HEADERS["user-agent"], **headers},
                    proxy=self._proxy,
                    timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSE_SECONDS),
                    heartbeat=_PING_SECONDS,
                    max_msg_size=_LARGEST_FRAME,
                )
        except TimeoutError:
            raise TimedOut(Phase.HEAD, timeouts.head) from None
        except aiohttp.WSServerHandshakeError as error:
            given = {name.lower(): value for name, value in (error.headers or {}).items()}
            raise NoUpgrade(error.status, given, refusal.get(error.status, b"")) from None
        except (aiohttp.ClientError, OSError) as error:
            raise fault_of(error, timeouts.connect, begun=False) from None
        finally:
            _refusal.set(None)
        return UpstreamSocket(socket)

    async def close(self) -> None:
        """Close every connection."""
        if self._sockets is not None:
            await self._sockets.close()
        await self._http.aclose()
