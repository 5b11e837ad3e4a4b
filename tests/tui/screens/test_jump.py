"""Jump mode: letters go to a part of the screen, or to another screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.app import ComposeResult
from textual.containers import Grid
from textual.screen import Screen
from textual.widgets import Button

from miavo_tui.app import MiavoApp
from miavo_tui.screens.jump import JumpOverlay, labels, targets
from miavo_tui.screens.registry import SCREENS
from miavo_tui.widgets.top_bar import TopBar
from tests.conftest import RunningGateway
from tests.tui.running import Attached, ready, until


@pytest.mark.parametrize("screen", ["catalogue", "chat"])
@pytest.mark.parametrize("width", [80, 160])
async def test_each_label_goes_to_what_it_stands_on(
    shared_gateway: RunningGateway, tmp_path: Path, screen: str, width: int
) -> None:
    app = MiavoApp(Attached(shared_gateway, tmp_path))
    async with app.run_test(size=(width, 40)) as pilot:
        await ready(pilot, app)
        await app.show_screen(screen).wait()
        await pilot.pause()
        beneath = app.screen
        choices = targets(beneath)
        tabs = list(beneath.query_one(TopBar).tab_regions().values())
        parts = {name: each for name, each in choices.items() if each.region not in tabs}
        assert parts
        for name, target in parts.items():
            await pilot.press("ctrl+g")
            await until(pilot, lambda: isinstance(app.screen, JumpOverlay), "the labels")
            await pilot.pause()
            places = {
                str(label.render()).strip(): label.region.offset
                for label in app.screen.query(".jump-letter")
            }
            assert places == {each: choices[each].region.offset for each in choices}
            await pilot.press(*name)
            await until(pilot, lambda: app.screen is beneath, "the screen")
            assert beneath.focused is not None
            assert beneath.focused.region == target.region
        await pilot.press("ctrl+g")
        await until(pilot, lambda: isinstance(app.screen, JumpOverlay), "the labels")
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is beneath, "the screen")

        others = [row for row in SCREENS if row.name != screen]
        assert len(choices) == len(parts) + len(others)
        bar = app.export_screenshot()
        assert all(f"{row.digit}&#160;" in bar for row in others)
        last = list(choices)[-1]
        await pilot.press("ctrl+g")
        await until(pilot, lambda: isinstance(app.screen, JumpOverlay), "the labels")
        await pilot.press(*last)
        await until(pilot, lambda: app.current_mode == others[-1].name, "the last tab's screen")


@pytest.mark.parametrize("count", [0, 1, 26, 27, 51, 52, 300, 676, 1_000])
def test_no_label_begins_with_another_and_short_ones_come_first(count: int) -> None:
    given = labels(count)
    assert len(given) == len(set(given)) == min(count, 676)
    assert not [one for one in given for two in given if one != two and two.startswith(one)]
    assert [len(each) for each in given] == sorted(len(each) for each in given)
    assert count > 26 or all(len(each) == 1 for each in given)


class Crowded(Screen[None]):
    """More parts than there are letters."""

    def compose(self) -> ComposeResult:
        """Forty buttons."""
        grid = Grid(*(Button(f"{number}", compact=True) for number in range(40)))
        grid.styles.grid_size_columns = 8
        grid.styles.grid_rows = "1"
        yield grid


async def test_where_letters_run_out_two_are_typed(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    app = MiavoApp(Attached(shared_gateway, tmp_path))
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot, app)
        crowded = Crowded()
        await app.push_screen(crowded)
        await pilot.pause()
        assert len(targets(crowded)) == 40

        async def letters() -> JumpOverlay:
            await pilot.press("ctrl+g")
            await until(pilot, lambda: isinstance(app.screen, JumpOverlay), "the labels")
            assert isinstance(app.screen, JumpOverlay)
            return app.screen

        overlay = await letters()
        await pilot.press("m")
        shown = {
            str(each.render()).strip() for each in overlay.query(".jump-letter") if each.display
        }
        assert shown == {
            "ma",
            "ms",
            "md",
            "mf",
            "mg",
            "mh",
            "mj",
            "mk",
            "ml",
            "mq",
            "mw",
            "me",
            "mr",
            "mt",
            "my",
        }
        await pilot.press("x")  # no label is so: all are there again
        assert all(each.display for each in overlay.query(".jump-letter"))
        await pilot.press("m", "y")
        await until(pilot, lambda: app.screen is crowded, "the screen")
        assert isinstance(crowded.focused, Button)
        assert str(crowded.focused.label) == "39"
