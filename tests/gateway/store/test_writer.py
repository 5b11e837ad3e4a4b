"""Group commit: together, in order, durable on return, and alone in failure."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Connection, Engine, bindparam, column, event, table, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from miavo_gateway.store.database import open_database
from miavo_gateway.store.writer import GroupCommitWriter, Rows
from tests.databases import read
from tests.postgres import PrivatePostgres


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = await open_database(database_url)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE note (id INTEGER PRIMARY KEY, word TEXT)"))
    yield engine
    await engine.dispose()


@pytest.fixture
async def writer(database: AsyncEngine) -> AsyncIterator[GroupCommitWriter]:
    writer = GroupCommitWriter(database)
    writer.start()
    yield writer
    await writer.close()


def insert(number: int):
    def operation(connection: Connection) -> int:
        connection.execute(text("INSERT INTO note VALUES (:n, 'w')"), {"n": number})
        return number

    return operation


NOTE = table("note", column("id"), column("word"))
INSERT = NOTE.insert()
RENAME = NOTE.update().where(NOTE.c.id == bindparam("note")).where(NOTE.c.word == "w")


def note(number: int) -> dict[str, object]:
    return {"id": number, "word": "w"}


async def test_writes_that_wait_together_share_a_transaction(writer: GroupCommitWriter) -> None:
    commits: list[object] = []
    count = commits.append
    event.listen(Engine, "commit", count)
    try:
        results = await asyncio.gather(*(writer.write(insert(n)) for n in range(100)))
    finally:
        event.remove(Engine, "commit", count)
    assert results == list(range(100))
    assert len(commits) <= 2


async def test_a_write_is_on_disk_when_it_returns(
    writer: GroupCommitWriter, database_url: str
) -> None:
    await writer.write(insert(7))
    # Another connection, as another process would have.
    assert await read(database_url, "SELECT id FROM note") == [(7,)]


async def test_a_failing_write_fails_alone(writer: GroupCommitWriter, database_url: str) -> None:
    results = await asyncio.gather(
        *(writer.write(insert(n)) for n in (1, 2, 1, 3)), return_exceptions=True
    )
    assert [result for result in results if isinstance(result, int)] == [1, 2, 3]
    assert isinstance(results[2], Exception)
    assert await read(database_url, "SELECT id FROM note ORDER BY id") == [(1,), (2,), (3,)]


async def test_rows_of_several_callers_for_one_statement_are_all_written(
    writer: GroupCommitWriter, database_url: str
) -> None:
    await asyncio.gather(*(writer.put(Rows(INSERT, [note(n), note(-n)])) for n in range(1, 50)))
    assert await read(database_url, "SELECT count(*) FROM note") == [(98,)]


async def test_a_row_that_cannot_be_written_fails_its_own_caller_alone(
    writer: GroupCommitWriter, database_url: str
) -> None:
    results = await asyncio.gather(
        *(writer.put(Rows(INSERT, [note(n)])) for n in (1, 2, 1, 3)), return_exceptions=True
    )
    assert [isinstance(result, DBAPIError) for result in results] == [False, False, True, False]
    assert await read(database_url, "SELECT id FROM note ORDER BY id") == [(1,), (2,), (3,)]


async def test_a_row_that_must_be_met_and_is_not_changes_nothing_of_the_others(
    writer: GroupCommitWriter, database_url: str
) -> None:
    await writer.put(Rows(INSERT, [note(n) for n in range(4)]))
    missed: list[int] = []

    def rename(number: int):
        def alone(connection: Connection) -> None:
            if not connection.execute(RENAME, {"note": number, "word": "x"}).rowcount:
                missed.append(number)

        return writer.put(Rows(RENAME, [{"note": number, "word": "x"}], exactly=True), alone=alone)

    await asyncio.gather(*(rename(number) for number in (0, 1, 7, 2, 1)))
    assert missed == [7, 1]
    words = await read(database_url, "SELECT word FROM note ORDER BY id")
    assert words == [("x",), ("x",), ("x",), ("w",)]


async def test_a_cancelled_caller_does_not_undo_its_write(
    writer: GroupCommitWriter, database_url: str
) -> None:
    task = asyncio.create_task(writer.write(insert(1)))
    await asyncio.sleep(0)
    task.cancel()
    await writer.write(insert(2))
    assert await read(database_url, "SELECT id FROM note ORDER BY id") == [(1,), (2,)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_lock_of_another_program_holds_up_a_write_and_nothing_else(
    writer: GroupCommitWriter, database: AsyncEngine, database_url: str
) -> None:
    for number in range(8):
        await writer.write(insert(number))
    other = sqlite3.connect(str(database.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(writer.put(Rows(INSERT, [note(8)])))
    # It comes to this line at once: the loop is not what waits.
    done, _ = await asyncio.wait({waiting}, timeout=0.3)
    assert not done
    other.execute("ROLLBACK")
    other.close()
    await waiting
    await writer.write(insert(9))
    assert len(await read(database_url, "SELECT id FROM note")) == 10


async def test_close_writes_what_is_queued(database: AsyncEngine, database_url: str) -> None:
    writer = GroupCommitWriter(database)
    writer.start()
    tasks = [asyncio.create_task(writer.write(insert(n))) for n in range(20)]
    await asyncio.sleep(0)
    await writer.close()
    await asyncio.gather(*tasks)
    assert await read(database_url, "SELECT count(*) FROM note") == [(20,)]


async def test_a_server_that_restarts_fails_what_was_asked_meanwhile_and_nothing_after(
    postgres: PrivatePostgres, postgres_url: str
) -> None:
    engine = await open_database(postgres_url)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE note (id INTEGER PRIMARY KEY, word TEXT)"))
    writer = GroupCommitWriter(engine)
    writer.start()
    await writer.write(insert(1))
    await asyncio.to_thread(postgres.stop)
    try:
        meanwhile = await asyncio.gather(
            *(writer.write(insert(n)) for n in (2, 3, 4)), return_exceptions=True
        )
    finally:
        await asyncio.to_thread(postgres.start)
    assert all(
        isinstance(each, DBAPIError) and each.connection_invalidated for each in meanwhile
    ), meanwhile
    assert await writer.write(insert(5)) == 5
    await writer.close()
    await engine.dispose()
    assert await read(postgres_url, "SELECT id FROM note ORDER BY id") == [(1,), (5,)]


async def test_a_connection_lost_amid_a_group_runs_none_of_it_twice(postgres_url: str) -> None:
    engine = await open_database(postgres_url)
    writer = GroupCommitWriter(engine)
    writer.start()
    runs: list[str] = []

    def counted(name: str, statement: str):
        def operation(connection: Connection) -> None:
            runs.append(name)
            connection.execute(text(statement))

        return operation

    results = await asyncio.gather(
        writer.write(counted("first", "SELECT 1")),
        writer.write(counted("killer", "SELECT pg_terminate_backend(pg_backend_pid())")),
        writer.write(counted("last", "SELECT 1")),
        return_exceptions=True,
    )
    assert all(isinstance(each, DBAPIError) for each in results), results
    assert runs == ["first", "killer"]
    await writer.write(counted("after", "SELECT 1"))
    await writer.close()
    await engine.dispose()
