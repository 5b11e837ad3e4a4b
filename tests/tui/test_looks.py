"""How every screen looks, in three sizes and two themes, as a person has once found it right.

`pytest tests/tui/test_looks.py --snapshot-update` takes the pictures anew; look at what changed.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from pytest_textual_snapshot import SVGImageExtension
from syrupy.assertion import SnapshotAssertion
from textual.containers import VerticalScroll
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from miavo_tui.app import MiavoApp
from miavo_tui.screens.registry import SCREENS
from tests.conftest import RunningGateway
from tests.tui.running import Attached, ready, until

SIZES = {"narrow": (80, 24), "normal": (120, 40), "wide": (200, 60)}
THEMES = ("miavo-dark", "miavo-light")
MARKS = {
    r"sk-maas-\w{4}…\w{4}": "sk-maas-AbCd…wXyZ",
    r"key_[0-9a-f]{16}": "key_0123456789abcdef",
    r"\d{4}-\d\d-\d\d(&#160;| )\d\d:\d\d": r"2026-11-26\1" + "12:00",
}
"""What is another at each run, as wide as it is."""
# What the Gateway screen shows changes from second to second.
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
        for theme in THEMES:
            app.theme = theme
            for size, (width, height) in SIZES.items():
                await pilot.resize_terminal(width, height)
                looks = unmarked(await picture(pilot), gateway)
                assert looks == kept(name=f"{name}-{size}-{theme}")
