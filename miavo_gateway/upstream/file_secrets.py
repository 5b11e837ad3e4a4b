"""Secrets in a file of the home, for machines without a keyring."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from miavo_gateway.errors import ConfigurationError
from miavo_gateway.home import write_private
from miavo_gateway.upstream.secrets import Secret

__all__ = ["FileSecrets"]

_LOCK_SECONDS = 10
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class FileSecrets:
    """`secrets.json`, readable by its owner alone (0600).

    Whoever asked for it with `MIAVO_SECRETS=file` accepted that the secrets lie on the disk as
    they are. The file is replaced whole: a crash at any point leaves the old one or the new one.
    """

    def __init__(self, home: Path) -> None:
        self._path = home / "secrets.json"
        # One fixed name: a crash leaves at most one draft, and the next write removes it.
        self._draft = home / ".secrets.json.new"
        self._lock = FileLock(home / ".secrets.lock", timeout=_LOCK_SECONDS, thread_local=False)
        self._turn = asyncio.Lock()

    async def get(self, credential_id: str) -> Secret | None:
        """See `SecretStore.get`."""
        text = (await asyncio.to_thread(self._read)).get(credential_id)
        return None if text is None else Secret(text)

    async def set(self, credential_id: str, secret: Secret) -> None:
        """See `SecretStore.set`."""

        def put(kept: dict[str, str]) -> None:
            kept[credential_id] = secret.reveal()

        await self._change(put)

    async def delete(self, credential_id: str) -> None:
        """See `SecretStore.delete`."""

        def drop(kept: dict[str, str]) -> None:
            kept.pop(credential_id, None)

        await self._change(drop)

    async def _change(self, change: Callable[[dict[str, str]], None]) -> None:
        async with self._turn:
            await asyncio.to_thread(self._change_now, change)

    def _change_now(self, change: Callable[[dict[str, str]], None]) -> None:
        # The lock is against other processes: a command may run beside the gateway.
        try:
            with self._lock:
                kept = self._read()
                before = dict(kept)
                change(kept)
                if kept != before:
                    self._write(kept)
        except Timeout:
            raise ConfigurationError(
                f"{self._path} is being changed by another process that does not end"
            ) from None
        except OSError as error:
            raise ConfigurationError(f"{self._path}: {error.strerror or error}") from None

    def _read(self) -> dict[str, str]:
        try:
            with self._path.open("rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                content = file.read()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise ConfigurationError(f"{self._path}: {error.strerror or error}") from None
        if os.name == "posix" and mode & _OTHERS:
            # Closing it silently would hide that the secrets have been open to others.
            raise ConfigurationError(
                f"{self._path} can be read by other users (mode {stat.S_IMODE(mode):04o}): "
                f"consider its secrets known, then run 'chmod 600 {self._path}'"
            )
        try:
            kept = json.loads(content)["secrets"]
            if not all(isinstance(text, str) for text in kept.values()):
                raise TypeError
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ConfigurationError(f"{self._path} is damaged: it holds no secrets") from None
        return dict(kept)

    def _write(self, kept: dict[str, str]) -> None:
        # Unlinked first: an existing file would keep its own mode, and a link its target.
        self._draft.unlink(missing_ok=True)
        write_private(self._draft, json.dumps({"version": 1, "secrets": kept}, indent=1))
        self._draft.replace(self._path)
        if os.name == "posix":
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
