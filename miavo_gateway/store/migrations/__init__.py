"""Alembic migrations, run from code: there is no alembic.ini to find."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from miavo_gateway.errors import ConfigurationError

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["HEAD", "migrate"]

_HERE = Path(__file__).parent

HEAD = max(path.name.split("_")[0] for path in (_HERE / "versions").glob("[0-9]*.py"))
"""The newest revision: file names begin with their revision, and revisions are in order."""


def migrate(connection: Connection) -> None:
    """Bring the schema up to `HEAD`, in the caller's transaction.

    Raises:
        ConfigurationError: the schema is of a newer Miavo.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise ConfigurationError(
            f"the database was written by a newer Miavo than this one ({error})"
        ) from None
