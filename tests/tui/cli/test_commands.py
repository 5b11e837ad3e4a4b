"""The commands as a script runs them: what stands on stdout, on stderr, and the exit code."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
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


def test_usage_tail_prints_requests_as_they_end(gateway: RunningGateway) -> None:
    tail = subprocess.Popen(
        [sys.executable, "-m", "miavo_tui", "usage", "--tail"],
        env={**os.environ, "MIAVO_HOME": str(gateway.home), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert tail.stdout is not None
        httpx.post(
            f"{gateway.url}/v1/chat/completions",
            json={"model": "local-echo", "messages": [{"role": "user", "content": "x"}]},
            headers={"authorization": f"Bearer {gateway.key()}"},
        )
        assert "local-echo" in tail.stdout.readline()
        tail.send_signal(signal.SIGINT)
        _, errors = tail.communicate(timeout=20)
        assert "Traceback" not in errors
    finally:
        tail.kill()
        tail.communicate()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("chat", "local-ecko", "x"), "local-echo"),
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


def test_doctor_says_what_works(gateway: RunningGateway) -> None:
    findings = {
        row["name"]: row for row in json.loads(miavo(gateway.home, "doctor", "--json").stdout)
    }
    assert findings["running"]["detail"] == gateway.url
    assert findings["local-smollm2-135m"]["ok"]
    assert "93 models" in findings["catalogue"]["detail"]


def test_without_a_terminal_the_app_says_what_to_do_instead(tmp_path: Path) -> None:
    ran = miavo(tmp_path / "home")
    assert ran.returncode == 1
    assert "miavo serve" in ran.stderr
