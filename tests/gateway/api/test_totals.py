"""Totals and time buckets agree with the rows they are made of."""

from __future__ import annotations

import asyncio
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import insert

from miavo_gateway.flow.keys import Keys
from miavo_gateway.flow.totals import Percentiles, UsageTotals
from miavo_gateway.flow.usage_filter import UsageFilter
from miavo_gateway.store.database import open_database
from miavo_gateway.store.tables import usage_table
from miavo_gateway.store.writer import GroupCommitWriter
from tests.conftest import RunningGateway

MINUTE = 60_000_000


@pytest.fixture(scope="module")
def used(shared_gateway: RunningGateway) -> RunningGateway:
    for key, text in (("ann", "one"), ("ann", "one two three"), ("bob", "one two")):
        shared_gateway.ask(text, key=key)
    shared_gateway.ask("no credential answers for this", model="claude-opus-4-6", key="bob")
    return shared_gateway


def get(gateway: RunningGateway, path: str, **query: object) -> list[dict]:
    return gateway.admin("GET", f"usage{path}?{urlencode(query)}")["data"]


@pytest.mark.parametrize(
    ("by", "field"), [("model", "slug"), ("key", "key_id"), ("state", "state")]
)
def test_groups_are_the_sums_of_their_rows(used: RunningGateway, by: str, field: str) -> None:
    rows = get(used, "")
    groups = {one["group"]: one for one in get(used, "/totals", by=by)}
    assert set(groups) == {row[field] for row in rows}
    for value, group in groups.items():
        own = [row for row in rows if row[field] == value]
        assert group["requests"] == len(own)
        assert group["errors"] == sum(row["state"] == "failed" for row in own)
        for name in ("prompt_tokens", "cached_tokens", "output_tokens"):
            assert group[name] == sum(row[name] for row in own), name
        assert Decimal(group["cost_usd"]) == sum(Decimal(row["cost_usd"] or 0) for row in own)
        durations = sorted(row["duration_ms"] for row in own)
        assert group["duration_ms"]["p99"] == durations[-1]
        assert group["duration_ms"]["p50"] == durations[(len(durations) - 1) // 2]


def test_keys_are_named_and_filters_narrow(used: RunningGateway) -> None:
    by_name = {one["name"]: one["requests"] for one in get(used, "/totals", by="key")}
    assert by_name == {"ann": 2, "bob": 2}
    [everything] = get(used, "/totals")
    assert (everything["group"], everything["requests"]) == (None, 4)
    [local] = get(used, "/totals", provider="local")
    assert local["requests"] == 3
    [nothing] = get(used, "/totals", until="2020-01-01T00:00:00Z")
    assert (nothing["requests"], nothing["cost_usd"]) == (0, "0.000000000")
    assert nothing["duration_ms"] == {"p50": None, "p95": None, "p99": None}


def test_buckets_cover_their_time_without_gaps_and_add_up(used: RunningGateway) -> None:
    buckets = get(used, "/buckets", seconds=60)
    assert len(buckets) == 60
    starts = [datetime.fromisoformat(one["start"]).timestamp() for one in buckets]
    assert [late - early for early, late in pairwise(starts)] == [60] * 59
    assert all(start % 60 == 0 for start in starts)
    [everything] = get(used, "/totals")
    for name in ("requests", "errors", "output_tokens", "cost_nano"):
        assert sum(one[name] for one in buckets) == everything[name], name


@pytest.mark.parametrize(
    ("path", "query", "param"),
    [
        ("/totals", {"by": "colour"}, "by"),
        ("/totals", {"since": "yesterday"}, "since"),
        ("/totals", {"until": "2026-01-01"}, "until"),
        ("/totals", {"since": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, "since"),
        ("/totals", {"since": "1950-01-01T00:00:00Z"}, "since"),
        ("/totals", {"state": "gone"}, "state"),
        ("/buckets", {"seconds": "0"}, "seconds"),
        ("/buckets", {"seconds": "1.5"}, "seconds"),
        ("/buckets", {"seconds": "9" * 30}, "seconds"),
        ("/buckets", {"seconds": "1", "since": "2020-01-01T00:00:00Z"}, "seconds"),
    ],
)
def test_a_wrong_parameter_is_named(
    used: RunningGateway, path: str, query: dict[str, str], param: str
) -> None:
    with pytest.raises(HTTPError) as refused:
        get(used, path, **query)
    assert refused.value.code == 400
    error = httpx.Response(400, content=refused.value.read()).json()["error"]
    assert (error["code"], error["param"]) == ("invalid_request", param)
    assert f"'{param}'" in error["message"]


def test_percentiles_are_measured_values_on_each_database(database_url: str) -> None:
    async def check() -> None:
        engine = await open_database(database_url)
        writer = GroupCommitWriter(engine)
        writer.start()
        keys = Keys(engine, writer)
        await keys.load()
        key = (await keys.create("k")).key
        rows = [
            _row(key.id, number, at=(number % 3) * MINUTE, duration=number * 10)
            for number in range(1, 101)
        ]
        rows.append(_row(key.id, 0, at=0, duration=None, state="open"))
        async with engine.begin() as connection:
            await connection.execute(insert(usage_table), rows)
        totals = UsageTotals(engine)
        [everything] = (await totals.by(None, UsageFilter())).values()
        assert everything.requests == 101
        assert everything.duration == Percentiles(500, 950, 990)
        assert everything.first_token == Percentiles()
        # Too large for a float to keep: sums are exact.
        assert everything.cost_nano == 100 * (10**15 + 1)
        spans = await totals.in_spans(60, UsageFilter(since=MINUTE))
        assert sorted(spans) == [MINUTE, 2 * MINUTE]
        assert spans[MINUTE].requests == 34
        assert spans[MINUTE].duration == Percentiles(490, 970, 1000)
        assert set(await totals.by("state", UsageFilter(slug="m"))) == {"completed", "open"}
        # Of each fifth row: the sums stay those of all, the ranks are those of 5, 10, … 100.
        [sampled] = (await totals.by(None, UsageFilter(), rank_every=5)).values()
        assert (sampled.requests, sampled.cost_nano) == (101, everything.cost_nano)
        assert all(value in range(40, 1_001) for value in vars_of(sampled.duration))
        [unranked] = (await totals.by(None, UsageFilter(), rank_every=0)).values()
        assert (unranked.requests, unranked.duration) == (101, Percentiles())
        assert await totals.sample_step(UsageFilter()) == 1
        await writer.close()
        await engine.dispose()

    asyncio.run(check())


def vars_of(percentiles: Percentiles) -> list[int]:
    return [each or 0 for each in (percentiles.p50, percentiles.p95, percentiles.p99)]


def _row(
    key_id: str, number: int, *, at: int, duration: int | None, state: str = "completed"
) -> dict[str, Any]:
    return {
        "request_id": f"req_{number}",
        "key_id": key_id,
        "slug": "m",
        "provider": "p",
        "endpoint": "/v1/chat/completions",
        "stream": False,
        "state": state,
        "started_at": at,
        "duration_us": duration,
        "uncached_input": 1,
        "cache_read": 0,
        "cache_write": 0,
        "output": 1,
        "reasoning": 0,
        "cost_nano": None if duration is None else 10**15 + 1,
    }
