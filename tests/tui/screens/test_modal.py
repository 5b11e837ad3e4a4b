"""What opens over a screen: left once however quickly keys come, with hints of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from miavo_tui.app import MiavoApp
from miavo_tui.widgets.key_hints import KeyHints
from tests.conftest import RunningGateway
from tests.tui.running import Attached, ready, until


def hints(app: MiavoApp) -> str:
    return str(app.screen.query_one(KeyHints).render()).strip()


@pytest.mark.parametrize(
    ("screen", "keys"),
    [
        ("catalogue", ("p", "enter", "enter", "enter")),
        ("catalogue", ("p", "escape", "escape", "q")),
        ("catalogue", ("f", "space", "escape", "escape")),
        ("catalogue", ("f1", "escape", "enter", "q")),
        ("chat", ("ctrl+o", "enter", "enter")),
        ("chat", ("ctrl+o", "escape", "escape")),
        ("chat", ("f1", "enter", "escape")),
        ("chat", ("ctrl+p", "escape", "escape")),
    ],
)
async def test_keys_in_quick_succession_leave_one_screen_and_not_two(
    shared_gateway: RunningGateway, tmp_path: Path, screen: str, keys: tuple[str, ...]
) -> None:
    app = MiavoApp(Attached(shared_gateway, tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        app.show_screen(screen)
        await until(pilot, lambda: app.current_mode == screen, "the screen")
        await pilot.pause()
        await pilot.press(keys[0])
        await until(pilot, lambda: len(app.screen_stack) == 2, "what opens over it")
        # Without a pause between them, as a terminal sends what was typed ahead.
        for key in keys[1:]:
            app.simulate_key(key)
        await until(pilot, lambda: len(app.screen_stack) == 1, "the screen beneath")
        await pilot.pause()
        assert app.is_running


@pytest.mark.parametrize(
    ("screen", "key", "stays"),
    [("catalogue", "p", False), ("chat", "ctrl+o", False), ("keys", "n", True)],
)
async def test_a_click_beside_closes_what_holds_nothing_typed(
    shared_gateway: RunningGateway, tmp_path: Path, screen: str, key: str, stays: bool
) -> None:
    app = MiavoApp(Attached(shared_gateway, tmp_path))
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot, app)
        await app.show_screen(screen).wait()
        await pilot.pause()
        await pilot.press(key)
        await until(pilot, lambda: len(app.screen_stack) == 2, "what opens over it")
        await pilot.pause()
        await pilot.click(offset=(0, 0))
        await pilot.pause()
        assert len(app.screen_stack) == (2 if stays else 1)


async def test_hints_are_those_of_what_is_on_top(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    app = MiavoApp(Attached(shared_gateway, tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        assert hints(app).endswith("^q quit  ? help")
        for key, shown in (
            ("p", "enter pick  esc close"),
            ("f1", "esc close  i names for config.toml"),
            ("ctrl+p", "esc close  enter run"),
        ):
            await pilot.press(key)
            await until(pilot, lambda shown=shown: hints(app) == shown, shown)
            await pilot.press("escape")
            await pilot.pause()
        await pilot.press("f3")
        await until(pilot, lambda: app.current_mode == "chat", "the Chat screen")
        await pilot.pause()
        # Digits are typed here: the hints name the keys that work.
        assert hints(app).startswith("^o model")
        assert hints(app).endswith("^q quit  F1 help")
        await pilot.press("ctrl+o")
        await pilot.pause()
        assert hints(app) == "enter pick  esc back"


async def test_a_killed_app_comes_back_to_the_screen_it_showed(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    app = MiavoApp(Attached(shared_gateway, tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await app.show_screen("chat").wait()
        # Nothing else has run since: what a kill would leave.
        assert '"screen": "chat"' in (tmp_path / "app.json").read_text()
        await pilot.pause()


async def test_the_theme_key_works_while_a_message_is_written(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    app = MiavoApp(Attached(shared_gateway, tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await app.show_screen("chat").wait()
        await pilot.press("h", "i", "f6")
        assert app.theme == "miavo-light"
