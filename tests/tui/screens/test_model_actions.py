"""What the Catalogue does with models: marks, the comparison, code with a key, trying."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import OptionList, Static

from miavo_tui.app import MiavoApp
from miavo_tui.screens.code_key import CodeKeyMenu, KeyedCode
from miavo_tui.screens.compare import CompareScreen
from miavo_tui.widgets.legend import Legend
from tests.conftest import RunningGateway
from tests.tui.running import Attached, ready, until
from tests.tui.screens.test_catalogue import catalogue, texts


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_marked_models_stand_side_by_side_and_one_is_tried(
    shared_gateway: RunningGateway, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with catalogue(shared_gateway, tmp_path, size) as seen:
        for slug in ("gpt-5.4", "claude-opus-4-6", "local-echo"):
            await seen.select(slug)
            await seen.pilot.press("space")
        await seen.pilot.pause()
        assert seen.screen.view.marked == ("gpt-5.4", "claude-opus-4-6", "local-echo")
        await seen.select("local-echo")
        assert any(line.startswith("◆●") for line in texts(seen.screen))
        assert "◆ 3 marked" in str(seen.screen.query_one(Legend).render())
        await seen.pilot.press("m")
        await until(seen.pilot, lambda: isinstance(seen.app.screen, CompareScreen), "the view")
        await seen.pilot.pause()
        table = seen.app.screen.query_one("#compare-table", Static)
        shown = str(table.content)
        assert "▸ GPT-5.4" in shown
        assert "claude-opus-4-6" in shown
        assert "━" in shown
        assert all(len(line) <= size[0] - 4 for line in shown.splitlines())
        # The last one comes into sight where the columns do not fit.
        await seen.pilot.press("l", "right")
        await seen.pilot.pause()
        assert "▸ Echo" in str(table.content)
        assert "✓ cheapest" in str(table.content)
        await seen.pilot.press("enter")
        await until(seen.pilot, lambda: seen.app.current_mode == "chat", "the Chat screen")
        await until(seen.pilot, lambda: seen.app.state.chat_model == "local-echo", "its model")
    async with catalogue(shared_gateway, tmp_path, size) as again:
        assert len(again.app.state.catalogue.marked) == 3


async def test_marks_and_sandbox_are_explained_without_breaking_a_word(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    gateway.admin("POST", "credentials", {"provider": "anthropic", "sandbox": {}})
    async with catalogue(gateway, tmp_path, size=(80, 24)) as seen:
        await seen.pilot.press("space")
        await seen.pilot.pause()
        legend = seen.screen.query_one(Legend)
        lines = [legend.render_line(y).text for y in range(legend.size.height)]
        assert all(len(line) <= 80 for line in lines)
        words = "◆ 1 marked, ◍ simulated, ○ not reachable, ✖ retired, S streaming, V vision"
        for word in words.split(", "):
            assert any(word in line for line in lines), word


async def test_leaving_models_out_ends_the_comparison_and_takes_their_marks(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    async with catalogue(shared_gateway, tmp_path) as seen:
        await seen.select("gpt-5.4")
        await seen.pilot.press("m")
        await seen.pilot.pause()
        assert not isinstance(seen.app.screen, CompareScreen)
        await seen.pilot.press("space", "m")
        # With one mark the model under the cursor is the other.
        await until(seen.pilot, lambda: isinstance(seen.app.screen, CompareScreen), "the view")
        await seen.pilot.press("space")
        await until(seen.pilot, lambda: seen.app.screen is seen.screen, "the list")
        assert seen.screen.view.marked == ()


async def test_details_say_how_the_prices_compare(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    async with catalogue(shared_gateway, tmp_path) as seen:
        await seen.select("gpt-5.4")
        assert "cheaper than" in seen.detail
        await seen.select("local-echo")
        assert "cheaper than" not in seen.detail


async def test_what_can_be_reached_is_looked_up_again_on_coming_back(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    async with catalogue(gateway, tmp_path) as seen:
        await seen.select("claude-opus-4-7")
        assert "not reachable" in seen.detail
        await seen.app.show_screen("chat").wait()
        gateway.admin("POST", "credentials", {"provider": "anthropic", "sandbox": {}})
        await seen.app.show_screen("catalogue").wait()
        await until(seen.pilot, lambda: "◍ simulated" in seen.detail, "the sandbox behind it")
        assert any("◍" in line and "claude-opus-4-7" in line for line in texts(seen.screen))
        assert seen.selected == "claude-opus-4-7"


async def test_code_is_copied_with_a_key_made_for_it_which_is_shown_once(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    gateway.key("my editor")
    async with catalogue(gateway, tmp_path) as seen:
        await seen.select("local-echo")
        await until(seen.pilot, lambda: gateway.url in seen.code, "the example")
        await seen.pilot.press("C")
        await until(seen.pilot, lambda: isinstance(seen.app.screen, CodeKeyMenu), "the menu")
        options = seen.app.screen.query_one(OptionList)
        assert any("my editor" in str(option.prompt) for option in options.options)
        await seen.pilot.press("down", "enter")
        await until(seen.pilot, lambda: isinstance(seen.app.screen, KeyedCode), "the code")
        await seen.pilot.pause()
        assert "sk-maas-" in str(seen.app.screen.query_one("#keyed-code Static", Static).content)
        names = [key["name"] for key in gateway.admin("GET", "keys")["data"]]
        assert any(name.startswith("local-echo ") for name in names)
        await seen.pilot.press("escape")
        await seen.pilot.pause()
        assert isinstance(seen.app.screen, KeyedCode), "the first Esc asks"
        await seen.pilot.press("c", "escape")
        await until(seen.pilot, lambda: seen.app.screen is seen.screen, "the list")


async def test_without_leave_to_change_no_key_is_offered(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    app = MiavoApp(Attached(shared_gateway, tmp_path), read_only=True)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot, app)
        await pilot.press("C")
        await until(pilot, lambda: isinstance(app.screen, CodeKeyMenu), "the menu")
        prompts = [str(o.prompt) for o in app.screen.query_one(OptionList).options]
        assert not any("new key" in prompt for prompt in prompts)
