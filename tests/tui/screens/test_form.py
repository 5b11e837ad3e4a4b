"""Forms and questions over a screen: trouble is told where it is, and nothing typed is lost."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult
from textual.widgets import Input, Static

from miavo_tui.app import MiavoApp
from miavo_tui.key_records import NewKey
from miavo_tui.screens.confirm import ConfirmDialog
from miavo_tui.screens.form import FieldProblem, FormModal
from miavo_tui.widgets.form_field import FormField
from tests.conftest import RunningGateway
from tests.tui.running import Attached, ready, until


class KeyForm(FormModal[NewKey]):
    HEADING = "A key"
    SUBMIT = "Create"

    def compose_fields(self) -> ComposeResult:
        yield FormField("name", "Name", Input(), "What you know it by")
        yield FormField("rpm", "Requests a minute", Input())

    async def submit(self) -> NewKey:
        fields = {field.field: field.control for field in self.query(FormField)}
        name, rpm = fields["name"], fields["rpm"]
        assert isinstance(name, Input)
        assert isinstance(rpm, Input)
        if rpm.value and not rpm.value.isdigit():
            raise FieldProblem("rpm", "A number.")
        assert isinstance(self.app, MiavoApp)
        assert self.app.client is not None
        return await self.app.client.keys.create(name.value)


async def test_a_refusal_shows_at_its_field_and_the_text_stays_until_it_is_taken(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    gateway.key("taken")
    app = MiavoApp(Attached(gateway, tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        answers: list[NewKey | None] = []
        form = KeyForm()
        await app.push_screen(form, answers.append)
        name, rpm = form.query(FormField)
        await pilot.press(*"taken", "down", "x", "enter")
        await until(pilot, lambda: bool(rpm.error), "the form's own complaint")
        assert form.focused is rpm.control
        await pilot.press("backspace", "ctrl+s")
        await until(pilot, lambda: bool(name.error), "the gateway's refusal")
        assert not rpm.error
        assert form.focused is name.control
        assert isinstance(name.control, Input)
        assert name.control.value == "taken"
        await pilot.press("end", "2", "enter")
        await until(pilot, lambda: bool(answers), "the answer")
        assert answers[0] is not None
        assert answers[0].row.name == "taken2"


async def test_a_gateway_that_is_gone_is_told_of_below_the_fields(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    app = MiavoApp(Attached(gateway, tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        form = KeyForm()
        await app.push_screen(form)
        gateway.embedded.stop()
        await pilot.press(*"mine", "enter")
        trouble = form.query_one("#form-trouble", Static)
        await until(pilot, lambda: trouble.display, "the trouble")
        assert "No gateway answers" in str(trouble.content)
        assert form.query_one(Input).value == "mine"
        await pilot.press("escape")
        assert app.screen is not form


async def test_a_stray_enter_confirms_nothing(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    app = MiavoApp(Attached(shared_gateway, tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        answers: list[bool | None] = []
        for keys, expected in (
            (("enter",), False),
            (("escape",), False),
            (("right", "enter"), True),
            (("left", "right", "enter"), False),
            (("y",), True),
        ):
            question = ConfirmDialog("Revoke [b]it[/b]?", "Programs that use it stop.", verb="Do")
            await app.push_screen(question, answers.append)
            await pilot.pause()
            await pilot.press(*keys)
            await pilot.pause()
            assert answers[-1] is expected, keys
            assert app.screen is not question
