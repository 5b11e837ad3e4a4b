"""Opening a database: migrations match the tables, and what cannot be opened says why."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, insert, inspect, select, text
from sqlmodel import SQLModel

from miavo_gateway.errors import ConfigurationError
from miavo_gateway.store import tables
from miavo_gateway.store.database import open_database
from tests.databases import read
from tests.postgres import PASSWORD, PrivatePostgres


def sqlite_url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


async def test_migrations_make_exactly_the_tables_of_the_code(database_url: str) -> None:
    engine = await open_database(database_url)

    def difference(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, SQLModel.metadata))

    async with engine.connect() as connection:
        assert await connection.run_sync(difference) == []
    await engine.dispose()


async def test_opening_twice_keeps_the_rows(database_url: str) -> None:
    first = await open_database(database_url)
    async with first.begin() as connection:
        await connection.execute(text("INSERT INTO account VALUES ('x', 'X', 'paid', 1)"))
    await first.dispose()
    second = await open_database(database_url)
    async with second.connect() as connection:
        assert await connection.scalar(text("SELECT name FROM account")) == "X"
    await second.dispose()


async def test_sqlite_survives_a_power_cut(tmp_path: Path) -> None:
    engine = await open_database(sqlite_url(tmp_path / "a.db"))
    async with engine.connect() as connection:
        assert await connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert await connection.scalar(text("PRAGMA synchronous")) == 2
    await engine.dispose()


async def test_rows_number_themselves_and_hold_64_bits_and_booleans(database_url: str) -> None:
    engine = await open_database(database_url)
    large = 2**40
    async with engine.begin() as connection:
        await connection.execute(
            insert(tables.account_table).values(id="a", name="A", plan="paid", created_at=large)
        )
        await connection.execute(
            insert(tables.api_key_table).values(
                id="k",
                account_id="a",
                name="K",
                prefix="p",
                last_four="1234",
                sha256="0",
                created_at=large,
                plan="paid",
                tpm_limit=large,
                allow="[]",
                budget_nano=large,
                budget_reset="never",
            )
        )
        for number, stream in enumerate((True, False)):
            await connection.execute(
                insert(tables.usage_table).values(
                    request_id=f"r{number}",
                    key_id="k",
                    slug="s",
                    provider="p",
                    endpoint="e",
                    stream=stream,
                    state="open",
                    started_at=large,
                    output=large,
                    cost_nano=large,
                )
            )
    columns = tables.usage_table.c
    query = select(columns.id, columns.stream, columns.output, columns.cache_read)
    async with engine.connect() as connection:
        rows = [tuple(row) for row in await connection.execute(query.order_by(columns.id))]
    await engine.dispose()
    assert rows == [(1, True, large, 0), (2, False, large, 0)]


async def test_the_open_requests_have_an_index_of_their_own(database_url: str) -> None:
    engine = await open_database(database_url)
    await engine.dispose()
    listed = "sqlite_master" if database_url.startswith("sqlite") else "pg_indexes"
    columns = (
        "sql FROM sqlite_master WHERE name"
        if listed == "sqlite_master"
        else ("indexdef FROM pg_indexes WHERE indexname")
    )
    [(definition,)] = await read(database_url, f"SELECT {columns} = 'ix_usage_open'")
    assert "WHERE" in definition
    assert "'open'" in definition


async def test_totals_over_time_have_an_index(database_url: str) -> None:
    engine = await open_database(database_url)

    def columns(connection: Connection) -> list[list[str | None]]:
        return [one["column_names"] for one in inspect(connection).get_indexes("usage")]

    async with engine.connect() as connection:
        assert ["started_at"] in await connection.run_sync(columns)
    await engine.dispose()


async def test_a_file_that_is_no_database_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "broken.db"
    path.write_bytes(b"this is not a database, however long it may be" * 100)
    with pytest.raises(ConfigurationError, match=r"broken\.db.*not a database"):
        await open_database(sqlite_url(path))


async def test_a_database_of_a_newer_miavo_is_left_alone(database_url: str) -> None:
    engine = await open_database(database_url)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await engine.dispose()
    with pytest.raises(ConfigurationError, match="newer Miavo"):
        await open_database(database_url)
    assert await read(database_url, "SELECT version_num FROM alembic_version") == [("9999",)]


def dead_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nonsense", "not a database URL"),
        (f"u:{PASSWORD}@nonsense", "not a database URL"),
        (f"postgresql://u:{PASSWORD}@host:port/x", "not a database URL"),
        (f"mysterydb://u:{PASSWORD}@host/x", "'mysterydb' is not supported"),
        (f"postgresql+psycopg://u:{PASSWORD}@host/x", "'postgresql\\+psycopg' is not supported"),
        ("sqlite+aiosqlite:////nowhere/x.db", "nowhere/x.db cannot be opened"),
        (f"postgresql://u:{PASSWORD}@127.0.0.1:PORT/x", "cannot be opened: .*[Cc]onnect"),
        (f"postgres://127.0.0.1:PORT/x?user=u&password={PASSWORD}", "cannot be opened"),
        (f"postgresql://u:{PASSWORD}@127.0.0.1:PORT/x?nonsense=1", "cannot be opened: .*nonsense"),
    ],
)
async def test_a_url_that_leads_nowhere_is_refused_in_a_line_without_its_password(
    url: str, says: str
) -> None:
    with pytest.raises(ConfigurationError, match=says) as refused:
        await open_database(url.replace("PORT", str(dead_port())))
    assert PASSWORD not in refused.value.message
    assert "\n" not in refused.value.message


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ((PASSWORD, PASSWORD + "-wrong"), "password authentication failed"),
        (("/test_", "/absent_"), "does not exist"),
    ],
)
async def test_what_postgresql_refuses_is_told_in_its_words(
    postgres: PrivatePostgres, change: tuple[str, str], says: str
) -> None:
    with pytest.raises(ConfigurationError, match=says) as refused:
        await open_database(postgres.url("test_0").replace(*change))
    assert PASSWORD not in refused.value.message
    assert "\n" not in refused.value.message


async def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    # None is Python's own mark of a module that is not to be found.
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(ConfigurationError, match="needs the Python package 'asyncpg'"):
        await open_database("postgresql://host/x")


async def test_a_file_that_cannot_be_opened_leaves_no_thread_behind(tmp_path: Path) -> None:
    (tmp_path / "broken.db").write_bytes(b"no database" * 1000)
    before = set(threading.enumerate())
    for path in (tmp_path / "broken.db", tmp_path / "absent" / "x.db"):
        with pytest.raises(ConfigurationError):
            await open_database(sqlite_url(path))
    left = set(threading.enumerate()) - before
    assert not [thread for thread in left if "_connection_worker_thread" in thread.name]


def test_two_gateways_of_one_process_make_their_databases_at_once(tmp_path: Path) -> None:
    async def opened(name: str) -> None:
        await (await open_database(f"sqlite+aiosqlite:///{tmp_path / name}")).dispose()

    with ThreadPoolExecutor(4) as threads:
        made = [threads.submit(asyncio.run, opened(f"{number}.db")) for number in range(4)]
        for one in made:
            one.result(timeout=60)
