"""The app's link to its gateway: made after the first frame, watched, and made again when lost."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from miavo_tui.gateway_errors import GatewayRefused, GatewayUnreachable
from miavo_tui.plain_text import printable
from miavo_tui.start import Connection, StartFailed

if TYPE_CHECKING:
    from miavo_tui.client import GatewayClient

__all__ = ["GatewayLink", "Link", "Phase", "Start"]

_PING_SECONDS = 5.0
_ASK_SECONDS = 0.5
_FIRST_RETRY_SECONDS = 0.5
_LAST_RETRY_SECONDS = 10.0


class Start(Protocol):
    """What starts, or finds, the gateway. All of it blocks and is called off the event loop."""

    @property
    def home(self) -> Path:
        """The folder of the app's own files."""
        ...

    @property
    def gateway_files(self) -> Path:
        """The folder of what belongs to this gateway alone: the app's key, the models kept."""
        ...

    def connect(self) -> Connection:
        """Starts or finds a gateway that answers; may be called again after a failure or a loss.

        Raises:
            StartFailed: neither worked.
        """
        ...

    def close(self) -> None:
        """Stops what was started; returns within a few seconds."""
        ...


class Phase(Enum):
    """How the link stands."""

    STARTING = "starting"
    READY = "ready"
    LOST = "lost"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Link:
    """The link as the screens show it."""

    phase: Phase = Phase.STARTING
    url: str = ""
    """The gateway's address, once known."""
    heading: str = ""
    """For a failure: what did not happen, in one sentence."""
    detail: str = ""
    """For a failure: why, in one sentence."""
    sandbox: bool = False
    """Whether the gateway simulates the providers for which it has no credential."""

    @property
    def address(self) -> str:
        """The address without its scheme: `127.0.0.1:6428`."""
        return self.url.partition("://")[2]


class GatewayLink:
    """Keeps one gateway connected and says how it stands.

    Attributes:
        client: what calls the gateway; None before the first connection.
    """

    def __init__(
        self,
        start: Start,
        *,
        report: Callable[[Link], None],
        read_only: bool = False,
        welcome: Callable[[GatewayClient], Awaitable[None]],
    ) -> None:
        """Prepares the link without touching anything.

        Args:
            start: starts or finds the gateway.
            report: told of every change; called on the event loop.
            read_only: whether the client may change nothing.
            welcome: awaited each time that the gateway has become ready, also after a loss.
        """
        self.client: GatewayClient | None = None
        self._start = start
        self._report = report
        self._read_only = read_only
        self._sandbox = False
        self._welcome = welcome
        self._embedded = False
        self._lost = False
        self._anew = False
        self._wake = asyncio.Event()

    async def in_flight(self) -> int:
        """How many requests would be cut off if the app were left now.

        0 for a gateway that runs on without the app, and for one that does not say within a
        moment.
        """
        if not self._embedded or self.client is None:
            return 0
        try:
            status = await asyncio.wait_for(self.client.gateway(), _ASK_SECONDS)
        except (TimeoutError, GatewayUnreachable, GatewayRefused):
            return 0
        return status.requests_in_flight

    def wake(self) -> None:
        """Looks at once instead of at the next turn: a call has just failed."""
        self._wake.set()

    def retry(self) -> None:
        """Starts or finds a gateway anew: the user asks for it."""
        self._anew = True
        self._wake.set()

    async def run(self) -> None:
        """Connects and keeps watch until cancelled."""
        delay = 0.0
        while True:
            if await self._connect():
                delay = 0.0
                await self._watch()
            elif self._lost:
                delay = _next_delay(delay)
                await self._pause(delay)
            else:
                await self._pause(None)

    async def close(self) -> None:
        """Hangs up and stops what was started."""
        if self.client is not None:
            await self.client.close()
        await asyncio.to_thread(self._start.close)

    async def _connect(self) -> bool:
        self._anew = False
        if not self._lost:
            self._report(Link(Phase.STARTING))
        try:
            connection = await asyncio.to_thread(self._start.connect)
            # The records of the whole API come with the client: the first frame needs none of them.
            client_module = await asyncio.to_thread(importlib.import_module, "miavo_tui.client")
        except Exception as error:  # noqa: BLE001 - whatever stopped it, the user reads of it
            if self._lost and isinstance(error, StartFailed) and error.wrong_token:
                self._tell_lost(error.message)
            if not self._lost:
                failure = (
                    error
                    if isinstance(error, StartFailed)
                    else StartFailed(f"{type(error).__name__}: {error}")
                )
                detail = printable(failure.message)
                self._report(Link(Phase.FAILED, heading=failure.heading, detail=detail))
            return False
        client: GatewayClient = client_module.GatewayClient(
            connection.url, connection.admin_token, read_only=self._read_only
        )
        # After a loss what is found may be what was lost: only an answer ends it.
        if self._lost and not await self._answers(client):
            await client.close()
            return False
        if self.client is not None:
            await self.client.close()
        self.client, self._embedded = client, connection.embedded
        await self._ready(client)
        return True

    async def _ready(self, client: GatewayClient) -> None:
        self._lost = False
        self._report(Link(Phase.READY, client.url, sandbox=self._sandbox))
        try:
            await self._welcome(client)
            await self._answers(client)
        except (GatewayUnreachable, GatewayRefused):
            # What the welcome could not fetch shows as missing; the next ping tells of the link.
            self.wake()

    async def _watch(self) -> None:
        """Pings. Returns when a gateway outside this process is gone and must be found anew."""
        client = self.client
        assert client is not None
        delay = 0.0
        while True:
            await self._pause(_PING_SECONDS if not self._lost else delay)
            if await self._answers(client):
                if self._lost:
                    delay = 0.0
                    await self._ready(client)
                continue
            if not self._lost:
                self._lost = True
                self._tell_lost()
            # A gateway in this process that is only busy may not be started twice, so that one
            # is asked again and again; starting it anew is for the user to say.
            if not self._embedded or self._anew:
                return
            delay = _next_delay(delay)

    def _tell_lost(self, detail: str = "") -> None:
        url = "" if self.client is None else self.client.url
        link = Link(Phase.LOST, url, detail=printable(detail), sandbox=self._sandbox)
        self._report(link)

    async def _answers(self, client: GatewayClient) -> bool:
        try:
            status = await client.gateway()
        except (GatewayUnreachable, GatewayRefused):
            return False
        if status.sandbox != self._sandbox:
            self._sandbox = status.sandbox
            if client is self.client and not self._lost:
                self._report(Link(Phase.READY, client.url, sandbox=status.sandbox))
        return True

    async def _pause(self, seconds: float | None) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return
        finally:
            self._wake.clear()


def _next_delay(delay: float) -> float:
    return min(delay * 2, _LAST_RETRY_SECONDS) if delay else _FIRST_RETRY_SECONDS
