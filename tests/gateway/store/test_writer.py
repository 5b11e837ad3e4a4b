"""Group commit: together, in order, durable on return, and alone in failure."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from miavo_gateway.store.writer import GroupCommitWriter


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}")
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
    async def operation(connection: AsyncConnection) -> int:
        await connection.execute(text("INSERT INTO note VALUES (:n, 'w')"), {"n": number})
        return number

    return operation


async def test_writes_that_wait_together_share_a_transaction(
    database: AsyncEngine, writer: GroupCommitWriter
) -> None:
    commits: list[object] = []
    event.listen(database.sync_engine, "commit", commits.append)
    results = await asyncio.gather(*(writer.write(insert(n)) for n in range(100)))
    assert results == list(range(100))
    assert len(commits) <= 2


async def test_a_write_is_on_disk_when_it_returns(
    writer: GroupCommitWriter, tmp_path: Path
) -> None:
    await writer.write(insert(7))
    # Another connection, as another process would have.
    with sqlite3.connect(tmp_path / "test.db") as reader:
        assert reader.execute("SELECT id FROM note").fetchall() == [(7,)]


async def test_a_failing_write_fails_alone(writer: GroupCommitWriter, tmp_path: Path) -> None:
    results = await asyncio.gather(
        *(writer.write(insert(n)) for n in (1, 2, 1, 3)), return_exceptions=True
    )
    assert [result for result in results if isinstance(result, int)] == [1, 2, 3]
    assert isinstance(results[2], Exception)
    with sqlite3.connect(tmp_path / "test.db") as reader:
        assert reader.execute("SELECT id FROM note ORDER BY id").fetchall() == [(1,), (2,), (3,)]


async def test_a_cancelled_caller_does_not_undo_its_write(
    writer: GroupCommitWriter, tmp_path: Path
) -> None:
    task = asyncio.create_task(writer.write(insert(1)))
    await asyncio.sleep(0)
    task.cancel()
    await writer.write(insert(2))
    with sqlite3.connect(tmp_path / "test.db") as reader:
        assert reader.execute("SELECT id FROM note ORDER BY id").fetchall() == [(1,), (2,)]


async def test_close_writes_what_is_queued(database: AsyncEngine, tmp_path: Path) -> None:
    writer = GroupCommitWriter(database)
    writer.start()
    tasks = [asyncio.create_task(writer.write(insert(n))) for n in range(20)]
    await asyncio.sleep(0)
    await writer.close()
    await asyncio.gather(*tasks)
    with sqlite3.connect(tmp_path / "test.db") as reader:
        assert reader.execute("SELECT count(*) FROM note").fetchone() == (20,)
