"""Opening a database: migrations match the tables, and what cannot be opened says why."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlmodel import SQLModel

from miavo_gateway.errors import ConfigurationError
from miavo_gateway.store import tables  # noqa: F401  registers the tables' metadata
from miavo_gateway.store.database import open_database


def sqlite_url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


async def test_migrations_make_exactly_the_tables_of_the_code(tmp_path: Path) -> None:
    engine = await open_database(sqlite_url(tmp_path / "a.db"))

    def difference(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, SQLModel.metadata))

    async with engine.connect() as connection:
        assert await connection.run_sync(difference) == []
    await engine.dispose()


async def test_opening_twice_keeps_the_rows(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "a.db")
    first = await open_database(url)
    async with first.begin() as connection:
        await connection.execute(text("INSERT INTO account VALUES ('x', 'X', 'paid', 1)"))
    await first.dispose()
    second = await open_database(url)
    async with second.connect() as connection:
        assert await connection.scalar(text("SELECT name FROM account")) == "X"
        assert await connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert await connection.scalar(text("PRAGMA synchronous")) == 2
    await second.dispose()


async def test_a_file_that_is_no_database_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "broken.db"
    path.write_bytes(b"this is not a database, however long it may be" * 100)
    with pytest.raises(ConfigurationError, match=r"broken\.db.*not a database"):
        await open_database(sqlite_url(path))


async def test_a_database_of_a_newer_miavo_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "newer.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    with pytest.raises(ConfigurationError, match="newer Miavo"):
        await open_database(sqlite_url(path))


@pytest.mark.parametrize("url", ["nonsense", "mysterydb://x", "sqlite+aiosqlite:////nowhere/x.db"])
async def test_a_url_that_leads_nowhere_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        await open_database(url)
