"""The load: a closed loop of N connections, each asking again as soon as it is answered.

Run as a process, it reads one `Load` as JSON from standard input and prints what it measured.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any

import aiohttp

__all__ = ["Load", "Measured"]


@dataclass(frozen=True)
class Load:
    """What is asked, how often, and by how many at once."""

    url: str
    body: dict[str, Any]
    requests: int
    connections: int
    warm_up: int = 0
    """Requests before the clock starts."""
    headers: dict[str, str] = field(default_factory=dict)
    ends_with: str = ""
    """The end of every right answer: one that was cut short or failed stops the benchmark."""


@dataclass(frozen=True)
class Measured:
    """Seconds, but for the latencies of single requests: milliseconds, sorted."""

    seconds: float
    latencies: list[float]


async def _run(load: Load) -> Measured:
    connector = aiohttp.TCPConnector(limit=load.connections)
    content = json.dumps(load.body).encode()
    headers = {"content-type": "application/json"} | load.headers
    end = load.ends_with.encode()
    latencies: list[float] = []

    async with aiohttp.ClientSession(connector=connector) as session:

        async def ask() -> None:
            start = time.perf_counter()
            async with session.post(load.url, data=content, headers=headers) as answer:
                body = await answer.read()
            latencies.append((time.perf_counter() - start) * 1000)
            if answer.status != 200 or not body.endswith(end):
                raise RuntimeError(f"{load.url} answered {answer.status}: {body[-500:]!r}")

        async def all_of(count: int) -> None:
            left = iter(range(count))

            async def connection() -> None:
                for _ in left:
                    await ask()

            async with asyncio.TaskGroup() as group:
                for _ in range(load.connections):
                    group.create_task(connection())

        await all_of(max(load.warm_up, load.connections))
        latencies.clear()
        # The process that reads the servers' CPU times is told when to begin.
        sys.stdout.write("warm\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.readline)
        start = time.perf_counter()
        await all_of(load.requests)
        return Measured(time.perf_counter() - start, sorted(latencies))


if __name__ == "__main__":
    measured = asyncio.run(_run(Load(**json.loads(sys.stdin.readline()))))
    sys.stdout.write(json.dumps(asdict(measured)) + "\n")
