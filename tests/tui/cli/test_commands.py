"""The commands as a script runs them: what stands on stdout, on stderr, and the exit code."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.conftest import RunningGateway

KEY = re.compile(r"sk-maas-[A-Za-z0-9]{32,}")


def miavo(home: Path, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    ran = subprocess.run(
        [sys.executable, "-m", "miavo_tui", *words],
        input=given,
        env={**os.environ, "MIAVO_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in ran.stderr
    return ran


@pytest.mark.parametrize("running", [False, True])
def test_a_key_is_made_used_listed_and_revoked_whether_or_not_a_gateway_runs(
    tmp_path: Path, request: pytest.FixtureRequest, *, running: bool
) -> None:
    home = tmp_path / "home"
    gateway: RunningGateway | None = request.getfixturevalue("gateway") if running else None
    made = miavo(home, "key", "create", "my program")
    assert made.returncode == 0, made.stderr
    key = made.stdout.splitlines()[-1]
    assert KEY.fullmatch(key)
    as_json = json.loads(miavo(home, "key", "create", "another", "--json").stdout)
    assert KEY.fullmatch(as_json["key"])
    assert as_json["id"].startswith("key_")
    if gateway is not None:
        answer = httpx.get(f"{gateway.url}/v1/models", headers={"authorization": f"Bearer {key}"})
        assert answer.status_code == 200
    listed = miavo(home, "key", "list").stdout
    assert "my program" in listed
    assert key not in listed
    revoked = miavo(home, "key", "revoke", "my program")
    assert revoked.returncode == 0
    rows = json.loads(miavo(home, "key", "list", "--json").stdout)
    states = {row["name"]: row["revoked_at"] for row in rows}
    assert states["my program"] is not None
    assert states["another"] is None
    if gateway is not None:
        answer = httpx.get(f"{gateway.url}/v1/models", headers={"authorization": f"Bearer {key}"})
        assert answer.status_code == 401
    # A gateway that was started for a command alone is announced to nobody and gone.
    assert (home / "gateway.json").exists() is running


def test_models_lists_and_filters_the_catalogue(gateway: RunningGateway) -> None:
    everything = json.loads(miavo(gateway.home, "models", "--json").stdout)
    assert len(everything) == 93
    some = miavo(gateway.home, "models", "opus", "--provider", "anthropic")
    assert [line.split()[1] for line in some.stdout.splitlines()] == [
        "claude-opus-4-6",
        "claude-opus-4-7",
    ]
    reachable = json.loads(miavo(gateway.home, "models", "--reachable", "--json").stdout)
    assert {"local-smollm2-135m", "local-echo"} <= {card["slug"] for card in reachable}
    nothing = miavo(gateway.home, "models", "no such thing")
    assert nothing.returncode == 1
    assert nothing.stderr.count("\n") == 1


def test_chat_prints_the_reply_and_the_request_is_in_usage(gateway: RunningGateway) -> None:
    said = miavo(gateway.home, "chat", "local-echo", "hello there")
    assert said.returncode == 0, said.stderr
    assert said.stdout.strip() == "hello there"
    piped = miavo(gateway.home, "chat", "local-echo", "-", given="from a pipe")
    assert piped.stdout.strip() == "from a pipe"
    as_json = json.loads(miavo(gateway.home, "chat", "local-echo", "again", "--json").stdout)
    assert as_json["content"].strip() == "again"
    rows = json.loads(miavo(gateway.home, "usage", "--json").stdout)
    assert [row["slug"] for row in rows] == ["local-echo"] * 3
    assert rows[-1]["request_id"] == as_json["request_id"]
    assert rows[-1]["cost_usd"] == as_json["cost_usd"] == "0.000000000"
    assert "local-echo" in miavo(gateway.home, "usage", "--limit", "1").stdout


def test_usage_says_what_was_measured_where_that_is_not_tokens(gateway: RunningGateway) -> None:
    speech = {"model": "local-espeak", "voice": "alloy", "input": "one two"}
    headers = {"authorization": f"Bearer {gateway.key()}"}
    sound = httpx.post(f"{gateway.url}/v1/audio/speech", json=speech, headers=headers, timeout=30)
    assert sound.status_code == 200
    line = miavo(gateway.home, "usage").stdout
    assert "7 characters" in line
    assert " s of sound" in line
    assert "0 in" not in line


@contextmanager
def running(home: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A command that goes on until it is interrupted."""
    child = subprocess.Popen(
        [sys.executable, "-m", "miavo_tui", *words],
        env={**os.environ, "MIAVO_HOME": str(home), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield child
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=20)
        assert "Traceback" not in errors
    finally:
        child.kill()
        child.communicate()


@pytest.mark.parametrize("earlier", [0, 1])
def test_usage_tail_prints_requests_that_end_from_now_on(
    gateway: RunningGateway, earlier: int
) -> None:
    ids = [gateway.ask().headers["x-request-id"] for _ in range(2)]
    words = ("--limit", str(earlier)) if earlier else ()
    with running(gateway.home, "usage", "--tail", "--json", *words) as tail:
        assert tail.stdout is not None
        assert tail.stderr is not None
        assert "Waiting" in tail.stderr.readline()
        ids = ids[len(ids) - earlier :]
        ids += [gateway.ask().headers["x-request-id"] for _ in range(2)]
        shown = [json.loads(tail.stdout.readline())["request_id"] for _ in ids]
    assert shown == ids


def test_serve_prints_its_ready_line_and_an_object_for_programs(tmp_path: Path) -> None:
    with running(tmp_path / "home", "serve", "--port", "0", "--json") as serving:
        assert serving.stdout is not None
        ready = serving.stdout.readline()
        said = json.loads(serving.stdout.readline())
        assert ready == f"miavo gateway ready on {said['url']}\n"
        assert said["pid"] == serving.pid
        assert httpx.get(f"{said['url']}/healthz").status_code == 200


def test_models_are_marked_and_priced_as_in_the_app(gateway: RunningGateway) -> None:
    lines = {line.split()[1]: line for line in miavo(gateway.home, "models").stdout.splitlines()}
    assert len(lines) == 93
    for slug, mark in (
        ("local-echo", "●"),
        ("claude-opus-4-7", "○"),
        ("claude-opus-4-6", "◐"),
        ("gpt-image-2", "◇"),
        ("o4-mini", "✖"),
    ):
        assert lines[slug].startswith(f"{mark} ")
    graded = [line for line in lines.values() if "+/image" in line or "+/second" in line]
    assert any("nano-banana-pro" in line for line in graded), "from the lowest of its prices"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("chat", "local-ecko", "x"), "local-echo"),
        (("chat", "nope", "x"), "'miavo models'"),
        (("key", "create", "two\nlines"), "line ends"),
        (("key", "create", "a" * 201), "at most 200 characters"),
        (("key", "create", "x", "--rpm", "many"), "'plan'"),
        (("credit", "add", "1000000000000"), "at most"),
        (("chat", "claude-opus-4-7", "x"), "Anthropic"),
        (("key", "revoke", "nobody"), "nobody"),
        (("key", "create", "  "), "name"),
        (("nonsense",), "nonsense"),
    ],
)
def test_a_failure_is_one_clear_line_and_a_non_zero_exit(
    gateway: RunningGateway, words: tuple[str, ...], says: str
) -> None:
    ran = miavo(gateway.home, *words)
    assert ran.returncode != 0
    assert says in ran.stderr.splitlines()[-1]
    assert ran.stdout == ""


def test_pydantics_words_are_not_the_commands(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "config.toml").write_text('port = "high"\n')
    ran = miavo(tmp_path / "home", "serve")
    assert ran.returncode == 1
    assert "setting port: must be a whole number" in ran.stderr
    assert "nput should" not in ran.stderr


def test_doctor_says_what_works(gateway: RunningGateway) -> None:
    ran = miavo(gateway.home, "doctor", "--json")
    findings = {row["name"]: row for row in json.loads(ran.stdout)}
    assert ran.returncode == 0, "engines that are not there are a choice"
    assert findings["running"]["detail"] == gateway.url
    assert findings["local-smollm2-135m"]["ok"]
    assert "93 models" in findings["catalogue"]["detail"]
    assert "up to date" in findings["database"]["detail"]
    assert "writable" in findings["home"]["detail"]


def test_doctor_finds_a_damaged_database_and_says_so_with_its_exit_code(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert miavo(home, "key", "create", "x").returncode == 0
    file = home / "miavo.db"
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\xff" * 4096 + whole[8192:])
    ran = miavo(home, "doctor", "--json")
    assert ran.returncode == 1
    findings = {row["name"]: row for row in json.loads(ran.stdout)}
    assert not findings["database"]["ok"]
    assert "\n" not in findings["database"]["detail"]
    shown = miavo(home, "doctor")
    assert "✗ database" in shown.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--host", "a..b"), "--host"),
        (("--host", "no.such.host.invalid"), "'no.such.host.invalid' is no address"),
        (("--database-url", "bogus://x"), "'bogus' is not supported"),
    ],
)
def test_a_gateway_that_cannot_start_says_why_in_one_line(
    tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    ran = miavo(tmp_path / "home", "serve", "--port", "0", *words)
    assert ran.returncode == 1
    assert ran.stderr.count("\n") == 1
    assert says in ran.stderr


def test_help_fits_the_terminal_and_cuts_no_sentence(tmp_path: Path) -> None:
    for words in ((), ("key",), ("key", "update"), ("upstream",), ("usage",), ("serve",)):
        usage, *lines = miavo(tmp_path, *words, "--help").stdout.splitlines()
        assert usage.startswith("Usage: miavo")
        assert all(len(line) <= 80 for line in lines)
        assert not any(line.endswith("...") for line in lines)


def test_without_a_terminal_the_app_says_what_to_do_instead(tmp_path: Path) -> None:
    ran = miavo(tmp_path / "home")
    assert ran.returncode == 1
    assert "miavo serve" in ran.stderr
