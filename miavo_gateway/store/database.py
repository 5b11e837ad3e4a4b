"""Opening a database: SQLite in the home, or whatever SQLAlchemy URL is given."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from miavo_gateway.errors import ConfigurationError
from miavo_gateway.store.migrations import HEAD, migrate

__all__ = ["open_database"]

_BUSY_SECONDS = 10


async def open_database(url: str) -> AsyncEngine:
    """An engine whose schema is up to date.

    Raises:
        ConfigurationError: the URL is no database URL, the database cannot be reached or read, or
            a newer Miavo has written it.
    """
    try:
        parsed = make_url(url)
        engine = create_async_engine(parsed)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise ConfigurationError(f"database-url: {error}") from None
    if parsed.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    try:
        if await _revision(engine) != HEAD:
            async with engine.connect() as connection:
                await connection.run_sync(migrate)
                await connection.commit()
    except (DBAPIError, OSError, SQLAlchemyError) as error:
        await engine.dispose()
        cause = getattr(error, "orig", None) or error
        shown = parsed.render_as_string(hide_password=True)
        raise ConfigurationError(f"the database {shown} cannot be opened: {cause}") from None
    except ConfigurationError:
        await engine.dispose()
        raise
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # FULL: a commit that was answered survives a power cut, not only a crash of the process.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


async def _revision(engine: AsyncEngine) -> str | None:
    """The schema's revision, asked without Alembic, whose import would cost each start."""
    async with engine.connect() as connection:
        try:
            found: str | None = await connection.scalar(
                text("SELECT version_num FROM alembic_version")
            )
            return found
        except DBAPIError as error:
            if _is_missing_table(error):
                return None
            raise


def _is_missing_table(error: DBAPIError) -> bool:
    said = str(error.orig).lower()
    return "no such table" in said or "does not exist" in said
