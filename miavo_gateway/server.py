"""Running a gateway: embedded in a thread of its own, or headless.

Imported on the way to the app's first frame, so what is heavy is imported by the thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from miavo_gateway.announcement import Announcement, announce, find_running, withdraw
from miavo_gateway.errors import ConfigurationError
from miavo_gateway.home import Home

if TYPE_CHECKING:
    from miavo_gateway.gateway import Gateway
    from miavo_gateway.settings import Settings
    from miavo_gateway.store.checkup import DatabaseCheckup

__all__ = [
    "Announcement",
    "ConfigurationError",
    "EmbeddedGateway",
    "GatewayAlreadyRuns",
    "Home",
    "check_database",
    "find_running",
    "serve_until_stopped",
]

_LOCK_SECONDS = 10.0
_START_SECONDS = 30.0
_STOP_SECONDS = 5.0
_KEEP_ALIVE_SECONDS = 75.0
"""Longer than clients keep idle connections, so that none is closed under a request that is just
being sent; it is also what a crowd of new connections has to send their first request."""
_GRACE_SECONDS = 2.0
_LARGEST_MESSAGE = 20 * 1024 * 1024
"""Of a WebSocket: OpenAI takes 15 MiB of audio in one event."""
_KEEP_ALIVE_PROBES = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}
"""A client that vanished without a word is found in a minute; Hypercorn's own pings would keep its
connections open for a while when the gateway stops."""
_BACKLOG = 1024
_HEAD_START_SECONDS = 0.3


class GatewayAlreadyRuns(Exception):
    """A gateway answers on this home already."""

    def __init__(self, running: Announcement) -> None:
        super().__init__(f"a gateway already runs on this home: {running.url}")
        self.running = running


@dataclass(frozen=True, slots=True)
class _Flags:
    """What the command line said; None is not said."""

    host: str | None = None
    port: int | None = None
    database_url: str | None = None
    sandbox: bool | None = None
    quiet: bool = False
    """A gateway for the length of one command: not announced to others."""


class EmbeddedGateway:
    """A gateway in this process, in its own thread with its own event loop.

    Textual installs an eager task factory on its loop, and a busy screen would hold up API calls;
    so the two never share one.
    """

    def __init__(
        self,
        home: Home,
        *,
        host: str | None = None,
        port: int | None = None,
        sandbox: bool = False,
        announced: bool = True,
    ) -> None:
        self._home = home
        self._flags = _Flags(host=host, port=port, sandbox=sandbox or None, quiet=not announced)
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._started = threading.Event()
        self._url = ""
        self._failure: BaseException | None = None

    def start(self) -> str:
        """Start it and wait until it answers; its URL.

        Raises:
            ConfigurationError: it cannot start as it is set up.
            GatewayAlreadyRuns: another one answers on this home.
        """
        self._thread = threading.Thread(target=self._run, name="miavo-gateway", daemon=True)
        self._thread.start()
        if not self._started.wait(_START_SECONDS):
            raise ConfigurationError(
                f"the gateway did not start within {_START_SECONDS:.0f} seconds"
            )
        if self._failure is not None:
            raise self._failure
        return self._url

    def stop(self) -> None:
        """Stop it; returns after a few seconds even if something hangs."""
        if self._thread is None:
            return
        if self._loop is not None and self._stop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has closed already
                self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_STOP_SECONDS)
        self._thread = None

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as error:  # noqa: BLE001  handed to the thread that waits in start
            self._failure = error
        finally:
            self._started.set()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()

        def answering(gateway: Gateway) -> None:
            self._url = gateway.url
            self._started.set()

        await _serve(self._home, self._flags, self._stop, answering=answering)


def serve_until_stopped(
    home: Home,
    *,
    host: str | None = None,
    port: int | None = None,
    database_url: str | None = None,
    sandbox: bool = False,
    ready: Callable[[str], None],
) -> None:
    """Serve in this thread until SIGINT or SIGTERM; `ready` is told the URL once it answers.

    Raises:
        ConfigurationError: it cannot start as it is set up.
        GatewayAlreadyRuns: another one answers on this home.
    """

    async def main() -> None:
        stop = asyncio.Event()
        _on_signals(stop.set)
        flags = _Flags(host=host, port=port, database_url=database_url, sandbox=sandbox or None)
        await _serve(home, flags, stop, ready=lambda gateway: ready(gateway.url))

    asyncio.run(main())


def check_database(home: Home) -> DatabaseCheckup:
    """Look at the database that a gateway on this home would open, without changing it.

    Raises:
        ConfigurationError: the settings of the home are wrong.
    """
    from miavo_gateway.settings import load_settings
    from miavo_gateway.store import checkup

    return asyncio.run(checkup.check_database(load_settings(home).effective_database_url))


async def _serve(
    home: Home,
    flags: _Flags,
    stop: asyncio.Event,
    *,
    answering: Callable[[Gateway], None] | None = None,
    ready: Callable[[Gateway], None] | None = None,
) -> None:
    """Serve until `stop`; `answering` is told when it listens, `ready` when its books are open."""
    home.create()
    with _lock(home):
        from miavo_gateway.settings import load_settings

        # Before the slow imports: a wrong setting is told at once.
        settings = load_settings(
            home,
            host=flags.host,
            port=flags.port,
            database_url=flags.database_url,
            sandbox=flags.sandbox,
        )
        from hypercorn.asyncio import serve
        from hypercorn.config import Config

        from miavo_gateway.api.app import create_app
        from miavo_gateway.gateway import Gateway
        from miavo_gateway.log import close_log, open_log

        listener = _listen(settings)
        handler = open_log(home, settings.log_level)
        gateway = None
        try:
            gateway = Gateway.build(home, settings)
            gateway.url = _url_of(listener)
            config = Config()
            # The descriptor is Hypercorn's from here on: it closes what it is given.
            config.bind = [f"fd://{listener.detach()}"]
            config.backlog = _BACKLOG  # it listens anew, with its own hundred otherwise
            config.accesslog = None
            config.errorlog = None
            config.include_server_header = False
            config.graceful_timeout = _GRACE_SECONDS
            config.keep_alive_timeout = _KEEP_ALIVE_SECONDS
            config.websocket_max_message_size = _LARGEST_MESSAGE
            serving = asyncio.create_task(
                serve(create_app(gateway), config, shutdown_trigger=stop.wait), name="hypercorn"
            )
            opening: asyncio.TimerHandle | None = None
            mine = Announcement(gateway.url, os.getpid(), gateway.instance)
            if not flags.quiet:
                announce(home, mine)
            try:
                if answering is not None:
                    answering(gateway)
                if not flags.quiet:
                    # After the first answers: importing what the books need would hold them up.
                    opening = asyncio.get_running_loop().call_later(
                        _HEAD_START_SECONDS, gateway.open
                    )
                if ready is not None:
                    await gateway.opened()
                    ready(gateway)
                await _until(stop, serving)
            finally:
                if opening is not None:
                    opening.cancel()
                withdraw(home, mine)
                # Streams end first: Hypercorn waits for open connections when it stops.
                await gateway.stop()
                stop.set()
                await serving
                gateway.access_log.flush()
        finally:
            listener.close()
            close_log(handler)


async def _until(stop: asyncio.Event, serving: asyncio.Task[None]) -> None:
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({stopping, serving}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()


@contextlib.contextmanager
def _lock(home: Home) -> Iterator[None]:
    """Be the one gateway on this home."""
    from filelock import FileLock, Timeout

    lock = FileLock(home.lock_file)
    waited = 0.0
    while True:
        try:
            lock.acquire(timeout=0.2)
            break
        except Timeout:
            running = find_running(home)
            if running is not None:
                raise GatewayAlreadyRuns(running) from None
            waited += 0.2
            if waited >= _LOCK_SECONDS:
                raise ConfigurationError(
                    f"another process holds {home.lock_file} but does not answer"
                ) from None
    try:
        yield
    finally:
        lock.release()


def _listen(settings: Settings) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        if os.name == "posix":  # on Windows the option would let two gateways share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEP_ALIVE_PROBES.items():
            if (option := getattr(socket, name, None)) is not None:
                listener.setsockopt(socket.IPPROTO_TCP, option, value)
        listener.bind(address)
        listener.listen(_BACKLOG)
    # UnicodeError: what cannot be a host name, such as `a..b`.
    except (socket.gaierror, UnicodeError):
        raise ConfigurationError(
            f"'{settings.host}' is no address of this machine; choose another with --host, "
            "MIAVO_HOST or 'host' in config.toml"
        ) from None
    except OSError as error:
        what = "host" if error.errno == errno.EADDRNOTAVAIL else "port"
        raise ConfigurationError(
            f"cannot listen on {settings.host} port {settings.port}: "
            f"{(error.strerror or str(error)).lower()}; choose another with --{what}, "
            f"MIAVO_{what.upper()} or '{what}' in config.toml"
        ) from None
    listener.setblocking(False)
    return listener


def _url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:
        host = "127.0.0.1" if host == "0.0.0.0" else "::1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _on_signals(stop: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is None:
            continue
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))
