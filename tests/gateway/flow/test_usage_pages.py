"""Pages of requests, and how many there are, on each database."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from miavo_gateway.flow.keys import Keys
from miavo_gateway.flow.pages import Extent, Page, Pages
from miavo_gateway.flow.usage_filter import Searched, UsageFilter
from miavo_gateway.store.database import open_database
from miavo_gateway.store.tables import usage_table
from miavo_gateway.store.writer import GroupCommitWriter

MINUTE = 60_000_000
ROWS = 40


async def filled(database_url: str) -> tuple[AsyncEngine, list[str]]:
    """A database with rows of two keys and three models, a minute apart, every tenth failed."""
    engine = await open_database(database_url)
    writer = GroupCommitWriter(engine)
    writer.start()
    keys = Keys(engine, writer)
    await keys.load()
    ids = [(await keys.create(name)).key.id for name in ("ann", "bob")]
    await writer.close()
    rows = [_row(number, ids[number % 2]) for number in range(1, ROWS + 1)]
    async with engine.begin() as connection:
        await connection.execute(insert(usage_table), rows)
    return engine, ids


def _row(number: int, key_id: str) -> dict[str, Any]:
    failed = number % 10 == 0
    return {
        "id": number,
        "request_id": f"req_{number:024x}",
        "key_id": key_id,
        "slug": f"model-{number % 3}",
        "provider": "acme" if number % 3 else "local",
        "endpoint": "/v1/chat/completions",
        "stream": True,
        "state": "failed" if failed else "completed",
        "status": 502 if failed else 200,
        "error_code": "upstream_error" if failed else None,
        "started_at": number * MINUTE,
        "duration_us": 1_000,
    }


async def test_every_filter_gives_the_same_rows_page_by_page_from_both_ends(
    database_url: str,
) -> None:
    engine, (ann, bob) = await filled(database_url)
    pages = Pages(engine)
    cases: list[tuple[UsageFilter, list[int]]] = [
        (UsageFilter(), list(range(1, ROWS + 1))),
        (UsageFilter(key_id=bob), list(range(1, ROWS + 1, 2))),
        (UsageFilter(key_id=[ann, bob], slug="model-0"), list(range(3, ROWS + 1, 3))),
        (UsageFilter(slug=["model-1", "model-2"], status=[502]), [10, 20, 40]),
        (UsageFilter(provider=["acme", "nobody"], state="failed"), [10, 20, 40]),
        (UsageFilter(state=["failed", "truncated"]), [10, 20, 30, 40]),
        (UsageFilter(since=5 * MINUTE, until=9 * MINUTE), [5, 6, 7, 8]),
        (UsageFilter(until=4 * MINUTE, slug="model-1"), [1]),
        (UsageFilter(since=99 * MINUTE), []),
        (UsageFilter(searched=Searched("upstream", key_ids=(), slugs=())), [10, 20, 30, 40]),
        (UsageFilter(searched=Searched("x", key_ids=(ann,), slugs=("model-1",))), _either()),
        (UsageFilter(searched=Searched(f"req_{7:024x}")), [7]),
        (UsageFilter(searched=Searched("100%")), []),
    ]
    for rows, expected in cases:
        newest_first = expected[::-1]
        back: list[int] = []
        before = None
        while page := await pages.usage(Page(7, before=before), rows):
            back += [row["id"] for row in page]
            before = back[-1]
        assert back == newest_first, rows
        ahead: list[int] = []
        after = 0
        while page := await pages.usage(Page(7, after=after), rows):
            ahead = [row["id"] for row in page] + ahead
            after = ahead[0]
        assert ahead == newest_first, rows
        extent = await pages.usage_extent(rows)
        ends = (expected[0], expected[-1]) if expected else (None, None)
        assert extent == Extent(len(expected), *ends), rows
    await engine.dispose()


def _either() -> list[int]:
    """Those of Ann, who has the even numbers, and those of one model."""
    return [number for number in range(1, ROWS + 1) if number % 2 == 0 or number % 3 == 1]


@pytest.mark.parametrize(
    ("where", "index"),
    [
        ("slug = 'model-1'", "ix_usage_slug_id"),
        ("provider = 'acme'", "ix_usage_provider_id"),
        ("state = 'failed' AND state NOT IN ('open', 'completed')", "ix_usage_uncompleted"),
    ],
)
async def test_sqlite_finds_a_page_of_what_is_rare_by_an_index(
    where: str, index: str, tmp_path: Any
) -> None:
    engine, _ = await filled(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}")
    async with engine.connect() as connection:
        plan = await connection.exec_driver_sql(
            f"EXPLAIN QUERY PLAN SELECT * FROM usage WHERE {where} ORDER BY id DESC LIMIT 9"
        )
        steps = " ".join(str(row[-1]) for row in plan)
    await engine.dispose()
    assert index in steps
    assert "TEMP B-TREE" not in steps, "no sorting"
