"""One gateway to a database: balances and windows are in the memory of the one that owns it.

For SQLite the lock of the home does it. A PostgreSQL server can be reached from many machines, so
there the server itself keeps the lock, for as long as the owner's connection lives.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from miavo_gateway.errors import ConfigurationError

__all__ = ["sole_owner"]

_LOCK = 0x6D6961766F  # "miavo"; advisory locks are numbers, and apply to one database
_TRIES = 10
_PAUSE_SECONDS = 0.5


def sole_owner(engine: AsyncEngine) -> AbstractAsyncContextManager[None]:
    """Own the database while inside.

    Raises:
        ConfigurationError: another gateway owns it. One that has just died is waited for.
    """
    return _on_server(engine) if engine.dialect.name == "postgresql" else _by_home()


@asynccontextmanager
async def _by_home() -> AsyncIterator[None]:
    yield


@asynccontextmanager
async def _on_server(engine: AsyncEngine) -> AsyncIterator[None]:
    async with engine.connect() as connection:
        # Outside of any transaction: one that stays open for days keeps a server from cleaning up.
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        for _ in range(_TRIES):
            if await connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _LOCK}):
                break
            await asyncio.sleep(_PAUSE_SECONDS)
        else:
            raise ConfigurationError(
                "another gateway uses this database already: stop it, or give this one another "
                "database"
            )
        try:
            yield
        finally:
            # The connection goes back to its pool; if it is lost, the lock went with it.
            with contextlib.suppress(DBAPIError, OSError):
                await connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
