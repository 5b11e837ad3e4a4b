"""From the errors of httpx and aiohttp to the faults of this package."""

from __future__ import annotations

import os

import aiohttp
import httpx

from miavo_gateway.upstream.faults import (
    Cut,
    Phase,
    TimedOut,
    Unreachable,
    Unreadable,
    UpstreamFault,
)

__all__ = ["fault_of"]


def fault_of(error: BaseException, connect_seconds: float, *, begun: bool) -> UpstreamFault:
    """The fault of a library's error.

    httpx-aiohttp maps aiohttp's errors to those of httpx roughly: a refused connection and a
    server that hangs up both become `httpx.ConnectTimeout`. So the original decides, which is
    the cause of the mapped one.

    Args:
        error: what was raised.
        connect_seconds: the longest wait for a connection, for the message.
        begun: whether the answer's head had come.
    """
    original = error.__cause__ if isinstance(error, httpx.HTTPError) and error.__cause__ else error
    if begun:
        return Cut("broke off in the middle of its answer")
    match original:
        case aiohttp.ConnectionTimeoutError() | httpx.TimeoutException():
            return TimedOut(Phase.CONNECT, connect_seconds)
        case aiohttp.ClientProxyConnectionError() | aiohttp.ClientHttpProxyError():
            return Unreachable("cannot be reached: the proxy does not connect")
        case aiohttp.ClientConnectorCertificateError():
            return Unreachable("has a certificate that is not trusted")
        case aiohttp.ClientConnectorSSLError():
            return Unreachable("does not speak TLS as expected")
        case aiohttp.ClientConnectorDNSError():
            return Unreachable("cannot be reached: its host name is unknown")
        case aiohttp.ClientConnectorError(os_error=OSError(errno=int(number))) if number > 0:
            # Not the error's own words, which carry the address.
            return Unreachable(f"cannot be reached: {os.strerror(number).lower()}")
        case (
            aiohttp.InvalidURL()
            | aiohttp.NonHttpUrlClientError()
            | httpx.InvalidURL()
            | httpx.UnsupportedProtocol()
            | aiohttp.ClientConnectorError()
        ):
            return Unreachable("cannot be reached at the address that is set")
        case aiohttp.ClientResponseError() | aiohttp.ClientPayloadError():
            return Unreadable("answered with something that is not HTTP, or with too large a head")
        case _:
            return Cut("hung up without an answer")
