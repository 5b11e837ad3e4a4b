"""A socket to a provider. The transport opens it; whoever has it closes it.

Pings are sent and answered beneath. What comes is read no faster than it is taken, and what goes
waits while the provider does not read.

Importing this module loads aiohttp, which takes a while: import it in a thread.
"""

from __future__ import annotations

import asyncio
import contextlib

import aiohttp

from miavo_gateway.upstream.faults import Closed, Cut, Phase, TimedOut, Unreadable

__all__ = ["UpstreamSocket"]

_LOST = 1006
_GOODBYE_SECONDS = 1.5


class UpstreamSocket:
    """One socket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse[bool]) -> None:
        self._socket = socket

    async def send(self, frame: str, *, seconds: float) -> None:
        """Send a message.

        Raises:
            TimedOut: the provider did not take it within `seconds`.
            Cut: the connection is lost.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._socket.send_str(frame)
        except TimeoutError:
            raise TimedOut(Phase.SILENCE, seconds) from None
        except (aiohttp.ClientError, ConnectionError, OSError):
            raise Cut("broke off in the middle of the session") from None

    async def receive(self) -> str | bytes:
        """The next message; waits for as long as it takes.

        Raises:
            Closed: the provider closed the socket.
            Unreadable: a message is broken or too large.
        """
        message = await self._socket.receive()
        if message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
            data: str | bytes = message.data
            return data
        if message.type is aiohttp.WSMsgType.ERROR:
            raise Unreadable("sent what is no message, or too large a one")
        reason = message.extra if message.type is aiohttp.WSMsgType.CLOSE else ""
        raise Closed(self._socket.close_code or _LOST, reason or "")

    async def close(self) -> None:
        """Hang up; a moment is waited for the provider to take it and to agree."""
        with contextlib.suppress(TimeoutError):
            # A provider that does not read would not take the goodbye either.
            async with asyncio.timeout(_GOODBYE_SECONDS):
                await self._socket.close()
