"""How the Usage screen bears a million requests, and many a second.

    python -m tests.benchmarks.usage_screen [--rows 1000000] [--rate 500] [--seconds 10]

The gateway is a process of its own, the app runs here without a terminal. Key to frame is from a
key press to when its frame is drawn; the lag is by how much the app's loop was late while requests
poured in.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import aiohttp
from textual.pilot import Pilot

from miavo_gateway.home import Home
from miavo_tui.app import MiavoApp
from miavo_tui.link import Phase
from miavo_tui.screens.usage import UsageScreen
from miavo_tui.start import Connection
from tests.benchmarks.processes import Server, miavo_on
from tests.benchmarks.seed_usage import seed

_CONNECTIONS = 16
_AS_FAST_AS_CAN_BE = 1e9


class _Attached:
    def __init__(self, server: Server, token: str, folder: Path) -> None:
        self.home = self.gateway_files = folder
        self._connection = Connection(server.url, token, embedded=False)

    def connect(self) -> Connection:
        return self._connection

    def close(self) -> None:
        pass


async def _until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await pilot.pause(0.002)


async def _timed(work: Callable[[], Awaitable[None]]) -> float:
    began = time.perf_counter()
    await work()
    return (time.perf_counter() - began) * 1_000


def _tell(what: str, times: list[float]) -> None:
    ordered = sorted(times)
    p50, p99 = ordered[len(ordered) // 2], ordered[-1 - len(ordered) // 100]
    print(f"{what:<44} {p50:8.1f} ms p50 {p99:8.1f} ms p99 {ordered[-1]:8.1f} ms most")  # noqa: T201


async def _open(pilot: Pilot[None], app: MiavoApp) -> UsageScreen:
    await _until(pilot, lambda: app.link.phase is Phase.READY)

    async def work() -> None:
        await pilot.press("6")
        await _until(
            pilot, lambda: isinstance(app.screen, UsageScreen) and bool(app.screen.requests.rows)
        )

    _tell("open the screen, its module imported", [await _timed(work)])
    screen = app.screen
    assert isinstance(screen, UsageScreen)
    await _until(pilot, lambda: screen.browser.counted)
    return screen


async def _pressed(pilot: Pilot[None], key: str) -> float:
    return await _timed(lambda: pilot.press(key))


async def _scroll(pilot: Pilot[None], screen: UsageScreen) -> None:
    for key, presses in (("down", 100), ("pagedown", 60)):
        _tell(f"{key}, key to frame", [await _pressed(pilot, key) for _ in range(presses)])
    requests = screen.requests

    async def to(key: str, done: Callable[[], bool]) -> None:
        await pilot.press(key)
        await _until(pilot, done)

    _tell(
        "to the oldest",
        [await _timed(lambda: to("end", lambda: screen.browser.window.at_oldest))],
    )
    _tell(
        "to the newest", [await _timed(lambda: to("home", lambda: screen.browser.window.at_newest))]
    )

    async def filtered(text: str) -> None:
        before = requests.rows
        screen._line.field.value = text
        await _until(pilot, lambda: requests.rows is not before)

    for text in ("state:errors", "model:gpt-5.4", "key:child state:failed", f"req_5eed{5:020x}"):
        _tell(f"filter {text}", [await _timed(lambda text=text: filtered(text))])  # type: ignore[misc]
    await filtered("")


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


async def _under_load(server: Server, rate: float, seconds: float) -> tuple[float, list[float]]:
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


async def _tail(server: Server, rate: float, seconds: float) -> None:
    reached, lags = await _under_load(server, rate, seconds)
    _tell(f"loop's lag, tailing {reached:.0f} requests/s", lags)


async def _throughput(what: str, server: Server, seconds: float) -> float:
    """Requests a second as fast as can be, and what each takes of the processor."""
    before, own = server.cpu_seconds(), time.process_time()
    reached, _ = await _under_load(server, _AS_FAST_AS_CAN_BE, seconds)
    count = reached * seconds
    gateway = (server.cpu_seconds() - before) / count * 1_000
    app = (time.process_time() - own) / count * 1_000
    used = f"CPU ms/request: gateway {gateway:.2f}, app {app:.2f}"
    print(f"{what:<44} {reached:8.0f} requests/s, {used}")  # noqa: T201
    return reached


async def _measure(server: Server, token: str, rate: float, seconds: float) -> None:
    await _throughput("the gateway alone", server, seconds)
    with tempfile.TemporaryDirectory() as folder:
        app = MiavoApp(_Attached(server, token, Path(folder)))
        async with app.run_test(size=(120, 40)) as pilot:
            screen = await _open(pilot, app)
            await _scroll(pilot, screen)
            await _tail(server, rate, seconds)
            await _throughput("with the app tailing", server, seconds)
    await _throughput("the gateway alone, again", server, seconds)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="Measure the Usage screen.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rate", type=float, default=500)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--home", type=Path, help="a home that is seeded already")
    given = parser.parse_args()
    os.environ["MIAVO_SECRETS"] = "file"
    with tempfile.TemporaryDirectory() as folder:
        home = given.home or Path(folder) / "home"
        if given.home is None:
            seed(home, given.rows, 30)
        with miavo_on(home) as server:
            asyncio.run(_measure(server, Home(home).admin_token(), given.rate, given.seconds))


if __name__ == "__main__":
    main()
