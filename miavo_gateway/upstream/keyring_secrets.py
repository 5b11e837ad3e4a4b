"""Secrets in the operating system's keyring: Secret Service, Keychain or Credential Locker."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from miavo_gateway.errors import ConfigurationError
from miavo_gateway.upstream.secrets import Secret

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

__all__ = ["KeyringSecrets"]

T = TypeVar("T")

SERVICE = "miavo"
"""The service name of every entry."""

_ANSWER_SECONDS = 20.0
_LEAST_PRIORITY = 1
_ALTERNATIVE = (
    "Unlock or install one, or set MIAVO_SECRETS=file to keep the secrets in a file of the home "
    "that only you can read"
)


class KeyringSecrets:
    """Entries of the service `miavo`, whose user name is `credential:<home>:<id>`."""

    def __init__(self, home: Path, *, answer_within: float = _ANSWER_SECONDS) -> None:
        """A store for a home.

        Args:
            home: the home folder; part of the user name, so that homes do not mix.
            answer_within: seconds to wait for the keyring, which may be asking its owner for a
                password meanwhile.
        """
        self._home = home
        self._answer_within = answer_within
        # One call at a time: a locked keyring would open a prompt for each.
        self._turn = asyncio.Lock()

    async def get(self, credential_id: str) -> Secret | None:
        """See `SecretStore.get`."""
        user = self._user(credential_id)
        text = await self._ask(lambda keyring: keyring.get_password(SERVICE, user))
        return None if text is None else Secret(text)

    async def set(self, credential_id: str, secret: Secret) -> None:
        """See `SecretStore.set`."""
        user = self._user(credential_id)
        await self._ask(lambda keyring: keyring.set_password(SERVICE, user, secret.reveal()))

    async def delete(self, credential_id: str) -> None:
        """See `SecretStore.delete`."""
        user = self._user(credential_id)

        def delete(keyring: KeyringBackend) -> None:
            if keyring.get_password(SERVICE, user) is not None:
                keyring.delete_password(SERVICE, user)

        await self._ask(delete)

    def _user(self, credential_id: str) -> str:
        return f"credential:{self._home}:{credential_id}"

    async def _ask(self, question: Callable[[KeyringBackend], T]) -> T:
        async with self._turn:
            try:
                async with asyncio.timeout(self._answer_within):
                    return await _in_daemon_thread(lambda: question(_usable_keyring()))
            except TimeoutError:
                raise ConfigurationError(
                    f"the keyring has not answered for {self._answer_within:g} seconds; it may be "
                    f"locked and waiting for its password. {_ALTERNATIVE}"
                ) from None


def _usable_keyring() -> KeyringBackend:
    """The keyring of this session.

    Raises:
        ConfigurationError: there is none, or only one that keeps plain text or nothing.
    """
    import keyring
    import keyring.core

    found = keyring.get_keyring()
    if found.priority < _LEAST_PRIORITY:
        # The choice is remembered for the process; a keyring may have come up since.
        keyring.core.init_backend()
        found = keyring.get_keyring()
    if found.priority < _LEAST_PRIORITY:
        raise ConfigurationError(f"this session has no keyring. {_ALTERNATIVE}")
    return found


async def _in_daemon_thread(function: Callable[[], T]) -> T:
    """Run a function that may never return.

    Not `asyncio.to_thread`: its threads are joined when the loop closes, so one that waits for a
    password would keep the process from ending.

    Raises:
        ConfigurationError: the function failed; with the kind of error, and not its own words,
            which are a keyring's and may repeat anything.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: ConfigurationError | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result: T | None = None
        failure: ConfigurationError | None = None
        try:
            result = function()
        except ConfigurationError as error:
            failure = error
        except Exception as error:  # noqa: BLE001  back ends raise their own, and D-Bus's, errors
            failure = ConfigurationError(
                f"the keyring cannot be used ({type(error).__name__}). {_ALTERNATIVE}"
            )
        try:
            loop.call_soon_threadsafe(settle, result, failure)
        except RuntimeError:
            return  # the loop closed while the keyring was being asked

    threading.Thread(target=run, name="keyring", daemon=True).start()
    return await done
