"""The first start: four questions that take effect, can be skipped, and come once."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Input, Select, Static

from miavo_tui.app import MiavoApp
from miavo_tui.link import Phase
from miavo_tui.screens.catalogue import CatalogueScreen
from miavo_tui.screens.chat import ChatScreen
from miavo_tui.screens.credential_form import CredentialForm
from miavo_tui.screens.welcome import WelcomeScreen
from miavo_tui.widgets.form_field import FormField
from tests.conftest import RunningGateway
from tests.tui.running import Attached, Failing, Stuck, ready, until


async def test_the_questions_take_effect_one_by_one_and_end_in_a_chat(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    app = MiavoApp(Attached(gateway, tmp_path / "app"), welcome=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, WelcomeScreen), "the questions")
        welcome = app.screen
        assert isinstance(welcome, WelcomeScreen)
        await ready(pilot, app)
        await pilot.press("down")
        assert app.theme == "miavo-light"
        await pilot.press("enter")
        await until(pilot, lambda: welcome.step.name == "provider", "the second")
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: welcome.step.name == "credit", "the third")
        assert all(
            credential["sandbox"] is not None
            for credential in gateway.admin("GET", "credentials")["data"]
        )
        await until(
            pilot,
            lambda: next(m for m in app.models if m.slug == "gpt-5.4-mini").reachable,
            "a simulated provider to be reachable",
        )
        await pilot.press("j", "j", "enter")
        await until(pilot, lambda: welcome.step.name == "chat", "the last")
        assert gateway.admin("GET", "credit")["balance_nano"] == 20_000_000_000
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ChatScreen), "the chat")
    again = MiavoApp(Attached(gateway, tmp_path / "app"), welcome=True)
    async with again.run_test(size=(80, 24)) as pilot:
        await ready(pilot, again)
        assert not isinstance(again.screen, WelcomeScreen)


async def test_a_secret_that_cannot_be_one_is_told_of_and_never_shown(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    app = MiavoApp(Attached(gateway, tmp_path / "app"), welcome=True)
    async with app.run_test(size=(100, 40)) as pilot:
        await ready(pilot, app)
        await until(pilot, lambda: isinstance(app.screen, WelcomeScreen), "the questions")
        welcome = app.screen
        await pilot.press("enter", "down", "enter")
        await until(pilot, lambda: isinstance(app.screen, CredentialForm), "the form")
        app.screen.query_one(Select).value = "bedrock"
        app.screen.query_one("#secret", Input).value = "{nonsense"
        await pilot.pause()
        assert "nonsense" not in app.export_screenshot()
        await pilot.press("enter")
        field = next(each for each in app.screen.query(FormField) if each.field == "secret")
        await until(pilot, lambda: bool(field.error), "the refusal")
        assert gateway.admin("GET", "credentials")["data"] == []
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is welcome, "the questions again")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, CatalogueScreen), "the catalogue")


async def test_an_answer_waits_for_the_gateway_and_can_still_be_left(tmp_path: Path) -> None:
    app = MiavoApp(Stuck(tmp_path), welcome=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, WelcomeScreen), "the questions")
        welcome = app.screen
        assert isinstance(welcome, WelcomeScreen)
        await pilot.press("enter")
        await until(pilot, lambda: welcome.step.name == "provider", "the second")
        await pilot.press("down", "down", "enter")
        note = welcome.query_one("#welcome-note", Static)
        await until(pilot, lambda: "still starting" in str(note.content), "the reason")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, CatalogueScreen), "the catalogue")


async def test_a_gateway_that_does_not_start_is_told_of_where_it_is_needed(
    tmp_path: Path,
) -> None:
    app = MiavoApp(Failing(tmp_path, "Port 6428 is taken."), welcome=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, WelcomeScreen), "the questions")
        await until(pilot, lambda: app.link.phase is Phase.FAILED, "the failure")
        await pilot.press("enter", "down", "down", "enter")
        note = app.screen.query_one("#welcome-note", Static)
        await until(pilot, lambda: "did not start" in str(note.content), "the reason")


async def test_asked_again_it_keeps_the_theme_that_is_there(tmp_path: Path) -> None:
    app = MiavoApp(Stuck(tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        app.theme = "nord"
        app.action_welcome()
        await until(pilot, lambda: isinstance(app.screen, WelcomeScreen), "the questions")
        await pilot.pause()
        assert app.theme == "nord"
        await pilot.press("enter")
        await pilot.pause()
        assert app.theme == "nord"
