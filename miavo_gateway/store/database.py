"""Opening a database: SQLite in the home, or PostgreSQL by URL."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import URL, Connection, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from miavo_gateway.errors import ConfigurationError
from miavo_gateway.store.migrations import HEAD, migrate
from miavo_gateway.store.sqlite import BUSY_SECONDS, prepare_sqlite

__all__ = [
    "create_engine_for",
    "open_database",
    "parse_url",
    "reason_of",
    "revision_of",
    "shown_url",
]

_CONNECT_SECONDS = 10
_LOOK_AGAIN_SECONDS = 0.02
_migrating = threading.Lock()
_COMMAND_SECONDS = 60
_DRIVERS = {"sqlite": "aiosqlite", "postgresql": "asyncpg", "postgres": "asyncpg"}
_EXPECTED = "give a URL such as sqlite+aiosqlite:///FILE or postgresql+asyncpg://USER@HOST/DATABASE"


async def open_database(url: str) -> AsyncEngine:
    """An engine whose schema is up to date.

    Raises:
        ConfigurationError: the URL is no database URL, its driver is not installed, the database
            cannot be reached or read, or a newer Miavo has written it. The message is one line
            and shows no password.
    """
    parsed = parse_url(url)
    shown = shown_url(parsed)
    engine = create_engine_for(parsed, shown)
    try:
        if parsed.get_backend_name() == "sqlite":
            await asyncio.to_thread(_try_sqlite, engine)
        if await revision_of(engine) != HEAD:
            async with _migrating_alone(), engine.connect() as connection:
                await connection.run_sync(migrate)
                await connection.commit()
    # TypeError and ValueError: a driver's own refusal of a parameter in the URL.
    except (SQLAlchemyError, sqlite3.Error, OSError, TypeError, ValueError) as error:
        await engine.dispose()
        raise ConfigurationError(
            f"the database {shown} cannot be opened: {reason_of(error)}"
        ) from None
    except BaseException:
        await engine.dispose()
        raise
    return engine


def parse_url(url: str) -> URL:
    """The URL with the driver that is used for its database.

    Raises:
        ConfigurationError: it is no URL of a database that Miavo runs on.
    """
    try:
        parsed = make_url(url)
    # ValueError: a port that is no number. What is raised may quote the URL, so it is not shown.
    except (ArgumentError, ValueError):
        raise ConfigurationError(f"database-url is not a database URL: {_EXPECTED}") from None
    backend, _, driver = parsed.drivername.partition("+")
    if backend not in _DRIVERS or driver not in {"", _DRIVERS[backend]}:
        raise ConfigurationError(
            f"database-url: '{parsed.drivername}' is not supported: {_EXPECTED}"
        )
    name = "postgresql" if backend == "postgres" else backend
    return parsed.set(drivername=f"{name}+{_DRIVERS[backend]}")


def create_engine_for(url: URL, shown: str) -> AsyncEngine:
    """An engine that has not connected yet; `shown` names the database in messages.

    Raises:
        ConfigurationError: its driver is not installed or refuses the URL.
    """
    try:
        if url.get_backend_name() == "sqlite":
            engine = create_async_engine(url)
            event.listen(engine.sync_engine, "connect", prepare_sqlite)
            return engine
        # A server can restart: a connection is tried before it is used, and made anew if dead.
        return create_async_engine(
            url,
            pool_pre_ping=True,
            connect_args={"timeout": _CONNECT_SECONDS, "command_timeout": _COMMAND_SECONDS},
        )
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"the database {shown} needs the Python package '{error.name}', which is not installed"
        ) from None
    except (SQLAlchemyError, TypeError, ValueError) as error:
        raise ConfigurationError(
            f"the database {shown} cannot be opened: {reason_of(error)}"
        ) from None


def shown_url(url: URL) -> str:
    """The URL for a message: without the password, and without parameters that may carry one."""
    return url.set(query={}).render_as_string(hide_password=True)


def reason_of(error: BaseException) -> str:
    """What went wrong, in one line."""
    cause = getattr(error, "orig", None) or error
    cause = getattr(cause, "__cause__", None) or cause  # the driver's own words
    if isinstance(cause, TimeoutError):
        return f"no answer within {_CONNECT_SECONDS} seconds"
    return " ".join(str(cause).split()) or type(cause).__name__


def _try_sqlite(engine: AsyncEngine) -> None:
    """Open the file once without aiosqlite.

    A connection that fails to open, or is no database, leaves aiosqlite's thread to end by
    itself; if the loop closes first, that thread dies of it with a traceback.
    """
    [file], options = engine.dialect.create_connect_args(engine.url)
    connection = sqlite3.connect(file, timeout=BUSY_SECONDS, uri=bool(options.get("uri")))
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


@asynccontextmanager
async def _migrating_alone() -> AsyncIterator[None]:
    """Alembic keeps what it migrates in a module: two gateways of a process would mix theirs up."""
    while not _migrating.acquire(blocking=False):  # noqa: ASYNC110  it is another loop that lets go
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)
    try:
        yield
    finally:
        _migrating.release()


async def revision_of(engine: AsyncEngine) -> str | None:
    """The schema's revision, asked without Alembic, whose import would cost each start."""

    def has_table(connection: Connection) -> bool:
        return inspect(connection).has_table("alembic_version")

    async with engine.connect() as connection:
        # Asked first: PostgreSQL words a missing table in the server's language.
        if not await connection.run_sync(has_table):
            return None
        found: str | None = await connection.scalar(text("SELECT version_num FROM alembic_version"))
        return found
