"""Jump mode: a letter goes to a part of the screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from miavo_tui.app import MiavoApp
from miavo_tui.screens.jump import JumpOverlay, targets
from tests.conftest import RunningGateway
from tests.tui.running import Attached, ready, until


@pytest.mark.parametrize("screen", ["catalogue", "chat"])
async def test_each_letter_goes_to_what_it_stands_on(
    shared_gateway: RunningGateway, tmp_path: Path, screen: str
) -> None:
    app = MiavoApp(Attached(shared_gateway, tmp_path))
    async with app.run_test(size=(160, 40)) as pilot:
        await ready(pilot, app)
        await app.show_screen(screen).wait()
        await pilot.pause()
        beneath = app.screen
        choices = targets(beneath)  # type: ignore[arg-type]
        assert choices
        for letter, widget in choices.items():
            await pilot.press("ctrl+g")
            await until(pilot, lambda: isinstance(app.screen, JumpOverlay), "the letters")
            await pilot.pause()
            labels = {
                str(label.render()).strip(): label.region.offset
                for label in app.screen.query(".jump-letter")
            }
            assert labels[letter] == widget.region.offset
            await pilot.press(letter)
            await until(pilot, lambda: app.screen is beneath, "the screen")
            assert beneath.focused is widget
        await pilot.press("ctrl+g")
        await until(pilot, lambda: isinstance(app.screen, JumpOverlay), "the letters")
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is beneath, "the screen")
