"""How the app bears a load on the gateway in its own process.

    python -m tests.benchmarks.embedded_tail

The Usage screen is live, 500 short requests a second are wanted for 10 seconds. It says how late
the app's loop was, and how many requests were asked, shown and kept; these should be one number.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import tempfile
from pathlib import Path

from miavo_gateway.home import Home
from miavo_gateway.settings import load_settings
from miavo_tui.app import MiavoApp
from miavo_tui.link import Phase
from miavo_tui.screens.usage import UsageScreen
from miavo_tui.start import Connection, GatewayStart
from tests.benchmarks import processes
from tests.benchmarks.processes import Server
from tests.benchmarks.watched import tell, under_load, until

_RATE, _SECONDS = 500.0, 10.0


class _Embedded(GatewayStart):
    connection: Connection

    def connect(self) -> Connection:
        self.connection = super().connect()
        return self.connection


def _kept(home: Path) -> int:
    url = load_settings(Home(home)).effective_database_url
    database = sqlite3.connect(url.partition("///")[2])
    (count,) = database.execute("SELECT count(*) FROM usage").fetchone()
    database.close()
    return int(count)


async def _measure(home: Path) -> None:
    start = _Embedded(home, port=0)
    app = MiavoApp(start)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.link.phase is Phase.READY)
        url = start.connection.url
        server = Server(
            url, os.getpid(), await asyncio.to_thread(processes.unlimited_key, url, home)
        )
        await pilot.press("6")
        await until(pilot, lambda: isinstance(app.screen, UsageScreen) and app.screen._live)
        screen = app.screen
        assert isinstance(screen, UsageScreen)
        reached, lags = await under_load(server, _RATE, _SECONDS)
        asked = round(reached * _SECONDS)
        await until(pilot, lambda: screen.browser.extent.count >= asked)
        shown = screen.browser.extent.count
    tell(f"loop's lag, {reached:.0f} requests/s in its process", lags)
    sys.stdout.write(f"asked {asked:,}, shown {shown:,}, kept {_kept(home):,}\n")


def main() -> None:
    """Measures and prints."""
    os.environ["MIAVO_SECRETS"] = "file"
    with tempfile.TemporaryDirectory(prefix="miavo-tail-") as folder:
        asyncio.run(_measure(Path(folder) / "home"))


if __name__ == "__main__":
    main()
