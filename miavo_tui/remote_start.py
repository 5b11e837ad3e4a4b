"""Administering a gateway elsewhere: it is only called, never started."""

from __future__ import annotations

import asyncio
import re
import threading
from pathlib import Path
from urllib.parse import urlsplit

from miavo_tui.start import Connection, StartFailed, home_path

__all__ = ["RemoteStart", "gateway_url"]

_HEADING = "Not connected."
_PORTS = {"http": 80, "https": 443}


def gateway_url(given: str) -> str:
    """The address of a gateway as a person writes it, in full: `http://HOST:PORT`.

    Raises:
        ValueError: it is none; the message says why, in a few words.
    """
    text = given.strip()
    if "://" not in text:
        text = f"http://{text}"
    parts = urlsplit(text)
    try:
        port = parts.port
    except ValueError:
        raise ValueError("the port is no number from 0 to 65535") from None
    if parts.scheme not in _PORTS:
        raise ValueError("an address begins with http:// or https://")
    if not parts.hostname:
        raise ValueError("the host is missing")
    if parts.username or parts.password:
        raise ValueError("no name or password belongs into it: see --admin-token")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("only scheme, host and port belong into it, such as http://10.0.0.5:6428")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")


class RemoteStart:
    """Connects to the gateway at an address with its admin token.

    `connect` blocks, for seconds where nothing answers: run it off an event loop.
    """

    def __init__(self, url: str, admin_token: str, *, home: Path | None = None) -> None:
        """Prepares the connection.

        Args:
            url: the gateway's address.
            admin_token: what its `admin-token` file holds.
            home: the home folder for the app's own files.
        """
        self._url = url
        self._admin_token = admin_token
        self._home_given = home
        self._closed = threading.Event()

    @property
    def home(self) -> Path:
        """The folder of the app's own files."""
        return home_path(self._home_given)

    @property
    def gateway_files(self) -> Path:
        """The folder of what belongs to this gateway alone."""
        return self.home / "gateways" / re.sub(r"[^a-z0-9.-]+", "_", self._url.lower())

    def connect(self) -> Connection:
        """Asks the gateway for its state, once.

        Raises:
            StartFailed: nothing answers, it is no Miavo gateway, or it refuses the token.
        """
        if self._closed.is_set():
            raise StartFailed("The app is closing.", heading=_HEADING)
        try:
            self.gateway_files.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            message = f"{error.filename or self.home}: {error.strerror}"
            raise StartFailed(message, heading=_HEADING) from None
        asyncio.run(self._check())
        return Connection(self._url, self._admin_token, embedded=False)

    async def _check(self) -> None:
        from miavo_tui.client import GatewayClient, GatewayRefused, GatewayUnreachable

        client = GatewayClient(self._url, self._admin_token)
        try:
            await client.gateway()
        except GatewayUnreachable as error:
            raise StartFailed(
                f"{error} Check the address, and that the gateway runs and listens on more than "
                "its own machine (miavo serve --host).",
                heading=_HEADING,
            ) from None
        except GatewayRefused as refused:
            raise StartFailed(
                self._why(refused.status, refused.code),
                heading=_HEADING,
                wrong_token=refused.code == "authentication_error",
            ) from None
        finally:
            await client.close()

    def _why(self, status: int, code: str) -> str:
        if code == "authentication_error":
            return (
                f"The gateway at {self._url} does not take this admin token. The right one is in "
                "the file admin-token in its home; pass it with --admin-token or "
                "MIAVO_ADMIN_TOKEN."
            )
        if code == "unexpected_answer" or status in (200, 404, 405):
            return f"What answers at {self._url} is no Miavo gateway."
        return f"The gateway at {self._url} answers with an error (HTTP {status})."

    def close(self) -> None:
        """Nothing was started, so nothing is stopped."""
        self._closed.set()
