"""Getting hold of a gateway: the one that runs on this home, or a new one in this process.

The only module of the app that imports the gateway.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from miavo_gateway.server import EmbeddedGateway, Home

__all__ = [
    "Checkup",
    "Connection",
    "GatewayStart",
    "StartFailed",
    "check_database",
    "home_path",
    "running_gateway",
    "serve",
]


@dataclass(frozen=True, slots=True)
class Connection:
    """A gateway that answers."""

    url: str
    admin_token: str
    embedded: bool
    """Whether it runs in this process; else the app is attached to one that ran already."""

    def __repr__(self) -> str:
        """The repr without the token: a traceback or a log line may show it."""
        return f"Connection(url={self.url!r}, embedded={self.embedded})"


class StartFailed(Exception):
    """No gateway could be reached or started.

    Attributes:
        heading: what did not happen, in one sentence.
        message: one sentence that says why, for a person.
        wrong_token: whether a gateway answered and did not take the admin token.
    """

    def __init__(
        self,
        message: str,
        *,
        heading: str = "The gateway did not start.",
        wrong_token: bool = False,
    ) -> None:
        super().__init__(message)
        self.heading = heading
        self.wrong_token = wrong_token
        self.message = message


class GatewayStart:
    """Attaches to the gateway on a home, or starts one in this process.

    `connect` and `close` block, for a second or two: run them off an event loop.
    """

    def __init__(
        self,
        home: str | os.PathLike[str] | None = None,
        *,
        host: str | None = None,
        port: int | None = None,
        sandbox: bool = False,
        announced: bool = True,
    ) -> None:
        self._home_given = home
        self._host = host
        self._port = port
        self._sandbox = sandbox
        self._announced = announced
        self._embedded: EmbeddedGateway | None = None
        # The app may be closed while its gateway is still starting.
        self._lock = threading.Lock()
        self._closed = False

    @property
    def home(self) -> Path:
        """The folder for what the app keeps."""
        return home_path(self._home_given)

    @property
    def gateway_files(self) -> Path:
        """The folder for what it keeps of this gateway: the home that both share."""
        return self.home

    def connect(self) -> Connection:
        """Attach to the gateway that runs on this home, else start one.

        Raises:
            StartFailed: neither worked.
        """
        from miavo_gateway.server import (
            ConfigurationError,
            EmbeddedGateway,
            GatewayAlreadyRuns,
            find_running,
        )

        with self._lock:
            if self._closed:
                raise StartFailed("The app is closing.")
            try:
                home = _home(self._home_given)
                home.create()
                running = find_running(home)
                if running is None:
                    if self._embedded is not None:
                        self._embedded.stop()
                    self._embedded = EmbeddedGateway(
                        home,
                        host=self._host,
                        port=self._port,
                        sandbox=self._sandbox,
                        announced=self._announced,
                    )
                    try:
                        return Connection(self._embedded.start(), home.admin_token(), embedded=True)
                    except GatewayAlreadyRuns as already:  # it won the race
                        running = already.running
                if self._sandbox:
                    raise StartFailed(
                        f"A gateway already runs on this home: {running.url}. Stop it and try "
                        "again, or attach to it without --sandbox."
                    )
                return Connection(running.url, home.admin_token(), embedded=False)
            except ConfigurationError as error:
                raise StartFailed(error.message) from None
            except OSError as error:
                raise StartFailed(f"{error.filename or 'the home'}: {error.strerror}") from None

    def close(self) -> None:
        """Stop the gateway of this process; one that was attached to runs on."""
        with self._lock:
            self._closed = True
            if self._embedded is not None:
                self._embedded.stop()
                self._embedded = None


def serve(
    home: str | os.PathLike[str] | None,
    *,
    host: str | None,
    port: int | None,
    database_url: str | None,
    sandbox: bool,
    ready: Callable[[str], None],
) -> None:
    """Run the gateway alone until it is told to stop; see `serve_until_stopped`.

    Raises:
        StartFailed: it cannot start.
    """
    from miavo_gateway.server import ConfigurationError, GatewayAlreadyRuns, serve_until_stopped

    try:
        serve_until_stopped(
            _home(home),
            host=host,
            port=port,
            database_url=database_url,
            sandbox=sandbox,
            ready=ready,
        )
    except ConfigurationError as error:
        raise StartFailed(error.message) from None
    except GatewayAlreadyRuns as already:
        raise StartFailed(
            f"a gateway already runs on this home: {already.running.url} "
            f"(process {already.running.pid})"
        ) from None


def running_gateway(home: str | os.PathLike[str] | None) -> str | None:
    """The address of the gateway that runs on a home now, if one does.

    Raises:
        StartFailed: the home cannot be used.
    """
    from miavo_gateway.server import ConfigurationError, find_running

    chosen = _home(home)
    try:
        chosen.create()
    except ConfigurationError as error:
        raise StartFailed(error.message) from None
    running = find_running(chosen)
    return running.url if running else None


@dataclass(frozen=True, slots=True)
class Checkup:
    """What was found of one thing that a gateway needs."""

    sound: bool
    detail: str
    """One line for a person."""


def check_database(home: str | os.PathLike[str] | None) -> Checkup:
    """Whether the database of a home can be opened, is whole and up to date; nothing is changed."""
    from miavo_gateway.server import ConfigurationError
    from miavo_gateway.server import check_database as look

    try:
        found = look(_home(home))
    except ConfigurationError as error:
        return Checkup(sound=False, detail=error.message)
    return Checkup(found.sound, found.detail)


def home_path(given: str | os.PathLike[str] | None) -> Path:
    """The home folder: the one given, else `MIAVO_HOME`, else the platform's."""
    return _home(given).path


def _home(given: str | os.PathLike[str] | None) -> Home:
    from miavo_gateway.server import Home

    return Home.locate(given)
