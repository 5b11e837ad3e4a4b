"""What the tests of screens share: ways to start the app, and waiting for what it shall show."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from miavo_tui.app import MiavoApp
from miavo_tui.link import Phase
from miavo_tui.start import Connection, StartFailed
from tests.conftest import RunningGateway


class Attached:
    """Attaches to a gateway of a test; the app's files go to a home of their own."""

    def __init__(self, gateway: RunningGateway, home: Path) -> None:
        self.home = home
        self._gateway = gateway

    @property
    def gateway_files(self) -> Path:
        return self.home

    def connect(self) -> Connection:
        return Connection(self._gateway.url, self._gateway.admin_token, embedded=False)

    def close(self) -> None:
        pass


class Failing:
    """Fails as often as it is told to, then hands over to another start."""

    def __init__(self, home: Path, message: str, then: Attached | None = None) -> None:
        self.home = home
        self.tries = 0
        self._message = message
        self._then = then

    @property
    def gateway_files(self) -> Path:
        return self.home

    def connect(self) -> Connection:
        self.tries += 1
        if self._then is None or self.tries == 1:
            raise StartFailed(self._message)
        return self._then.connect()

    def close(self) -> None:
        pass


class Stuck:
    """A gateway that takes for ever to start, until the app is closed."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._closed = threading.Event()

    @property
    def gateway_files(self) -> Path:
        return self.home

    def connect(self) -> Connection:
        self._closed.wait(30)
        raise StartFailed("The app is closing.")

    def close(self) -> None:
        self._closed.set()


async def until(pilot: Pilot[None], condition: Callable[[], bool], what: str) -> None:
    """Waits for what shall come, up to a time that only a failure takes."""
    async with asyncio.timeout(15):
        try:
            while not condition():
                await pilot.pause(0.01)
        except TimeoutError:
            pass
        else:
            return
    raise AssertionError(f"never came: {what}")


async def ready(pilot: Pilot[None], app: MiavoApp) -> None:
    """Waits until the gateway's catalogue is in and the app has its key."""
    await until(
        pilot,
        lambda: (
            app.link.phase is Phase.READY
            and app.client is not None
            and app.client.api_key is not None
        ),
        "a ready gateway and a key",
    )
    await pilot.pause()
