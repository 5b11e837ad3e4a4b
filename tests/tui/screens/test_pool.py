"""The Pool screen on a real gateway: what each credential does, and every way to change it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input, Select, Static

from miavo_tui.app import MiavoApp
from miavo_tui.screens.confirm import ConfirmDialog
from miavo_tui.screens.credential_form import CredentialForm, EditCredentialForm
from miavo_tui.screens.pool import PoolScreen
from miavo_tui.screens.sandbox_form import SandboxForm
from tests.conftest import RunningGateway
from tests.tui.running import Attached, ready, until
from tests.tui.screens.shown import drawn

SECRET = "sk-0123456789abcdefwxyz"


async def opened(pilot: Pilot[None], app: MiavoApp) -> PoolScreen:
    await ready(pilot, app)
    await pilot.press("7")
    await until(pilot, lambda: isinstance(app.screen, PoolScreen), "the screen")
    screen = app.screen
    assert isinstance(screen, PoolScreen)
    await until(pilot, lambda: bool(screen.pool.rows), "the pool")
    return screen


async def on(pilot: Pilot[None], screen: PoolScreen, provider: str, label: str = "") -> None:
    """Puts the cursor on a provider, or a credential of it."""
    for row in screen.pool.rows:
        own = row.credential.label if row.credential else ""
        if row.provider.id == provider and (not label or own == label):
            screen.pool.select(row.key)
    await pilot.pause()


def lines(screen: PoolScreen) -> str:
    return "\n".join(drawn(screen.pool))


def facts(screen: PoolScreen) -> str:
    return str(screen.query_one("#credential-facts", Static).content)


async def test_a_credential_is_added_masked_and_tested_at_once(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    app = MiavoApp(Attached(gateway, tmp_path))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        screen = await opened(pilot, app)
        assert "○ no credential" in lines(screen)
        await on(pilot, screen, "openai")
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, CredentialForm), "the form")
        form = app.screen
        assert form.query_one("#provider", Select).value == "openai"
        assert form.query_one("#form-submit", Button).region.bottom <= 23, "all of it is in view"
        secret = form.query_one("#secret", Input)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "paste the secret" in text_of(form), "what is missing")
        secret.value = SECRET
        form.query_one("#base-url", Input).value = "http://127.0.0.1:9/v1"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is screen, "the end of the form")
        await until(pilot, lambda: "…wxyz" in lines(screen), "the credential, masked")
        await until(pilot, lambda: "Test failed" in facts(screen), "what the test gave")
        shown = lines(screen) + facts(screen) + app.export_screenshot()
        assert SECRET not in shown
    assert gateway.admin("GET", "credentials")["data"][0]["masked"] == "…wxyz"


async def test_a_credential_is_changed_switched_off_and_removed(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    gateway.admin("POST", "credentials", {"provider": "anthropic", "secret": SECRET})
    app = MiavoApp(Attached(gateway, tmp_path))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot, app)
        await on(pilot, screen, "anthropic")
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, EditCredentialForm), "the form")
        app.screen.query_one("#label", Input).value = "the team"
        app.screen.query_one("#weight", Input).value = "0"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "from 1 to 1000" in text_of(app.screen), "what is wrong")
        app.screen.query_one("#weight", Input).value = "7"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "the team" in lines(screen), "the new label")
        [one] = gateway.admin("GET", "credentials")["data"]
        assert (one["label"], one["weight"]) == ("the team", 7)
        await pilot.press("d")
        await until(pilot, lambda: "○ disabled" in lines(screen), "that it is off")
        await pilot.press("d")
        await until(pilot, lambda: "● healthy" in lines(screen), "that it is on again")
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog), "a question")
        await pilot.press("enter")  # Cancel has the focus
        await until(pilot, lambda: app.screen is screen, "the pool")
        assert len(gateway.admin("GET", "credentials")["data"]) == 1
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog), "a question")
        await pilot.press("y")
        await until(pilot, lambda: "the team" not in lines(screen), "that it is gone")
    assert gateway.admin("GET", "credentials")["data"] == []


async def test_a_sandbox_is_turned_on_with_its_faults_seen_at_work_and_turned_off(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    gateway.admin("POST", "credit", {"amount_usd": "5"})
    app = MiavoApp(Attached(gateway, tmp_path))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot, app)
        await on(pilot, screen, "openai")
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, SandboxForm), "the form")
        app.screen.query_one("#faults", Input).value = "429 nonsense"
        await pilot.press("ctrl+s")
        await until(
            pilot, lambda: bool(app.screen.query(".-wrong #faults")), "which field is wrong"
        )
        app.screen.query_one("#faults", Input).value = "429"
        app.screen.query_one("#latency", Input).value = "5"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "simulated" in lines(screen), "the sandbox")
        await until(pilot, lambda: "429" in facts(screen), "its fault, with the cursor on it")
        answer = await asyncio.to_thread(gateway.ask, model="gpt-5.4-mini")
        assert answer.status_code == 502
        await until(pilot, lambda: "◔ back in" in lines(screen), "that it cools down")
        await until(pilot, lambda: "throttled" in facts(screen), "why")
        await pilot.press("t")
        await until(pilot, lambda: "Test " in facts(screen), "what the test gave")
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog), "a question")
        await pilot.press("y")
        await until(pilot, lambda: "simulated" not in lines(screen), "that it is off")
    assert gateway.admin("GET", "credentials")["data"] == []


async def test_what_a_variable_gives_cannot_be_changed_here(
    monkeypatch: pytest.MonkeyPatch, start_gateway: object, tmp_path: Path
) -> None:
    monkeypatch.setenv("MIAVO_UPSTREAM_MOONSHOT", SECRET)
    gateway: RunningGateway = await asyncio.to_thread(start_gateway, tmp_path / "home")  # type: ignore[arg-type]
    app = MiavoApp(Attached(gateway, tmp_path))
    async with app.run_test(size=(200, 60)) as pilot:
        screen = await opened(pilot, app)
        await on(pilot, screen, "moonshot")
        assert "variable" in lines(screen)
        assert "MIAVO_UPSTREAM_MOONSHOT" in facts(screen)
        for key in ("e", "d", "x"):
            await pilot.press(key)
            await pilot.pause()
            assert app.screen is screen, key


async def test_read_only_changes_nothing(gateway: RunningGateway, tmp_path: Path) -> None:
    gateway.admin("POST", "credentials", {"provider": "anthropic", "secret": SECRET})
    app = MiavoApp(Attached(gateway, tmp_path), read_only=True)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, app)
        await on(pilot, screen, "anthropic")
        for key in ("a", "e", "d", "s", "x", "t"):
            await pilot.press(key)
            await pilot.pause()
            assert app.screen is screen, key
    assert len(gateway.admin("GET", "credentials")["data"]) == 1


def text_of(form: object) -> str:
    assert isinstance(form, CredentialForm | EditCredentialForm)
    return " ".join(str(each.content) for each in form.query(Static))
