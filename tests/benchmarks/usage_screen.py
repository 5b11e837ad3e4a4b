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
from pathlib import Path

from textual.pilot import Pilot

from miavo_gateway.home import Home
from miavo_tui.app import MiavoApp
from miavo_tui.link import Phase
from miavo_tui.screens.usage import UsageScreen
from tests.benchmarks.processes import Server, miavo_on
from tests.benchmarks.seed_usage import seed
from tests.benchmarks.watched import Attached, tell, under_load, until

_AS_FAST_AS_CAN_BE = 1e9


async def _timed(work: Callable[[], Awaitable[None]]) -> float:
    began = time.perf_counter()
    await work()
    return (time.perf_counter() - began) * 1_000


async def _open(pilot: Pilot[None], app: MiavoApp) -> UsageScreen:
    await until(pilot, lambda: app.link.phase is Phase.READY)

    async def work() -> None:
        await pilot.press("6")
        await until(
            pilot, lambda: isinstance(app.screen, UsageScreen) and bool(app.screen.requests.rows)
        )

    tell("open the screen, its module imported", [await _timed(work)])
    screen = app.screen
    assert isinstance(screen, UsageScreen)
    await until(pilot, lambda: screen.browser.counted)
    return screen


async def _pressed(pilot: Pilot[None], key: str) -> float:
    return await _timed(lambda: pilot.press(key))


async def _scroll(pilot: Pilot[None], screen: UsageScreen) -> None:
    for key, presses in (("down", 100), ("pagedown", 60)):
        tell(f"{key}, key to frame", [await _pressed(pilot, key) for _ in range(presses)])
    requests = screen.requests

    async def to(key: str, done: Callable[[], bool]) -> None:
        await pilot.press(key)
        await until(pilot, done)

    tell(
        "to the oldest",
        [await _timed(lambda: to("end", lambda: screen.browser.window.at_oldest))],
    )
    tell(
        "to the newest", [await _timed(lambda: to("home", lambda: screen.browser.window.at_newest))]
    )

    async def filtered(text: str) -> None:
        before = requests.rows
        screen._line.field.value = text
        await until(pilot, lambda: requests.rows is not before)

    for text in ("state:errors", "model:gpt-5.4", "key:child state:failed", f"req_5eed{5:020x}"):
        tell(f"filter {text}", [await _timed(lambda text=text: filtered(text))])  # type: ignore[misc]
    await filtered("")


async def _tail(server: Server, rate: float, seconds: float) -> None:
    reached, lags = await under_load(server, rate, seconds)
    tell(f"loop's lag, tailing {reached:.0f} requests/s", lags)


async def _throughput(what: str, server: Server, seconds: float) -> float:
    """Requests a second as fast as can be, and what each takes of the processor."""
    before, own = server.cpu_seconds(), time.process_time()
    reached, _ = await under_load(server, _AS_FAST_AS_CAN_BE, seconds)
    count = reached * seconds
    gateway = (server.cpu_seconds() - before) / count * 1_000
    app = (time.process_time() - own) / count * 1_000
    used = f"CPU ms/request: gateway {gateway:.2f}, app {app:.2f}"
    print(f"{what:<44} {reached:8.0f} requests/s, {used}")  # noqa: T201
    return reached


async def _measure(server: Server, token: str, rate: float, seconds: float) -> None:
    await _throughput("the gateway alone", server, seconds)
    with tempfile.TemporaryDirectory() as folder:
        app = MiavoApp(Attached(server, token, Path(folder)))
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
