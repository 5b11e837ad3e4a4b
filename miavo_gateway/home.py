"""The home folder: where a gateway keeps what outlives it.

Imported on the way to the app's first frame, so it uses the standard library only.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from miavo_gateway.errors import ConfigurationError

__all__ = ["Home"]


@dataclass(frozen=True, slots=True)
class Home:
    """Paths in a home folder. Nothing is created until `create` is called."""

    path: Path

    @classmethod
    def locate(cls, given: str | os.PathLike[str] | None = None) -> Home:
        """The folder given, else `MIAVO_HOME`, else the platform's user-data folder."""
        chosen = given or os.environ.get("MIAVO_HOME")
        if not chosen:
            from platformdirs import user_data_path

            return cls(user_data_path("miavo", appauthor=False))
        return cls(Path(chosen).expanduser().absolute())

    @property
    def config_file(self) -> Path:
        """What the person set: `config.toml`."""
        return self.path / "config.toml"

    @property
    def database_file(self) -> Path:
        """The SQLite database."""
        return self.path / "miavo.db"

    @property
    def logs(self) -> Path:
        """The folder of log files."""
        return self.path / "logs"

    @property
    def media(self) -> Path:
        """The folder of rendered media."""
        return self.path / "media"

    @property
    def announcement_file(self) -> Path:
        """Where the running gateway says its address: `gateway.json`."""
        return self.path / "gateway.json"

    @property
    def lock_file(self) -> Path:
        """Held by the one gateway that runs on this home."""
        return self.path / "gateway.lock"

    @property
    def admin_token_file(self) -> Path:
        """The bearer token of the admin API, readable by the owner alone."""
        return self.path / "admin-token"

    def create(self) -> None:
        """Make the folder and its subfolders, closed to other users.

        Raises:
            ConfigurationError: the folder cannot be made or written to.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (self.logs, self.media):
                folder.mkdir(mode=0o700, exist_ok=True)
            if not os.access(self.path, os.W_OK | os.X_OK):
                raise PermissionError(13, "not writable")
        except OSError as error:
            raise ConfigurationError(
                f"the home folder {self.path} cannot be used: {error.strerror or error}"
            ) from None

    def admin_token(self) -> str:
        """The admin token, made on first use.

        The file is linked into place whole, so that two processes starting together agree on one
        token and neither reads half of it.
        """
        try:
            return self._read_token()
        except FileNotFoundError:
            pass
        draft = self.path / f".admin-token.{os.getpid()}.{secrets.token_hex(4)}"
        write_private(draft, "admin-" + secrets.token_urlsafe(32))
        try:
            os.link(draft, self.admin_token_file)
        except FileExistsError:
            pass  # another process was first; its token is the token
        except OSError:  # a file system without hard links
            if not self.admin_token_file.exists():
                draft.replace(self.admin_token_file)
        finally:
            draft.unlink(missing_ok=True)
        return self._read_token()

    def _read_token(self) -> str:
        token = self.admin_token_file.read_text(encoding="ascii").strip()
        if not token:
            raise ConfigurationError(f"{self.admin_token_file} is empty: delete it and start again")
        return token


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read (0600), never for a moment wider."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
