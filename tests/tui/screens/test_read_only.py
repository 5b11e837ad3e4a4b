"""`--read-only`: everything can be looked at, nothing can be changed, and the reason is given."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import pytest
from textual.binding import Binding, BindingType

from miavo_tui.app import MiavoApp
from miavo_tui.client import GatewayClient, GatewayRefused
from miavo_tui.screens.frame import FrameScreen
from miavo_tui.widgets.key_hints import KeyHints
from miavo_tui.widgets.reply import ReplyView
from miavo_tui.widgets.top_bar import TopBar
from tests.conftest import RunningGateway
from tests.tui.running import Attached, ready, until


async def test_the_client_sends_nothing_that_changes_or_costs(
    shared_gateway: RunningGateway,
) -> None:
    client = GatewayClient(shared_gateway.url, shared_gateway.admin_token, read_only=True)
    try:
        assert await client.catalogue.cards()
        refused: list[Callable[[], object]] = [
            lambda: client.keys.create("x"),
            lambda: client.keys.revoke("x"),
            lambda: client.credit.add(Decimal(1)),
            lambda: client.credentials.test("x"),
        ]
        for call in refused:
            with pytest.raises(GatewayRefused) as caught:
                await call()  # type: ignore[misc]
            assert caught.value.code == "read_only"
        client.api_key = shared_gateway.key()
        with pytest.raises(GatewayRefused, match="--read-only"):
            async with client.chat({"model": "local-echo", "messages": []}):
                pass
    finally:
        await client.close()


class Changing(FrameScreen):
    CHANGES: ClassVar[frozenset[str]] = frozenset({"spend"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "spend", "spend", id="changing.spend", tooltip="Spends"),
        Binding("z", "look", "look", id="changing.look", tooltip="Looks"),
    ]
    spent = looked = 0

    def action_spend(self) -> None:
        self.spent += 1

    def action_look(self) -> None:
        self.looked += 1


@pytest.mark.parametrize("read_only", [True, False])
async def test_actions_that_change_something_are_left_out_and_answer_with_the_reason(
    shared_gateway: RunningGateway, tmp_path: Path, read_only: bool
) -> None:
    before = shared_gateway.admin("GET", "keys")["data"]
    app = MiavoApp(Attached(shared_gateway, tmp_path), read_only=read_only)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot, app)
        assert ("read-only" in str(app.screen.query_one(TopBar).render())) is read_only
        screen = Changing()
        await app.push_screen(screen)
        await pilot.pause()
        hints = str(screen.query_one(KeyHints).render())
        assert "look" in hints
        assert ("spend" in hints) is not read_only
        titles = [command.title for command in app.get_system_commands(screen)]
        assert ("Spend  (x)" in titles) is not read_only
        await pilot.press("x", "z")
        await pilot.pause()
        assert (screen.spent, screen.looked) == (0 if read_only else 1, 1)
        said = [notice.message for notice in app._notifications]
        assert any("--read-only" in words for words in said) is read_only
        if read_only:
            assert shared_gateway.admin("GET", "keys")["data"] == before


async def test_chat_says_why_it_is_silent(shared_gateway: RunningGateway, tmp_path: Path) -> None:
    app = MiavoApp(Attached(shared_gateway, tmp_path), read_only=True)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot, app)
        await app.show_screen("chat", "local-echo").wait()
        await pilot.press(*"hi", "enter")
        screen = app.screen
        await until(
            pilot,
            lambda: any(
                "without --read-only" in str(view.trouble.content)
                for view in screen.query(ReplyView)
            ),
            "the reason",
        )


async def test_a_sandbox_is_never_forgotten(
    start_gateway: Callable[[Path], RunningGateway], tmp_path: Path
) -> None:
    (tmp_path / "gateway").mkdir()
    (tmp_path / "gateway" / "config.toml").write_text("sandbox = true\n")
    app = MiavoApp(Attached(start_gateway(tmp_path / "gateway"), tmp_path / "app"))
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await until(
            pilot,
            lambda: "sandbox" in str(app.screen.query_one(TopBar).render()),
            "the sandbox in the top bar",
        )
        assert " 8 Gateway sandbox" in app.screen.query_one(TopBar).render_line(0).text
        await pilot.resize_terminal(100, 24)
        assert "◍ sandbox" in str(app.screen.query_one(TopBar).render())
