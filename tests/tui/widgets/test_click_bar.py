"""The lines over lists do on a click what the keys do that they name."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widget import Widget

from miavo_tui.app import MiavoApp
from miavo_tui.widgets.click_bar import ClickBar
from miavo_tui.widgets.filter_bar import FilterBar
from miavo_tui.widgets.key_bar import KeyBar
from miavo_tui.widgets.ledger_bar import LedgerBar
from miavo_tui.widgets.usage_bar import UsageBar
from tests.conftest import RunningGateway
from tests.tui.running import Attached, ready, until
from tests.tui.screens.shown import drawn


def told(bar: Widget) -> str:
    return "\n".join(drawn(bar))


@pytest.mark.parametrize(
    ("name", "kind", "part", "then"),
    [
        ("catalogue", FilterBar, "sort catalogue", "sort name"),
        ("keys", KeyBar, "sort name", "sort last used"),
        ("credit", LedgerBar, "by hand", "0 entries"),
        ("usage", UsageBar, "list", "charts"),
    ],
)
async def test_a_part_does_on_a_click_what_its_key_does(
    shared_gateway: RunningGateway,
    tmp_path: Path,
    name: str,
    kind: type[ClickBar],
    part: str,
    then: str,
) -> None:
    app = MiavoApp(Attached(shared_gateway, tmp_path))
    async with app.run_test(size=(160, 40)) as pilot:
        await ready(pilot, app)
        await app.show_screen(name).wait()
        bar = app.screen.query_one(kind)
        await until(pilot, lambda: part in told(bar), part)
        await pilot.pause()
        lines = drawn(bar)
        y = next(at for at, line in enumerate(lines) if part in line)
        await pilot.click(bar, offset=(lines[y].index(part), y))
        await until(pilot, lambda: then in told(bar), then)
