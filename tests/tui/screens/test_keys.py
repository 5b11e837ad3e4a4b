"""The Keys screen on a real gateway: every flow from the key press to what the gateway does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from textual.widgets import Input, Static

from miavo_tui.app import MiavoApp
from miavo_tui.key_records import KeyRow
from miavo_tui.screens.account_menu import AccountMenu
from miavo_tui.screens.allow_list import AllowListPicker
from miavo_tui.screens.confirm import ConfirmDialog
from miavo_tui.screens.key_environment import KeyEnvironment
from miavo_tui.screens.key_form import KeyChange, KeyCreation
from miavo_tui.screens.key_rotation import KeyRotation
from miavo_tui.screens.keys import KeysScreen
from miavo_tui.widgets.empty_state import EmptyState
from miavo_tui.widgets.key_hints import KeyHints
from miavo_tui.widgets.picked_models import PickedModels
from tests.conftest import RunningGateway
from tests.tui.running import Attached, ready, until
from tests.tui.screens.shown import Shown, drawn

_NAMES = {" ": "space", ".": "full_stop", "-": "minus", ",": "comma", "*": "asterisk"}


class Keys(Shown):
    """The app on its Keys screen."""

    @property
    def screen(self) -> KeysScreen:
        assert isinstance(self.base, KeysScreen)
        return self.base

    @property
    def key(self) -> KeyRow:
        row = self.screen.table.highlighted
        assert row is not None
        return row

    @property
    def lines(self) -> str:
        return "\n".join(drawn(self.screen.table))

    @property
    def facts(self) -> str:
        return str(self.screen.query_one("#key-facts", Static).content)

    async def select(self, name: str) -> None:
        await until(
            self.pilot,
            lambda: any(row.name == name for row in self.screen.table.rows),
            f"the key {name}",
        )
        row = next(row for row in self.screen.table.rows if row.name == name)
        self.screen.table.show(self.screen.table.rows, row.id)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        for character in text:
            await self.pilot.press(_NAMES.get(character, character))


@asynccontextmanager
async def keys(
    gateway: RunningGateway,
    home: Path,
    size: tuple[int, int] = (140, 40),
    *,
    read_only: bool = False,
) -> AsyncIterator[Keys]:
    app = MiavoApp(Attached(gateway, home), read_only=read_only)
    async with app.run_test(size=size) as pilot:
        await ready(pilot, app)
        await pilot.press("4")
        await until(pilot, lambda: app.current_mode == "keys", "the Keys screen")
        found = Keys(app, pilot)
        await until(pilot, lambda: found.screen._known, "the keys")
        yield found


async def test_a_key_is_made_and_shown_once(gateway: RunningGateway, tmp_path: Path) -> None:
    async with keys(gateway, tmp_path, (80, 24)) as shown:
        await shown.pilot.press("n")
        await shown.opened(KeyCreation)
        await shown.pilot.press("ctrl+s")
        await until(shown.pilot, lambda: bool(shown.field("name").error), "a name is asked for")
        await shown.type("my tool")
        for name, wrong, right in (
            ("budget_usd", "5,50", "5.5"),
            ("rpm_limit", "many", "9"),
            ("expires_at", "soon", "30d"),
        ):
            shown.fill(name, wrong)
            await shown.pilot.press("ctrl+s")
            await until(shown.pilot, lambda n=name: bool(shown.field(n).error), f"{name} is wrong")
            shown.fill(name, right)
        await shown.pilot.press("ctrl+s")
        await shown.opened(KeyEnvironment)
        secret = str(shown.app.screen.query_one("#env-key", Static).content)
        lines = str(shown.app.screen.query_one("#env-lines", Static).content)
        assert lines == (
            f'export OPENAI_BASE_URL="{gateway.url}/v1"\nexport OPENAI_API_KEY="{secret}"'
        )
        assert gateway.ask(secret=secret).status_code == 200
        await shown.pilot.press("right")
        assert "set -gx" in str(shown.app.screen.query_one("#env-lines", Static).content)
        await shown.pilot.press("escape")
        assert "Not copied" in str(shown.app.screen.query_one("#env-told", Static).content)
        await shown.pilot.press("escape")
        await shown.closed()
        assert (shown.key.name, shown.key.own_rpm_limit) == ("my tool", 9)
        assert shown.key.budget_usd == Decimal("5.5")
        assert shown.key.expires_at is not None
        await until(shown.pilot, lambda: "1/9" in shown.lines, "the window as it fills")
        await shown.pilot.press("2")
        await until(shown.pilot, lambda: shown.app.current_mode == "chat", "another screen")
        asking = [each for each in shown.app.workers if each.group == "keys" and each.is_running]
        assert not asking


async def test_a_change_sends_what_was_changed_and_lifts_what_was_emptied(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    made = gateway.admin(
        "POST",
        "keys",
        {"name": "tool", "rpm_limit": 7, "budget_usd": "0.000000001", "allow": ["local-*"]},
    )
    async with keys(gateway, tmp_path) as shown:
        await shown.select("tool")
        assert "$0.00 of $0.000000001" in shown.facts
        await shown.pilot.press("enter")
        await shown.opened(KeyChange)
        # Meanwhile another administrator changes what this form leaves as it is.
        gateway.admin("PATCH", f"keys/{made['id']}", {"tpm_limit": 11})
        shown.fill("rpm_limit", "")
        shown.fill("name", "[b]tool[/b]")
        await shown.pilot.press("ctrl+s")
        await shown.closed()
        assert "[b]tool[/b]" in shown.lines
        assert (shown.key.own_rpm_limit, shown.key.own_tpm_limit) == (None, 11)
        assert (shown.key.budget_usd, shown.key.allow) == (Decimal("0.000000001"), ("local-*",))


async def test_models_are_picked_by_slug_provider_and_pattern(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    secret = gateway.key("tool")
    async with keys(gateway, tmp_path) as shown:
        await shown.select("tool")
        await shown.pilot.press("m")
        await shown.opened(AllowListPicker)
        for text in ("local-echo", "provider:openai", "claude-*"):
            await until(shown.pilot, lambda: bool(shown.app.screen._lines), "the models")
            shown.app.screen.query_one(Input).value = text
            await shown.pilot.pause()
            await shown.pilot.press("enter", "escape")
        await shown.pilot.pause()
        told = str(shown.app.screen.query_one("#allow-told", Static).content)
        assert "local-echo, provider:openai, claude-*" in told
        await shown.pilot.press("ctrl+s")
        await shown.closed()
        await until(shown.pilot, lambda: bool(shown.key.allow), "the list")
        assert shown.key.allow == ("local-echo", "provider:openai", "claude-*")
        assert gateway.ask(secret=secret).status_code == 200
        assert gateway.ask(model="local-smollm2-135m", secret=secret).status_code == 403
        await shown.pilot.press("e")
        await shown.opened(KeyChange)
        shown.app.screen.query_one(PickedModels).focus()
        await shown.pilot.press("enter")
        await shown.opened(AllowListPicker)
        await shown.pilot.press("ctrl+e", "ctrl+s")
        await shown.opened(KeyChange)
        await shown.pilot.press("ctrl+s")
        await shown.closed()
        assert shown.key.allow == ()


async def test_the_lines_of_an_old_key_offer_to_rotate_it(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    old = gateway.key("tool")
    async with keys(gateway, tmp_path, (80, 24)) as shown:
        await shown.select("tool")
        await shown.pilot.press("v")
        await shown.opened(KeyEnvironment)
        assert 'KEY="sk-maas-…"' in str(shown.app.screen.query_one("#env-lines", Static).content)
        await shown.pilot.press("o")
        await shown.opened(KeyRotation)
        await shown.pilot.press("right", "ctrl+s")  # one hour
        await shown.opened(KeyEnvironment)
        new = str(shown.app.screen.query_one("#env-key", Static).content)
        assert new != old
        assert [gateway.ask(secret=key).status_code for key in (old, new)] == [200, 200]
        await shown.pilot.press("escape", "escape")
        await shown.closed()
        assert shown.key.previous_until is not None
        assert "old value still taken" in str(shown.screen._legend.render())


async def test_revoking_holds_at_once_and_u_takes_it_back(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    secret = gateway.key("tool")
    async with keys(gateway, tmp_path) as shown:
        await shown.select("tool")
        await shown.pilot.press("d")
        await shown.opened(ConfirmDialog)
        await shown.pilot.press("enter")  # Cancel has the focus
        await shown.closed()
        assert gateway.ask(secret=secret).status_code == 200
        await shown.pilot.press("d")
        await shown.opened(ConfirmDialog)
        await shown.pilot.press("y")
        await until(shown.pilot, lambda: shown.key.revoked_at is not None, "the revocation")
        assert gateway.ask(secret=secret).status_code == 401
        assert shown.key.name == "tool"
        await until(shown.pilot, lambda: "u undoes it for" in shown.facts, "the way back")
        await shown.pilot.press("u")
        await until(shown.pilot, lambda: shown.key.revoked_at is None, "the key again")
        assert gateway.ask(secret=secret).status_code == 200
        await shown.pilot.press("d")
        await shown.opened(ConfirmDialog)
        await shown.pilot.press("y")
        await until(shown.pilot, lambda: shown.key.revoked_at is not None, "the revocation")
    # Quitting leaves it as it is, which is the safe way round.
    assert gateway.ask(secret=secret).status_code == 401


async def test_keys_are_narrowed_by_account_and_search(
    gateway: RunningGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.admin("POST", "accounts", {"name": "the lab"})
    gateway.admin("POST", "keys", {"name": "bench", "account": "the lab"})
    gone = gateway.admin("POST", "keys", {"name": "gone"})
    gateway.admin("DELETE", f"keys/{gone['id']}")
    monkeypatch.setattr("miavo_gateway.flow.key.RESTORED_WITHIN_US", 0)
    async with keys(gateway, tmp_path, (200, 40)) as shown:
        names = lambda: [row.name for row in shown.screen.table.rows]  # noqa: E731
        await until(shown.pilot, lambda: names() == ["bench", "Miavo app"], "the live keys")
        await until(shown.pilot, lambda: len(shown.screen.accounts) == 2, "the accounts")
        assert "the lab" in shown.lines
        await shown.pilot.press("z")
        assert names() == ["bench", "Miavo app", "gone"]
        await shown.pilot.press("a")
        await shown.opened(AccountMenu)
        await shown.pilot.press("down", "down", "enter")
        await shown.closed()
        assert names() == ["bench"]
        await shown.pilot.press("slash")
        await shown.type("zzz")
        await shown.pilot.pause()
        assert "clears the search" in str(shown.screen.query_one(EmptyState).content)
        await shown.pilot.press("escape", "a")
        await shown.opened(AccountMenu)
        await shown.pilot.press("home", "enter")
        await shown.closed()
        assert len(names()) == 3
        await shown.pilot.press("S")
    async with keys(gateway, tmp_path, (200, 40)) as shown:
        # Opened again, it is as it was left.
        assert (shown.screen.view.gone_too, shown.screen.view.descending) == (True, True)


async def test_read_only_tells_why_and_a_gateway_without_keys_what_to_press(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    async with keys(gateway, tmp_path, (80, 24), read_only=True) as shown:
        assert "n  makes a key" in str(shown.screen.query_one(EmptyState).content)
        assert "new" not in str(shown.screen.query_one(KeyHints).render())
        await shown.pilot.press("n")
        await shown.pilot.pause()
        assert shown.app.screen is shown.screen
        assert any("--read-only" in each.message for each in shown.app._notifications)
    assert gateway.admin("GET", "keys")["data"] == []


async def test_a_refusal_and_a_loss_are_told_where_they_happen(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    gateway.key("tool")
    async with keys(gateway, tmp_path) as shown:
        await shown.select("tool")
        gone = shown.key.id
        gateway.admin("DELETE", f"keys/{gone}")
        await shown.pilot.press("o")
        await shown.opened(KeyRotation)
        await shown.pilot.press("ctrl+s")
        trouble = shown.app.screen.query_one("#form-trouble", Static)
        await until(shown.pilot, lambda: "revoked" in str(trouble.content), "the refusal")
        await shown.pilot.press("escape")
        await shown.closed()
        gateway.embedded.stop()
        await shown.pilot.press("u")
        at = shown.screen.query_one("#key-trouble", Static)
        await until(shown.pilot, lambda: "Nothing was changed" in str(at.content), "the loss")
        assert "gateway is gone" in str(shown.screen.query_one("#link-notice", Static).content)
        await shown.pilot.press("escape")
        assert not at.display
