"""What holds on every screen there is: hostile text, help, the loss of the gateway, no room."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.widgets import Static

from miavo_tui.app import MiavoApp
from miavo_tui.link import Phase
from miavo_tui.screens.frame import FrameScreen
from miavo_tui.screens.help import HelpScreen
from miavo_tui.screens.registry import SCREENS
from miavo_tui.widgets.key_hints import KeyHints
from miavo_tui.widgets.top_bar import TopBar
from tests.conftest import RunningGateway
from tests.tui.running import Attached, ready, until

_MARKUP = "[bold]x[/bold] [@click=app.quit]y[/] [/]"
_ESCAPES = "\x1b]0;title\x07\x1b[31mred\x9b2J"


def shown(app: MiavoApp) -> str:
    return html.unescape(app.export_screenshot()).replace("\xa0", " ")


async def test_text_from_elsewhere_is_neither_markup_nor_escapes(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    secret = gateway.admin("POST", "keys", {"name": _MARKUP})["key"]
    gateway.admin("POST", "credit", {"amount_usd": "1", "note": _MARKUP})
    await asyncio.to_thread(gateway.ask, _MARKUP + _ESCAPES, secret=secret)
    app = MiavoApp(Attached(gateway, tmp_path / "app"))
    async with app.run_test(size=(160, 48), notifications=True) as pilot:
        await ready(pilot, app)
        for row in SCREENS:
            await app.show_screen(row.name).wait()
            await pilot.pause()
            # The key has it for a name, the credit for a note, and the request was by that key.
            if row.name in ("keys", "credit", "usage"):
                await until(pilot, lambda: "[bold]x[/" in shown(app), f"the text in {row.name}")
            assert "\x1b" not in app.export_screenshot()
        await app.show_screen("catalogue").wait()
        app.notify(_MARKUP)
        await until(pilot, lambda: "[bold]x[/bold]" in shown(app), "the notice as it is")
        assert app.is_running


async def test_each_screen_has_its_tab_its_hints_and_its_help(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    app = MiavoApp(Attached(shared_gateway, tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        for row in SCREENS:
            await pilot.press(f"alt+{row.digit}")
            await until(pilot, lambda name=row.name: app.current_mode == name, row.title)
            screen = app.screen
            assert isinstance(screen, FrameScreen)
            await pilot.pause()
            bar = screen.query_one(TopBar).render_line(0).text
            assert f" {row.digit} {row.title} " in bar
            assert all(f"{each.digit} {each.title}" in bar for each in SCREENS)
            assert "quit" in str(screen.query_one(KeyHints).render())
            assert screen.PURPOSE
            await pilot.press("f1")
            await until(pilot, lambda: isinstance(app.screen, HelpScreen), "the help")
            heading = str(app.screen.query_one("#help-heading", Static).content)
            assert app.with_keys(screen.PURPOSE, screen) in heading
            await pilot.press("escape")
            await until(pilot, lambda seen=screen: app.screen is seen, "the screen again")


async def test_the_loss_of_the_gateway_is_told_with_what_to_do_on_every_screen(
    start_gateway: Callable[[Path], RunningGateway], tmp_path: Path
) -> None:
    gateway = start_gateway(tmp_path / "gateway")
    app = MiavoApp(Attached(gateway, tmp_path / "app"))
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot, app)
        for row in SCREENS:
            await app.show_screen(row.name).wait()
        gateway.embedded.stop()
        app.look_at_link()
        await until(pilot, lambda: app.link.phase is Phase.LOST, "the loss")
        for row in SCREENS:
            await app.show_screen(row.name).wait()
            await pilot.pause()
            notice = app.screen.query_one("#link-notice", Static)
            assert notice.display, row.name
            assert "F5" in str(notice.content)
            assert "lost" in str(app.screen.query_one(TopBar).render())


@pytest.mark.parametrize("size", [(40, 10), (8, 3), (1, 1)])
async def test_no_terminal_is_too_small_to_go_on(
    shared_gateway: RunningGateway, tmp_path: Path, size: tuple[int, int]
) -> None:
    app = MiavoApp(Attached(shared_gateway, tmp_path))
    async with app.run_test(size=size) as pilot:
        await ready(pilot, app)
        for row in SCREENS:
            await app.show_screen(row.name).wait()
            await pilot.pause()
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert app.is_running
