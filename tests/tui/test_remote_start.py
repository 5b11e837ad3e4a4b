"""`miavo --connect`: the app on a gateway elsewhere, and what is said where there is none."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from miavo_tui.app import MiavoApp
from miavo_tui.cli.command_line import command_line
from miavo_tui.link import Phase
from miavo_tui.remote_start import RemoteStart, gateway_url
from miavo_tui.start import StartFailed
from tests.conftest import RunningGateway
from tests.tui.running import ready, until


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("127.0.0.1:6428", "http://127.0.0.1:6428"),
        ("https://gateway.example/", "https://gateway.example"),
        ("[::1]:80", "http://[::1]:80"),
    ],
)
def test_an_address_may_be_written_short(given: str, url: str) -> None:
    assert gateway_url(given) == url


@pytest.mark.parametrize(
    "given", ["", "ftp://host", "http://", "http://h:99999", "http://me:pw@h", "http://h/v1"]
)
def test_what_is_no_address_is_refused_in_words(given: str) -> None:
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        gateway_url(given)


@pytest.fixture
def some_web_server() -> Iterator[str]:
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_each_way_not_to_connect_is_named(
    shared_gateway: RunningGateway, tmp_path: Path, some_web_server: str
) -> None:
    for url, token, words in (
        (shared_gateway.url, "wrong", "does not take this admin token"),
        ("http://127.0.0.1:1", "any", "No gateway answers at http://127.0.0.1:1"),
        (some_web_server, "any", "is no Miavo gateway"),
    ):
        with pytest.raises(StartFailed) as caught:
            RemoteStart(url, token, home=tmp_path).connect()
        assert words in caught.value.message
        run = CliRunner().invoke(
            command_line,
            ["--connect", url, "--admin-token", token, "--home", str(tmp_path)],
            prog_name="miavo",
        )
        assert run.exit_code == 1
        assert words in run.stderr
        assert run.stderr.splitlines()[-1].startswith("Error: ")
        assert "Traceback" not in run.stderr


def test_a_token_that_is_not_there_is_asked_for_only_of_a_person(tmp_path: Path) -> None:
    run = CliRunner().invoke(command_line, ["--connect", "127.0.0.1:1", "--home", str(tmp_path)])
    assert run.exit_code == 2
    assert "MIAVO_ADMIN_TOKEN" in run.stderr


async def test_the_app_keeps_what_belongs_to_the_gateway_apart_and_starts_none(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    start = RemoteStart(shared_gateway.url, shared_gateway.admin_token, home=tmp_path)
    app = MiavoApp(start)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot, app)
        assert app.link.url == shared_gateway.url
        await until(
            pilot, (start.gateway_files / "models-cache.json").exists, "the models kept apart"
        )
    assert (start.gateway_files / "app-key").exists()
    assert not (tmp_path / "app-key").exists()
    assert not (tmp_path / "gateway.json").exists()
    assert not (tmp_path / "miavo.db").exists()


async def test_a_gateway_elsewhere_that_goes_away_is_told_of_with_what_to_do(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    app = MiavoApp(RemoteStart(gateway.url, gateway.admin_token, home=tmp_path / "app"))
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        gateway.embedded.stop()
        app.look_at_link()
        await until(pilot, lambda: app.link.phase is Phase.LOST, "the loss")
        await pilot.pause()
        notice = str(app.screen.query_one("#link-notice").render())
        assert "Nothing answers at" in notice
        assert "F5" in notice
        assert not (tmp_path / "app" / "gateway.json").exists()
