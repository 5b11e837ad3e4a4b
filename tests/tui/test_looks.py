"""How every screen looks, in three sizes and two themes, as a person has once found it right.

`pytest tests/tui/test_looks.py --snapshot-update` takes the pictures anew; look at what changed.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest
from pytest_textual_snapshot import SVGImageExtension
from syrupy.assertion import SnapshotAssertion
from textual.containers import VerticalScroll
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from miavo_tui.app import MiavoApp
from miavo_tui.client import gateway_client
from miavo_tui.client.operation import Operation
from miavo_tui.json_fields import JsonObject
from miavo_tui.operation_records import LogPage, Pulse
from miavo_tui.screens.gateway import GatewayScreen
from miavo_tui.screens.registry import SCREENS
from miavo_tui.sse import Event
from tests.conftest import RunningGateway
from tests.tui.running import Attached, ready, until

HERE = Path(__file__).parent
SIZES = {"narrow": (80, 24), "normal": (120, 40), "wide": (200, 60)}
THEMES = ("miavo-dark", "miavo-light")
MARKS = {
    r"sk-maas-\w{4}…\w{4}": "sk-maas-AbCd…wXyZ",
    r"key_[0-9a-f]{16}": "key_0123456789abcdef",
    r"\d{4}-\d\d-\d\d(&#160;| )\d\d:\d\d": r"2026-11-26\1" + "12:00",
}
"""What is another at each run, as wide as it is."""
# What the Gateway screen shows changes from second to second; a recording of it stands below.
STILL = [row.name for row in SCREENS if row.name != "gateway"]


def unmarked(svg: str, gateway: RunningGateway) -> str:
    """The picture without what is another at each run."""
    # A free port always has five digits here.
    svg = svg.replace(gateway.url.rpartition(":")[2], "55555")
    for mark, always in MARKS.items():
        svg = re.sub(mark, always, svg)
    return svg


async def picture(pilot: Pilot[None]) -> str:
    """The screen, once it has come to rest."""
    for field in pilot.app.screen.query(Input):
        field.cursor_blink = False
    for area in pilot.app.screen.query(TextArea):
        area.cursor_blink = False
    for scrolled in pilot.app.screen.query(VerticalScroll):
        scrolled.scroll_home(animate=False)
    before = ""
    async with asyncio.timeout(20):
        while True:
            await pilot.pause(0.25)
            now = pilot.app.export_screenshot(title="Miavo")
            if now == before:
                return now
            before = now


async def everywhere(
    app: MiavoApp,
    pilot: Pilot[None],
    name: str,
    gateway: RunningGateway,
    kept: SnapshotAssertion,
    resized: Callable[[], None] = lambda: None,
) -> None:
    """Compares the screen in view in each theme and size; `resized` is told of each size."""
    for theme in THEMES:
        app.theme = theme
        for size, (width, height) in SIZES.items():
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            resized()
            looks = unmarked(await picture(pilot), gateway)
            assert looks == kept(name=f"{name}-{size}-{theme}")


@pytest.mark.parametrize("name", STILL)
async def test_a_screen_looks_as_it_was_found_right(
    name: str, gateway: RunningGateway, tmp_path: Path, snapshot: SnapshotAssertion
) -> None:
    kept = snapshot.use_extension(SVGImageExtension)
    app = MiavoApp(Attached(gateway, tmp_path))
    async with app.run_test(size=SIZES["normal"]) as pilot:
        await ready(pilot, app)
        app.show_screen(name)
        await until(pilot, lambda: app.current_mode == name, f"the screen {name}")
        await everywhere(app, pilot, name, gateway, kept)


@pytest.fixture
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times are shown in UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


class Recording(Operation):
    """A minute of a gateway as its admin API told it: the log at once, the pulse when it is fed."""

    told: ClassVar[JsonObject] = json.loads((HERE / "recorded" / "gateway.json").read_bytes())
    pulses: ClassVar[list[Pulse]] = [Pulse.from_json(each) for each in told["pulses"]]

    async def pulse(self) -> Pulse:
        await asyncio.Event().wait()
        raise AssertionError("it is never set")

    async def log(self, *, level: str, limit: int, before: str | None = None) -> LogPage:
        return LogPage.from_json(self.told["log"])

    async def log_events(self, *, level: str, after: str | None) -> AsyncGenerator[Event, None]:
        await asyncio.Event().wait()
        yield Event("")


async def test_the_gateway_screen_looks_as_it_was_found_right(
    gateway: RunningGateway,
    tmp_path: Path,
    snapshot: SnapshotAssertion,
    monkeypatch: pytest.MonkeyPatch,
    in_utc: None,
) -> None:
    monkeypatch.setattr(gateway_client, "Operation", Recording)
    app = MiavoApp(Attached(gateway, tmp_path))
    async with app.run_test(size=SIZES["normal"]) as pilot:
        await ready(pilot, app)
        assert app.client is not None
        status = await app.client.gateway()
        status = replace(status, url="http://127.0.0.1:6428", pid=4242, home="/home/me/miavo")
        await app.show_screen("gateway").wait()
        screen = app.screen
        assert isinstance(screen, GatewayScreen)
        await until(pilot, lambda: len(screen.logs.log_list.lines) > 50, "the log")
        for second, pulse in enumerate(Recording.pulses):
            screen.history.add(pulse, float(second))

        def feel() -> None:
            screen.head.show_status(status, Recording.pulses[-1].uptime_seconds)
            screen.head.show_pulse(screen.history)

        kept = snapshot.use_extension(SVGImageExtension)
        await everywhere(app, pilot, "gateway", gateway, kept, resized=feel)
