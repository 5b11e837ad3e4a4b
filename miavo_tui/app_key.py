"""The app's own key: made once, then kept in the OS keyring or, without one, in the home.

`MIAVO_SECRETS=file` chooses the file. A keyring that is missing, broken or waits for somebody who
is not there is passed over. The key appears in no log, error or screen.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from miavo_tui.file_replacement import replace_file

if TYPE_CHECKING:
    from miavo_tui.client import GatewayClient

__all__ = ["ensure", "renew"]

T = TypeVar("T")

_SERVICE = "miavo"
_KEY_NAME = "Miavo app"
_FILE_NAME = "app-key"
_KEYRING_SECONDS = 3.0
_GRACE_SECONDS = 86_400


async def ensure(client: GatewayClient, home: Path) -> str:
    """The kept key, or a new one where none is kept. Whether the gateway takes it, it will say.

    Raises:
        GatewayUnreachable: a key is to be made and no gateway answers.
        GatewayRefused: the gateway makes no key.
    """
    return await asyncio.to_thread(_read, home) or await renew(client, home)


async def renew(client: GatewayClient, home: Path) -> str:
    """Makes a key and keeps it in place of the one before.

    Raises:
        GatewayUnreachable: no gateway answers.
        GatewayRefused: the gateway makes no key.
    """
    secret = await _make(client)
    await asyncio.to_thread(_keep, home, secret)
    return secret


async def _make(client: GatewayClient) -> str:
    """A new key, or a new value for the app's key whose old one is kept no more, or elsewhere."""
    from miavo_tui.gateway_errors import GatewayRefused

    try:
        return (await client.keys.create(_KEY_NAME)).secret
    except GatewayRefused as refused:
        if refused.param != "name":
            raise
        for row in await client.keys.all():
            if row.name == _KEY_NAME and row.revoked_at is None:
                # Another app on this gateway may go on with the old value until it makes its own.
                made = await client.keys.rotate(row.id, grace_seconds=_GRACE_SECONDS)
                return made.secret
        raise


class _Keyring(Protocol):
    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...


def _read(home: Path) -> str | None:
    keyring = _keyring()
    if keyring is not None:
        kept = _within_time(lambda: keyring.get_password(_SERVICE, _user_name(home)))
        if kept:
            return kept
    with contextlib.suppress(OSError, ValueError):
        return (home / _FILE_NAME).read_text(encoding="utf-8").strip() or None
    return None


def _keep(home: Path, secret: str) -> None:
    keyring = _keyring()
    if keyring is not None:

        def put() -> bool:
            keyring.set_password(_SERVICE, _user_name(home), secret)
            return keyring.get_password(_SERVICE, _user_name(home)) == secret

        if _within_time(put):
            # An older key left in the file would be found first where the keyring later fails.
            with contextlib.suppress(OSError):
                (home / _FILE_NAME).unlink()
            return
    # Without a place to keep it the key serves this run, and the next one makes its own.
    with contextlib.suppress(OSError):
        replace_file(home / _FILE_NAME, secret + "\n")


def _user_name(home: Path) -> str:
    return f"app-key:{home}"


def _keyring() -> _Keyring | None:
    """The OS keyring, or None where there is none to use."""
    if os.environ.get("MIAVO_SECRETS") == "file":
        return None
    return _within_time(_find_keyring)


def _find_keyring() -> _Keyring | None:
    import keyring
    from keyring.backends import fail, null

    backend = keyring.get_keyring()
    # Backends say with their priority how usable they are; 0 and less means not at all.
    if isinstance(backend, fail.Keyring | null.Keyring) or backend.priority <= 0:
        return None
    found: _Keyring = backend
    return found


def _within_time(call: Callable[[], T]) -> T | None:
    """What `call` returns, or None when it fails or takes longer than a person would wait.

    The thread is a daemon: a keyring that waits for a password nobody types may not keep the app
    from closing.
    """
    results: list[T] = []

    def run() -> None:
        # A keyring's backends raise whatever their platform does, and none of it may carry on.
        with contextlib.suppress(Exception):
            results.append(call())

    thread = threading.Thread(target=run, name="keyring", daemon=True)
    thread.start()
    thread.join(_KEYRING_SECONDS)
    return results[0] if results else None
