"""Looking at a database says what is wrong with it, and changes nothing."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from pathlib import Path

import pytest

from miavo_gateway.store.checkup import check_database
from miavo_gateway.store.database import open_database


def sqlite_url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


async def test_one_that_is_whole_is_up_to_date(database_url: str) -> None:
    assert "at the first start" in (await check_database(database_url)).detail
    await (await open_database(database_url)).dispose()
    found = await check_database(database_url)
    assert found.sound
    assert "up to date" in found.detail


async def test_one_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    found = await check_database(sqlite_url(tmp_path / "none.db"))
    assert found.sound
    assert await asyncio.to_thread(os.listdir, tmp_path) == []


async def test_what_a_page_of_rubbish_breaks_is_told_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    await (await open_database(sqlite_url(path))).dispose()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * 4096 + whole[8192:])
    found = await check_database(sqlite_url(path))
    assert not found.sound
    assert "\n" not in found.detail
    path.write_bytes(b"no database at all, but long enough to be read as one " * 100)
    assert not (await check_database(sqlite_url(path))).sound


async def test_one_of_a_newer_miavo_is_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    await (await open_database(sqlite_url(path))).dispose()
    with sqlite3.connect(path) as file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
    found = await check_database(sqlite_url(path))
    assert not found.sound
    assert "newer Miavo (9999)" in found.detail


@pytest.mark.parametrize(
    "url", ["bogus://x", "no url", "postgresql+asyncpg://me:secret@127.0.0.1:1/none"]
)
async def test_one_that_cannot_be_reached_says_why_without_its_password(url: str) -> None:
    found = await check_database(url)
    assert not found.sound
    assert found.detail
    assert "secret" not in found.detail
