"""What the benchmarks of the app share: attaching it to a gateway, and putting a load on that."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import aiohttp
from textual.pilot import Pilot

from miavo_tui.start import Connection
from tests.benchmarks.processes import Server

__all__ = ["Attached", "tell", "under_load", "until"]

_CONNECTIONS = 16


class Attached:
    """Attaches the app to a gateway that runs; the app's files go to a folder of their own."""

    def __init__(self, server: Server, token: str, folder: Path) -> None:
        self.home = self.gateway_files = folder
        self._connection = Connection(server.url, token, embedded=False)

    def connect(self) -> Connection:
        return self._connection

    def close(self) -> None:
        pass


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Waits for what shall come."""
    async with asyncio.timeout(60):
        while not condition():
            await pilot.pause(0.002)


def tell(what: str, times: list[float]) -> None:
    """Prints what milliseconds come to."""
    ordered = sorted(times)
    p50, p99 = ordered[len(ordered) // 2], ordered[-1 - len(ordered) // 100]
    print(f"{what:<44} {p50:8.1f} ms p50 {p99:8.1f} ms p99 {ordered[-1]:8.1f} ms most")  # noqa: T201


async def _load(server: Server, rate: float, seconds: float) -> int:
    body = {"model": "local-echo", "messages": [{"role": "user", "content": "hello"}]}
    headers = {"authorization": f"Bearer {server.key}"}
    done = 0
    began = time.perf_counter()
    async with aiohttp.ClientSession(headers=headers) as session:

        async def ask() -> None:
            nonlocal done
            while (elapsed := time.perf_counter() - began) < seconds:
                if done >= rate * elapsed:
                    await asyncio.sleep(0.002)
                    continue
                done += 1
                async with session.post(f"{server.url}/v1/chat/completions", json=body) as answer:
                    await answer.read()

        await asyncio.gather(*(ask() for _ in range(_CONNECTIONS)))
    return done


def _load_in_process(arguments: tuple[Server, float, float]) -> int:
    return asyncio.run(_load(*arguments))


async def under_load(server: Server, rate: float, seconds: float) -> tuple[float, list[float]]:
    """Requests a second that a process of its own got answered, and how late this loop was."""
    lags: list[float] = []
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(1) as pool:
        running = loop.run_in_executor(pool, _load_in_process, (server, rate, seconds))
        while not running.done():
            before = time.perf_counter()
            await asyncio.sleep(0.01)
            lags.append((time.perf_counter() - before - 0.01) * 1_000)
        asked = await running
    return asked / seconds, lags
