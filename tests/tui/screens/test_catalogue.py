"""The Catalogue screen on a real gateway with the catalogue that Miavo ships."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from textual.widgets import Static

from miavo_tui.app import MiavoApp
from miavo_tui.model_states import symbol_of
from miavo_tui.screens.catalogue import CatalogueScreen
from miavo_tui.widgets.key_hints import KeyHints
from miavo_tui.widgets.legend import Legend
from miavo_tui.widgets.search_line import SearchLine
from tests.conftest import RunningGateway
from tests.tui.running import Attached, ready, until
from tests.tui.screens.shown import Shown


class Catalogue(Shown):
    """The app on its Catalogue screen."""

    @property
    def screen(self) -> CatalogueScreen:
        assert isinstance(self.base, CatalogueScreen)
        return self.base

    @property
    def slugs(self) -> list[str]:
        return [model.slug for model in self.screen.models.models]

    @property
    def selected(self) -> str:
        model = self.screen.models.highlighted
        return "" if model is None else model.slug

    @property
    def count(self) -> str:
        return str(self.screen.query_one(SearchLine).note.content)

    @property
    def detail(self) -> str:
        return str(self.screen.query_one("#facts", Static).content)

    @property
    def code(self) -> str:
        return str(self.screen.query_one("#code", Static).content)

    async def type(self, text: str) -> None:
        for character in text:
            await self.pilot.press("minus" if character == "-" else character)

    async def select(self, slug: str) -> None:
        self.screen.action_jump(slug)
        await self.pilot.pause()
        assert self.selected == slug


@asynccontextmanager
async def catalogue(
    gateway: RunningGateway, home: Path, size: tuple[int, int] = (160, 48)
) -> AsyncIterator[Catalogue]:
    app = MiavoApp(Attached(gateway, home))
    async with app.run_test(size=size) as pilot:
        await ready(pilot, app)
        yield Catalogue(app, pilot)


def texts(screen: CatalogueScreen) -> list[str]:
    """Every line of the list as it is drawn."""
    models = screen.models
    return [models.render_line(y).text for y in range(models.size.height)]


async def test_search_narrows_with_every_key_and_escape_brings_all_back(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    async with catalogue(shared_gateway, tmp_path) as seen:
        assert seen.count == "93 of 93"
        await seen.pilot.press("slash")
        await seen.type("nano-banana")
        await seen.pilot.pause()
        assert seen.slugs == ["nano-banana-pro", "nano-banana-2", "nano-banana"]
        assert seen.count == "3 of 93"
        assert seen.selected == "nano-banana-pro"
        await seen.pilot.press("escape")
        await seen.pilot.pause()
        assert len(seen.slugs) == 93
        assert seen.screen.models.has_focus


async def test_what_was_searched_is_marked_in_the_row(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    async with catalogue(shared_gateway, tmp_path) as seen:
        await seen.pilot.press("slash")
        await seen.type("opus")
        await seen.pilot.pause()
        row = seen.screen.models.render_line(2)
        marked = [
            segment.text for segment in row if segment.style is not None and segment.style.underline
        ]
        assert marked == ["opus"]


async def test_a_search_without_result_says_so_and_how_to_go_on(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    async with catalogue(shared_gateway, tmp_path) as seen:
        await seen.pilot.press("a", "slash")
        await seen.type("zzq")
        await seen.pilot.pause()
        message = str(seen.screen.query_one("#nothing", Static).content)
        assert "No model matches “zzq” with these filters." in message
        assert "esc clears the search" in message
        assert "x drops the filters" in message
        assert not seen.screen.models.display
        await seen.pilot.press("escape", "x")
        await seen.pilot.pause()
        assert seen.count == "93 of 93"
        assert seen.screen.models.display


async def test_kind_provider_feature_reach_and_price_filter_together(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    async with catalogue(shared_gateway, tmp_path) as seen:
        await seen.pilot.press("right")
        await seen.pilot.pause()
        assert {model.kind for model in seen.screen.models.models} == {"chat"}
        await seen.pilot.press("left", "left")
        await seen.pilot.pause()
        assert {model.kind for model in seen.screen.models.models} == {"realtime"}
        await seen.pilot.press("x", "p", "end", "enter")
        await seen.pilot.pause()
        assert {model.provider for model in seen.screen.models.models} == {"Local"}
        assert seen.count == "9 of 93"
        await seen.pilot.press("f", "down", "space", "escape")
        await seen.pilot.pause()
        assert all("tools" in model.features for model in seen.screen.models.models)
        await seen.pilot.press("a")
        await seen.pilot.pause()
        assert "local-echo" in seen.slugs
        assert all(model.reachable for model in seen.screen.models.models)
        await seen.pilot.press("x", "0")
        await seen.pilot.pause()
        assert "glm-4-flash" in seen.slugs
        assert all(model.prices.free for model in seen.screen.models.models)


async def test_sorting_by_price_is_exact_and_keeps_the_unpriced_last(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    async with catalogue(shared_gateway, tmp_path) as seen:
        await seen.pilot.press("s", "s", "S")
        await seen.pilot.pause()
        prices = [model.prices for model in seen.screen.models.models]
        by_token = [price.input_per_mtok for price in prices if price.input_per_mtok is not None]
        assert by_token == sorted(by_token, reverse=True)
        assert by_token[0] == Decimal("30.00")
        priced = [price.priced for price in prices]
        assert priced == sorted(priced, reverse=True)
        assert seen.selected == seen.slugs[0] == "gpt-5.5-pro"


async def test_a_click_on_a_title_sorts_and_a_second_one_turns_round(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    async with catalogue(shared_gateway, tmp_path) as seen:
        header = texts(seen.screen)[0]
        at = (header.index("CONTEXT") + 2, 0)
        await seen.pilot.click("#models", offset=at)
        await seen.pilot.pause()
        contexts = [model.context_window or 0 for model in seen.screen.models.models]
        assert contexts == sorted(contexts, reverse=True)
        assert "▼CONTEXT" in texts(seen.screen)[0]
        await seen.pilot.click("#models", offset=at)
        await seen.pilot.pause()
        stated = [m.context_window for m in seen.screen.models.models if m.context_window]
        assert stated == sorted(stated)
        assert seen.screen.models.models[-1].context_window is None


async def test_vim_and_arrow_keys_move_alike(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    async with catalogue(shared_gateway, tmp_path) as seen:
        first, second = seen.slugs[:2]
        await seen.pilot.press("g", "j")
        assert seen.selected == second
        await seen.pilot.press("k", "k")
        assert seen.selected == first
        await seen.pilot.press("G")
        assert seen.selected == seen.slugs[-1]
        assert seen.slugs[-1] in texts(seen.screen)[-1]
        await seen.pilot.press("g", "pagedown")
        assert seen.selected == seen.slugs[seen.screen.models.size.height - 2]
        await seen.pilot.press("home")
        assert seen.selected == first


async def test_details_say_what_happened_to_a_retired_model_and_lead_to_its_successor(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    async with catalogue(shared_gateway, tmp_path) as seen:
        await seen.select("deepseek-chat")
        assert "retired" in seen.detail
        assert "2026-07-24" in seen.detail
        assert "163,840 tokens" in seen.detail
        assert "$0.32" in seen.detail
        assert "deepseek-v4-flash" in seen.detail
        await seen.pilot.press("u")
        await seen.pilot.pause()
        assert seen.selected == "deepseek-v4-flash"


@pytest.mark.parametrize(
    ("slug", "said"),
    [
        ("gpt-4o-audio-preview", "unpriced"),
        ("glm-4-flash", "free"),
        ("gpt-image-2", "$0.040 per image"),
        ("cogvideox", "$0.200 per second"),
        ("claude-opus-4-6", "not reachable from this gateway"),
        ("local-echo", "● reachable"),
    ],
)
async def test_details_state_price_and_reach(
    shared_gateway: RunningGateway, tmp_path: Path, slug: str, said: str
) -> None:
    async with catalogue(shared_gateway, tmp_path) as seen:
        await seen.select(slug)
        assert said in seen.detail


async def test_the_code_is_the_gateways_own_and_is_copied_as_it_stands(
    shared_gateway: RunningGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-kitty")
    for name in ("TMUX", "STY", "DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    async with catalogue(shared_gateway, tmp_path) as seen:
        await seen.select("local-echo")
        await until(seen.pilot, lambda: shared_gateway.url in seen.code, "the curl example")
        await seen.pilot.press("e")
        await seen.pilot.pause()
        assert "from openai import OpenAI" in seen.code
        await seen.pilot.press("c")
        wanted = shared_gateway.admin("GET", "catalogue/local-echo/examples")["python"]
        await until(seen.pilot, lambda: seen.app.clipboard == wanted, "the copied example")
        await seen.pilot.press("y")
        await until(seen.pilot, lambda: seen.app.clipboard == "local-echo", "the copied slug")
        notices = [notice.message for notice in seen.app._notifications]
        assert "Copied the Python example." in notices


async def test_enter_opens_chat_with_the_model(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    async with catalogue(shared_gateway, tmp_path) as seen:
        await seen.select("local-echo")
        await seen.pilot.press("enter")
        await until(seen.pilot, lambda: seen.app.current_mode == "chat", "the Chat screen")
        await until(
            seen.pilot, lambda: seen.app.state.chat_model == "local-echo", "the model in Chat"
        )


async def test_a_model_that_does_not_chat_is_explained_instead(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    async with catalogue(shared_gateway, tmp_path) as seen:
        await seen.select("gpt-image-2")
        await seen.pilot.press("enter")
        await seen.pilot.pause()
        assert seen.app.current_mode == "catalogue"
        assert any("image model" in notice.message for notice in seen.app._notifications)


async def test_eighty_columns_show_the_list_or_the_details_and_cut_neither(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    async with catalogue(shared_gateway, tmp_path, size=(80, 24)) as seen:
        assert not seen.screen.detail.display
        await seen.select("bedrock-claude-haiku-3-5-us-cr")
        lines = texts(seen.screen)
        assert all(len(line) <= 80 for line in lines)
        row = next(line for line in lines if "bedrock-claude-haiku-3-5-us-cr" in line)
        assert row.split() == [
            *("○", "bedrock-claude-haiku-3-5-us-cr", "chat", "$0.88", "$4.40", "200k", "STV")
        ]
        await seen.pilot.press("enter")
        await seen.pilot.pause()
        assert seen.screen.detail.display
        assert not seen.screen.models.display or not seen.screen.query_one("#browse").display
        assert "esc back" in str(seen.screen.query_one(KeyHints).render())
        await seen.pilot.press("escape")
        await seen.pilot.pause()
        assert not seen.screen.detail.display
        assert seen.screen.models.has_focus


async def test_the_view_is_the_same_in_the_next_run(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    async with catalogue(shared_gateway, tmp_path) as seen:
        await seen.pilot.press("s", "s", "S", "slash")
        await seen.type("gpt")
        await seen.pilot.press("enter", "j", "j")
        await seen.pilot.press("f6")
        await seen.pilot.pause()
        slugs, chosen, theme = seen.slugs, seen.selected, seen.app.theme
        assert chosen == slugs[2]
    async with catalogue(shared_gateway, tmp_path) as again:
        assert again.slugs == slugs
        assert again.selected == chosen
        assert again.app.theme == theme == "miavo-light"


async def test_help_lists_every_key_of_the_screen(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    async with catalogue(shared_gateway, tmp_path) as seen:
        await seen.pilot.press("question_mark")
        await seen.pilot.pause()
        text = str(seen.app.screen.query_one("#help-keys Static", Static).content)
        for said in ("Search as you type", "Copy the code", "The next order", "Leave Miavo"):
            assert said in text
        await seen.pilot.press("escape")
        await seen.pilot.pause()
        assert seen.app.screen is seen.screen


async def test_the_first_contact_is_with_a_model_that_answers(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    async with catalogue(shared_gateway, tmp_path, size=(80, 24)) as seen:
        model = seen.screen.models.highlighted
        assert model is not None
        assert model.reachable
        assert any(model.slug in line for line in texts(seen.screen)), "scrolled into view"
        await seen.pilot.press("s")
        await seen.pilot.pause()
        assert seen.selected == seen.slugs[0], "another order begins at its top"


async def test_every_mark_in_the_list_is_explained_in_eighty_columns(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    async with catalogue(shared_gateway, tmp_path, size=(80, 24)) as seen:
        marks = {symbol_of(model)[0] for model in seen.screen.models.models}
        assert {"●", "○", "◇", "◐", "✖"} <= marks
        legend = seen.screen.query_one(Legend)
        shown = "\n".join(legend.render_line(y).text for y in range(legend.size.height))
        for said in ("● reachable", "◐ legacy", "✖ retired", "S streaming", "V vision"):
            assert said in shown
        assert all(len(line) <= 80 for line in shown.splitlines())
