"""Writes usage rows by the million into a home, to try what reads them.

    python -m tests.benchmarks.seed_usage HOME [--rows 1000000] [--days 30]

The rows are as those of real requests: several keys and models, busy and quiet hours, errors now
and then. The same call writes the same rows, but for the times, which end now.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import random
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from miavo_gateway.catalogue import load_catalogue
from miavo_gateway.clock import now_us
from miavo_gateway.flow.keys import Keys
from miavo_gateway.home import Home
from miavo_gateway.settings import load_settings
from miavo_gateway.store.database import open_database
from miavo_gateway.store.writer import GroupCommitWriter

KEYS = ("my editor", "the website", "night job", "a child")
_DAY_US = 86_400_000_000
_ERRORS = (
    ("failed", 502, "upstream_error", "Anthropic said: Overloaded."),
    ("failed", 503, "no_upstream", "No credential for OpenAI can be used now."),
    ("truncated", 502, "upstream_error", "The reply broke off before its end."),
    ("cancelled", 200, None, None),
    ("interrupted", None, None, None),
)
_COLUMNS = (
    *("id", "request_id", "key_id", "slug", "provider", "endpoint", "stream", "state", "status"),
    *("error_code", "error_message", "finish_reason", "started_at", "duration_us"),
    *("first_token_us", "uncached_input", "cache_read", "cache_write", "output", "reasoning"),
    *("cost_nano", "simulated", "attempts"),
)


def rows(
    key_ids: list[str], first_id: int, count: int, days: float
) -> Iterator[tuple[object, ...]]:
    """Rows in the order in which they began, the last just now."""
    chance = random.Random(93)
    models = [model for model in load_catalogue().models if model.kind == "chat"]
    # Some models are asked often, most seldom.
    weights = [1 / (place + 1) for place in range(len(models))]
    chance.shuffle(models)
    chosen = chance.choices(models, weights, k=count)
    end = now_us() - 1_000_000
    step = days * _DAY_US / max(1, count)
    for number in range(count):
        model = chosen[number]
        began = end - round((count - number) * step)
        hour = began / 3_600_000_000 % 24
        slow = 1 + 0.6 * math.sin(hour / 24 * 2 * math.pi)
        tokens, output = int(chance.lognormvariate(6.5, 1)), int(chance.lognormvariate(5.5, 0.8))
        first = int(chance.lognormvariate(12.7, 0.45) * slow)
        state, status, code, message = "completed", 200, None, None
        if chance.random() < 0.02:
            state, status, code, message = chance.choice(_ERRORS)
        failed = state == "failed"
        attempts = None
        if model.provider != "local":
            tried = [{"credential_id": "cred_1", "label": "default", "outcome": "ok"}]
            if code == "upstream_error":
                tried[0]["outcome"] = "server_error"
            attempts = json.dumps(
                [
                    {**each, "status": None, "ms": 300.0, "provider": model.provider}
                    for each in tried
                ]
            )
        yield (
            first_id + number,
            f"req_5eed{first_id + number:020x}",
            chance.choices(key_ids, (60, 30, 9, 1))[0],
            model.slug,
            model.provider,
            "/v1/chat/completions",
            True,
            state,
            status,
            code,
            message,
            "stop" if state == "completed" else None,
            began,
            first + round(output * chance.uniform(6_000, 25_000)),
            None if failed else first,
            0 if failed else tokens,
            0 if failed else tokens // 3,
            0,
            0 if failed else output,
            0,
            0 if failed else tokens * 2_500 + output * 10_000,
            False,
            attempts,
        )


async def _keys(url: str) -> list[str]:
    engine = await open_database(url)
    writer = GroupCommitWriter(engine)
    writer.start()
    keys = Keys(engine, writer)
    await keys.load()
    named = {key.name: key.id for key in keys.all()}
    for name in KEYS:
        if name not in named:
            named[name] = (await keys.create(name)).key.id
    await writer.close()
    await engine.dispose()
    return [named[name] for name in KEYS]


def seed(folder: Path, count: int, days: float) -> None:
    """Write the rows; no gateway may run on the home meanwhile."""
    home = Home(folder)
    home.create()
    url = load_settings(home).effective_database_url
    key_ids = asyncio.run(_keys(url))
    database = sqlite3.connect(url.partition("///")[2])
    database.execute("PRAGMA synchronous=OFF")
    (newest,) = database.execute("SELECT coalesce(max(id), 0) FROM usage").fetchone()
    places = ", ".join("?" * len(_COLUMNS))
    statement = f"INSERT INTO usage ({', '.join(_COLUMNS)}) VALUES ({places})"
    with database:
        database.executemany(statement, rows(key_ids, newest + 1, count, days))
    database.close()


def main() -> None:
    """Seeds the home named on the command line."""
    parser = argparse.ArgumentParser(description="Write usage rows into a home.")
    parser.add_argument("home", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--days", type=float, default=30)
    given = parser.parse_args()
    began = time.monotonic()
    seed(given.home, given.rows, given.days)
    print(f"{given.rows:,} rows in {time.monotonic() - began:.1f} s")  # noqa: T201


if __name__ == "__main__":
    main()
