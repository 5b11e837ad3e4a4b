"""The frame around every screen: how the gateway stands, from the start to a loss and back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from textual.screen import Screen
from textual.widgets import Static

from miavo_tui.app import MiavoApp
from miavo_tui.link import Phase
from miavo_tui.model_cache import write
from miavo_tui.screens.catalogue import CatalogueScreen
from miavo_tui.screens.frame import FrameScreen
from miavo_tui.screens.registry import SCREENS
from miavo_tui.widgets.key_hints import KeyHints
from miavo_tui.widgets.top_bar import TopBar
from tests.conftest import RunningGateway
from tests.tui.running import Attached, Failing, Stuck, ready, until


def bar(app: MiavoApp) -> str:
    return str(app.screen.query_one(TopBar).render())


async def test_while_the_gateway_starts_the_screen_says_so_and_answers_to_keys(
    tmp_path: Path,
) -> None:
    app = MiavoApp(Stuck(tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "◌" in bar(app)
        nothing = str(app.screen.query_one("#nothing", Static).content)
        assert "appears here in a moment" in nothing
        await pilot.press("f6")
        assert app.theme == "miavo-light"


async def test_a_failure_is_told_where_it_is_seen_and_retried_at_a_key(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    start = Failing(tmp_path, "Port 6428 is taken.", then=Attached(shared_gateway, tmp_path))
    app = MiavoApp(start)
    async with app.run_test(size=(160, 24)) as pilot:
        await until(pilot, lambda: app.link.phase is Phase.FAILED, "the failure")
        await pilot.pause()
        notice = app.screen.query_one("#link-notice", Static)
        assert notice.display
        assert "Port 6428 is taken." in str(notice.content)
        assert "✖" in bar(app)
        assert str(app.screen.query_one(KeyHints).render()).strip().startswith("F5 retry")
        await pilot.press("r")
        await ready(pilot, app)
        assert start.tries == 2
        assert not notice.display
        address = shared_gateway.url.removeprefix("http://")
        assert f"● ready  {address}" in bar(app)


async def test_an_unforeseen_error_at_the_start_is_a_failure_and_no_crash(tmp_path: Path) -> None:
    class Broken(Failing):
        def connect(self) -> None:  # type: ignore[override]
            raise ZeroDivisionError("unforeseen\x1b[31m")

    app = MiavoApp(Broken(tmp_path, ""))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.link.phase is Phase.FAILED, "the failure")
        assert app.link.detail == "ZeroDivisionError: unforeseen[31m"


async def test_a_lost_gateway_leaves_the_catalogue_usable_and_is_found_again(
    tmp_path: Path, start_gateway: Callable[[Path], RunningGateway]
) -> None:
    first = start_gateway(tmp_path / "gateway")
    start = Attached(first, tmp_path / "app")
    app = MiavoApp(start)
    async with app.run_test(size=(120, 30)) as pilot:
        await ready(pilot, app)
        first.embedded.stop()
        app.look_at_link()
        await until(pilot, lambda: app.link.phase is Phase.LOST, "the loss")
        assert "▲ lost — retrying" in bar(app)
        screen = app.screen
        assert isinstance(screen, CatalogueScreen)
        await pilot.press("slash", *"echo", "enter")
        await pilot.pause()
        assert screen.models.highlighted is not None
        assert screen.models.highlighted.slug == "local-echo"
        again = start_gateway(tmp_path / "gateway")
        start._gateway = again
        await until(pilot, lambda: app.link.phase is Phase.READY, "the gateway again")
        assert app.link.url == again.url
        await until(
            pilot, lambda: again.url in str(screen.query_one("#code", Static).content), "new code"
        )
        assert screen.view.search == "echo"


async def test_the_tabs_answer_to_the_mouse_and_the_last_screen_comes_back(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    app = MiavoApp(Attached(shared_gateway, tmp_path))
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot, app)
        await pilot.click("#top-bar", offset=(bar(app).index("Chat") + 1, 0))
        await until(pilot, lambda: app.current_mode == "chat", "the Chat screen")
    again = MiavoApp(Attached(shared_gateway, tmp_path))
    async with again.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: again.current_mode == "chat", "the Chat screen again")
        # Also where digits are text.
        await pilot.press("alt+1")
        await until(pilot, lambda: again.current_mode == "catalogue", "the Catalogue")
        assert again.current_mode == "catalogue"
        await pilot.press("2")
        await until(pilot, lambda: again.current_mode == "chat", "the Chat screen by its digit")


async def test_narrow_terminals_have_every_tab_by_its_key(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    app = MiavoApp(Attached(shared_gateway, tmp_path))
    async with app.run_test(size=(40, 24)) as pilot:
        await ready(pilot, app)
        assert all(f" {row.digit} " in bar(app) for row in SCREENS)
        assert "1 Catalogue" in bar(app)


async def test_a_damaged_cache_is_as_good_as_none(tmp_path: Path) -> None:
    for damaged in ("{", '{"data": [{"id": 1}]}', "[]"):
        (tmp_path / "models-cache.json").write_text(damaged)
        assert MiavoApp(Stuck(tmp_path)).models == ()
    write(tmp_path, {"data": []})
    assert MiavoApp(Stuck(tmp_path)).models == ()


async def test_the_palette_offers_what_the_screen_can_do(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    app = MiavoApp(Attached(shared_gateway, tmp_path))
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot, app)
        commands = {command.title: command for command in app.get_system_commands(app.screen)}
        for title in ("Search  (/)", "Copy code  (c)", "Theme  (F6)", "Quit  (^q)", "Themes"):
            assert title in commands
        assert not any(title.startswith("Retry") for title in commands)
        await pilot.press("ctrl+p")
        await pilot.pause()
        await pilot.press(*"reverse")
        await pilot.pause(0.5)
        await pilot.press("enter")
        await until(pilot, lambda: app.state.catalogue.descending, "the order turned round")


async def test_what_a_screen_does_steadily_rests_while_another_is_in_front(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    app = MiavoApp(Attached(shared_gateway, tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        first = app.screen
        assert isinstance(first, CatalogueScreen)
        turns = {"catalogue": 0, "pool": 0}

        def count(name: str) -> None:
            turns[name] += 1

        async def goes_on(name: str) -> None:
            wanted = turns[name] + 5
            await until(pilot, lambda: turns[name] >= wanted, f"five turns of {name}")

        first.every(0.01, lambda: count("catalogue"))
        await goes_on("catalogue")
        # A dialog leaves it in view.
        await pilot.press("p")
        await goes_on("catalogue")
        await pilot.press("escape")
        await app.show_screen("pool").wait()
        await pilot.pause()
        second = app.screen
        assert isinstance(second, FrameScreen)
        second.every(0.01, lambda: count("pool"))
        before = turns["catalogue"]
        await goes_on("pool")
        assert turns["catalogue"] == before
        await app.show_screen("catalogue").wait()
        await goes_on("catalogue")


async def test_no_screen_asks_or_listens_while_it_is_out_of_view(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    app = MiavoApp(Attached(shared_gateway, tmp_path))
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot, app)

        def at_work(screen: Screen[object]) -> list[str]:
            return [
                worker.group
                for worker in app.workers
                if worker.is_running and worker.node and worker.node.screen is screen
            ]

        for row in SCREENS:
            await app.show_screen(row.name).wait()
            screen = app.screen
            if row.name in ("usage", "pool", "gateway", "keys", "credit"):
                await until(pilot, lambda screen=screen: bool(at_work(screen)), "what it asks")
            away = "catalogue" if row.name != "catalogue" else "chat"
            await app.show_screen(away).wait()
            await until(pilot, lambda screen=screen: not at_work(screen), f"peace in {row.name}")
