"""The Gateway screen on a real gateway: its pulse, log, settings and set-up for programs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import tomllib
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Select, Static

from miavo_tui.app import MiavoApp
from miavo_tui.environment_lines import PLACEHOLDER
from miavo_tui.operation.setups import SETUPS, Place
from miavo_tui.screens.gateway import GatewayScreen
from miavo_tui.screens.log_line import LogLineDialog
from miavo_tui.screens.setting_form import SettingForm
from miavo_tui.screens.usage import UsageScreen
from miavo_tui.widgets.pulse_tile import PulseTile
from tests.conftest import RunningGateway
from tests.tui.running import Attached, ready, until
from tests.tui.screens.shown import drawn


async def opened(pilot: Pilot[None], app: MiavoApp) -> GatewayScreen:
    await ready(pilot, app)
    await pilot.press("8")
    await until(pilot, lambda: isinstance(app.screen, GatewayScreen), "the screen")
    screen = app.screen
    assert isinstance(screen, GatewayScreen)
    await until(pilot, lambda: bool(screen.history.readings), "a pulse")
    await until(pilot, lambda: bool(screen.logs.log_list.lines), "the log")
    return screen


def log_of(screen: GatewayScreen) -> str:
    return "\n".join(drawn(screen.logs.log_list))


def tile(screen: GatewayScreen, name: str) -> str:
    return screen.query_one(f"#pulse-{name}", PulseTile).value


async def test_the_pulse_and_the_log_show_requests_as_they_are_made(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    app = MiavoApp(Attached(gateway, tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, app)
        facts = str(screen.query_one("#gateway-facts", Static).content)
        assert f"{gateway.url}/v1" in facts
        assert "up " in facts
        assert tile(screen, "memory").endswith(("MiB", "GiB"))
        assert tile(screen, "latency") == "—"
        answer = await asyncio.to_thread(gateway.ask)
        await asyncio.to_thread(gateway.ask, model="claude-opus-4-6")
        await until(pilot, lambda: "local-echo" in log_of(screen), "the request in the log")
        await until(pilot, lambda: "no_upstream" in log_of(screen), "the failure in the log")
        assert "/admin/v1/pulse" not in log_of(screen), "it does not log its own looks"
        await until(pilot, lambda: tile(screen, "latency") != "—", "a latency")
        await pilot.press("up", "enter")
        await until(pilot, lambda: isinstance(app.screen, LogLineDialog), "the whole line")
        words = str(app.screen.query_one(Static).content)
        request_id = answer.headers["x-request-id"]
        assert request_id in words
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, UsageScreen), "the request in Usage")
        usage = app.screen
        assert isinstance(usage, UsageScreen)
        await until(
            pilot, lambda: [each.request_id for each in usage.requests.rows] == [request_id], "it"
        )
        await pilot.press("8", "down", "enter")
        await until(pilot, lambda: isinstance(app.screen, LogLineDialog), "the failure's line")
        await pilot.press("r")
        await until(
            pilot,
            lambda: [each.slug for each in usage.requests.rows] == ["claude-opus-4-6"],
            "the failed request, the filter changed",
        )


class Wire:
    """Carries connections to a gateway and can cut those that follow its log."""

    def __init__(self, gateway: RunningGateway) -> None:
        self._port = int(gateway.url.rpartition(":")[2])
        self.followers: list[asyncio.StreamWriter] = []

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError):
                while chunk := await source.read(65_536):
                    if b"/logs/live" in chunk:
                        self.followers.append(writer)
                    sink.write(chunk)
            sink.close()

        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))


async def test_a_log_that_was_cut_goes_on_behind_its_last_line(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    wire = Wire(gateway)
    server = await asyncio.start_server(wire.carry, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    app = MiavoApp(Attached(replace(gateway, url=url), tmp_path / "app"))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot, app)
        await until(pilot, lambda: bool(wire.followers), "a follower")
        logging.getLogger("miavo").warning("before the cut")
        await until(pilot, lambda: "before the cut" in log_of(screen), "a line")
        wire.followers.pop().transport.abort()
        await until(pilot, lambda: bool(wire.followers), "the follower again")
        logging.getLogger("miavo").warning("after the cut")
        await until(pilot, lambda: "after the cut" in log_of(screen), "the line after it")
        messages = [line.message for line in screen.logs.log_list.lines]
        assert messages.count("before the cut") == messages.count("after the cut") == 1
    server.close()


async def test_less_severe_lines_are_left_out_and_a_traceback_opens(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    app = MiavoApp(Attached(gateway, tmp_path))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot, app)
        await pilot.press("v", "v")
        await until(pilot, lambda: screen.query_one("#log-nothing").display, "that there is none")
        try:
            raise RuntimeError("a fault of the test")
        except RuntimeError:
            logging.getLogger("miavo").exception("it went wrong")
        logging.getLogger("miavo").warning("not severe enough")
        await until(pilot, lambda: "✖ error" in log_of(screen), "the error")
        assert "not severe enough" not in log_of(screen)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, LogLineDialog), "the whole line")
        assert "RuntimeError: a fault of the test" in str(app.screen.query_one(Static).content)
    assert app.state.log_level == "error"


async def test_a_setting_is_changed_at_once_and_in_the_file_and_taken_back(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    app = MiavoApp(Attached(gateway, tmp_path))
    config = gateway.home / "config.toml"

    def written() -> dict[str, object]:
        return tomllib.loads(config.read_text()) if config.exists() else {}

    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot, app)
        await pilot.press("o")

        async def put(name: str, value: str) -> None:
            names = [each.name for each in screen.settings.settings]
            screen.settings.highlighted = names.index(name)
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, SettingForm), "the form")
            control = app.screen.query_one("#value")
            assert isinstance(control, Input | Select)
            control.value = value
            await pilot.press("ctrl+s")

        await put("log_level", "debug")
        await until(pilot, lambda: app.screen is screen, "the end of the form")
        assert written()["log_level"] == "debug"
        await put("max_body_bytes", "lots")
        await until(pilot, lambda: bool(app.screen.query(".-wrong")), "what is wrong")
        app.screen.query_one("#value", Input).value = "2 MiB"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is screen, "the end of the form")
        assert written()["max_body_bytes"] == 2 * 2**20
        await put("fallbacks", "gpt-5.4 = no-such-model")
        await until(pilot, lambda: bool(app.screen.query(".-wrong")), "the gateway's refusal")
        app.screen.query_one("#value", Input).value = "gpt-5.4 = local-echo"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is screen, "the end of the form")
        await pilot.press("x")
        await until(pilot, lambda: "fallbacks" not in written(), "the default")
        names = [each.name for each in screen.settings.settings]
        screen.settings.highlighted = names.index("port")
        await pilot.press("enter")
        await pilot.pause()
        assert app.screen is screen, "what needs a new start is not changed here"


async def test_a_key_is_made_for_a_program_and_shown_in_its_set_up_once(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    app = MiavoApp(Attached(gateway, tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, app)
        await pilot.press("u", "down")
        await until(pilot, lambda: screen.setup.setup.name == "curl", "curl's set-up")
        assert PLACEHOLDER in screen.setup.text
        await pilot.press("n")
        await until(pilot, lambda: PLACEHOLDER not in screen.setup.text, "the key")
        place = screen.setup.place
        async with httpx.AsyncClient(base_url=place.base) as http:
            headers = {"authorization": f"Bearer {place.key}"}
            assert (await http.get("/models", headers=headers)).status_code == 200
        await pilot.press("n")
        await until(pilot, lambda: screen.setup.place.key != place.key, "another key")
        await pilot.press("down")
        await until(pilot, lambda: PLACEHOLDER in screen.setup.text, "that it is gone again")
    named = [key["name"] for key in gateway.admin("GET", "keys")["data"]]
    assert [name for name in named if name.startswith("curl")] == ["curl", "curl 2"]


@pytest.mark.parametrize("setup", SETUPS, ids=lambda each: each.name)
def test_a_set_up_names_the_address_the_key_and_the_model(setup: object) -> None:
    text = setup.text(Place("http://127.0.0.1:6428", "sk-maas-abc", "gpt-5.4"))  # type: ignore[attr-defined]
    assert "sk-maas-abc" in text
    assert ":6428/v1" in text
    if setup.language == "json":  # type: ignore[attr-defined]
        lines = [line for line in text.splitlines() if not line.startswith("//")]
        json.loads("\n".join(lines))
    if setup.language == "python":  # type: ignore[attr-defined]
        compile(text, "set-up", "exec")


async def test_read_only_changes_neither_settings_nor_keys(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    app = MiavoApp(Attached(gateway, tmp_path), read_only=True)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, app)
        await pilot.press("o", "e")
        await pilot.pause()
        assert app.screen is screen
        await pilot.press("u", "n")
        await pilot.pause()
        assert PLACEHOLDER in screen.setup.text
    assert gateway.admin("GET", "keys")["data"] == []
