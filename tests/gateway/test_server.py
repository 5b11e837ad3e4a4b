"""Running a gateway: found by others, alone on its home, right again after any death."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from miavo_gateway.announcement import find_running
from miavo_gateway.errors import ConfigurationError
from miavo_gateway.home import Home
from miavo_gateway.server import EmbeddedGateway, GatewayAlreadyRuns
from tests.conftest import RunningGateway

MIAVO = [sys.executable, "-m", "miavo_tui"]


class Served:
    """A `miavo serve` in a process of its own."""

    def __init__(self, home: Path, *flags: str) -> None:
        self.home = home
        self.process = subprocess.Popen(
            [*MIAVO, "serve", "--home", str(home), *flags],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ready(self) -> str:
        """The URL of the line that says it is ready."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        prefix = "miavo gateway ready on "
        assert line.startswith(prefix), (line, self.process.stderr and self.process.stderr.read())
        return line.removeprefix(prefix).strip()

    def ended(self) -> tuple[int, str]:
        """The exit code and what stood on stderr."""
        _, errors = self.process.communicate(timeout=30)
        return self.process.returncode, errors


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    started: list[Served] = []

    def start(*flags: str, home: Path = tmp_path / "home") -> Served:
        started.append(Served(home, *flags))
        return started[-1]

    yield start
    for served in started:
        if served.process.poll() is None:
            served.process.kill()
        served.process.communicate()


def admin(home: Path, url: str, path: str) -> dict:
    token = Home(home).admin_token()
    answer = httpx.get(f"{url}/admin/v1/{path}", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_serve_prints_its_address_and_stops_on_a_signal(
    serve: Callable[..., Served], number: signal.Signals
) -> None:
    served = serve("--port", "0")
    url = served.ready()
    assert httpx.get(f"{url}/healthz").json()["status"] == "ok"
    served.process.send_signal(number)
    assert served.ended() == (0, "")
    assert not (served.home / "gateway.json").exists()


def test_serve_stops_on_sigterm_after_the_native_model_was_loaded(
    serve: Callable[..., Served],
) -> None:
    """llama.cpp installs signal handlers of its own; the gateway's must win."""
    served = serve("--port", "0")
    url = served.ready()
    token = Home(served.home).admin_token()
    made = httpx.post(
        f"{url}/admin/v1/keys",
        json={"name": "k"},
        headers={"authorization": f"Bearer {token}"},
    ).json()
    said = httpx.post(
        f"{url}/v1/chat/completions",
        json={
            "model": "local-smollm2-135m",
            "messages": [{"role": "user", "content": "Hi"}],
            "max_tokens": 2,
        },
        headers={"authorization": f"Bearer {made['key']}"},
        timeout=60,
    )
    assert said.status_code == 200, said.text
    served.process.terminate()
    code, errors = served.ended()
    assert (code, errors) == (0, "")


def test_the_announcement_and_the_token_are_for_the_owner_alone(gateway: RunningGateway) -> None:
    for name in ("gateway.json", "admin-token"):
        mode = stat.S_IMODE((gateway.home / name).stat().st_mode)
        assert mode == 0o600, name
    assert stat.S_IMODE(gateway.home.stat().st_mode) == 0o700
    announced = json.loads((gateway.home / "gateway.json").read_text())
    assert announced["url"] == gateway.url
    assert announced["pid"] == os.getpid()


def test_a_second_gateway_on_a_home_is_told_of_the_first(gateway: RunningGateway) -> None:
    with pytest.raises(GatewayAlreadyRuns) as refused:
        EmbeddedGateway(Home(gateway.home), port=0).start()
    assert refused.value.running.url == gateway.url
    assert httpx.get(f"{gateway.url}/healthz").status_code == 200


def test_serve_on_a_home_in_use_says_who_runs_there(
    serve: Callable[..., Served], gateway: RunningGateway
) -> None:
    code, errors = serve("--port", "0", home=gateway.home).ended()
    assert code == 1
    assert errors.count("\n") == 1
    assert gateway.url in errors


def test_a_stale_announcement_misleads_nobody(
    tmp_path: Path, start_gateway: Callable[[Path], RunningGateway]
) -> None:
    home = Home(tmp_path / "home")
    home.create()
    with socket.socket() as somebody_else:
        somebody_else.bind(("127.0.0.1", 0))
        somebody_else.listen()
        port = somebody_else.getsockname()[1]
        # The process lives and the port is open, but another program answers there.
        home.announcement_file.write_text(
            json.dumps({"url": f"http://127.0.0.1:{port}", "pid": os.getpid(), "instance": "x"})
        )

        def hang_up() -> None:
            connection, _ = somebody_else.accept()
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        assert find_running(home) is None
        thread.join()
    for content in ("", "{", "[]", '{"url": 3}', "\0"):
        home.announcement_file.write_text(content)
        assert find_running(home) is None
    gateway = start_gateway(home.path)
    running = find_running(home)
    assert running is not None
    assert running.url == gateway.url


def test_a_taken_port_is_one_clear_line(serve: Callable[..., Served]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        code, errors = serve("--port", port).ended()
    assert code == 1
    assert errors.startswith("Error: cannot listen on 127.0.0.1 port " + port)
    assert errors.count("\n") == 1


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ("port = 'x'", "port"),
        ("port = 99999", "port"),
        ("prot = 1", "prot"),
        ("port = ", "config.toml"),
        ('port = 0\n[models."gpt-5.4"]\nprices = {input = "x"}', "gpt-5.4"),
        ('port = 0\ndatabase_url = "nonsense"', "database-url"),
    ],
)
def test_a_wrong_setting_is_one_clear_line(
    serve: Callable[..., Served], tmp_path: Path, config: str, says: str
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_text(config)
    code, errors = serve().ended()
    assert code == 1
    assert says in errors
    assert errors.count("\n") == 1


def test_settings_come_from_flags_then_environment_then_file(
    serve: Callable[..., Served], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_text('port = 1\nhost = "127.0.0.1"')
    monkeypatch.setenv("MIAVO_PORT", "2")
    assert serve("--port", "0").ready().startswith("http://127.0.0.1:")


def test_a_killed_gateway_leaves_a_row_that_the_next_start_closes(
    serve: Callable[..., Served],
) -> None:
    served = serve("--port", "0")
    url = served.ready()
    token = Home(served.home).admin_token()
    key = httpx.post(
        f"{url}/admin/v1/keys", json={"name": "k"}, headers={"authorization": f"Bearer {token}"}
    ).json()["key"]
    body = {
        "model": "local-smollm2-135m",
        "messages": [{"role": "user", "content": "Write a very long story."}],
        "max_tokens": 4000,
        "stream": True,
    }
    with (
        httpx.Client(timeout=60) as client,
        client.stream(
            "POST",
            f"{url}/v1/chat/completions",
            json=body,
            headers={"authorization": f"Bearer {key}"},
        ) as answer,
    ):
        request_id = answer.headers["x-request-id"]
        lines = answer.iter_lines()
        while not next(lines).startswith("data: "):
            pass
        served.process.kill()
        served.process.wait()
    assert (served.home / "gateway.json").exists()
    again = serve("--port", "0")
    row = admin(served.home, again.ready(), f"usage/{request_id}")
    assert row["state"] == "interrupted"
    # The key made before the crash goes on working.
    models = httpx.get(
        f"{json.loads((served.home / 'gateway.json').read_text())['url']}/v1/models",
        headers={"authorization": f"Bearer {key}"},
    )
    assert models.status_code == 200


def test_a_home_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(ConfigurationError, match="cannot be used"):
        EmbeddedGateway(Home(blocked / "home"), port=0).start()


def test_many_processes_agree_on_one_admin_token(tmp_path: Path) -> None:
    home = Home(tmp_path)
    tokens: set[str] = set()
    threads = [threading.Thread(target=lambda: tokens.add(home.admin_token())) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tokens) == 1


def test_stopping_is_bounded_while_a_client_holds_a_connection(gateway: RunningGateway) -> None:
    with httpx.Client(base_url=gateway.url) as client:
        client.get("/healthz")  # kept alive
        before = time.monotonic()
        gateway.embedded.stop()
        assert time.monotonic() - before < 6
    assert not (gateway.home / "gateway.json").exists()
