"""Credit, keys' terms and the pool from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.conftest import RunningGateway
from tests.tui.cli.test_commands import miavo

SECRET = "sk-proj-0123456789abcdef"


@pytest.mark.parametrize("running", [False, True])
def test_credit_is_added_and_shown_to_the_cent(
    tmp_path: Path, request: pytest.FixtureRequest, *, running: bool
) -> None:
    if running:
        request.getfixturevalue("gateway")
    home = tmp_path / "home"
    added = miavo(home, "credit", "add", "12.34", "--note", "first month")
    assert added.returncode == 0, added.stderr
    assert added.stdout == "Added $12.34. The balance is $12.34.\n"
    balance = json.loads(miavo(home, "credit", "balance", "--json").stdout)
    assert (balance["balance_nano"], balance["held_nano"]) == (12_340_000_000, 0)
    rows = json.loads(miavo(home, "credit", "ledger", "--json").stdout)
    assert [(row["kind"], row["note"]) for row in rows] == [("credit", "first month")]
    assert miavo(home, "credit", "add", "5").returncode == 0
    lines = miavo(home, "credit", "ledger").stdout.splitlines()
    assert [line.split()[2:] for line in lines] == [
        ["credit", "+$12.34", "first", "month"],
        ["credit", "+$5.00"],
    ]
    assert all(line == line.rstrip() for line in lines)


@pytest.mark.parametrize("amount", ["nothing", "-5", "0", "0.0000000001", "NaN"])
def test_an_amount_that_is_none_is_refused_in_one_line(
    gateway: RunningGateway, amount: str
) -> None:
    refused = miavo(gateway.home, "credit", "add", "--", amount)
    assert refused.returncode != 0
    assert refused.stderr.count("\n") == 1
    assert gateway.admin("GET", "ledger")["data"] == []


def test_a_keys_terms_are_set_changed_and_hold_from_the_next_request(
    gateway: RunningGateway,
) -> None:
    words = "--rpm 2 --allow local-echo --budget 1.50 --budget-reset monthly --expires 30d"
    made = miavo(gateway.home, "key", "create", "child", *words.split(), "--json")
    key = json.loads(made.stdout)["key"]

    def ask(model: str = "local-echo") -> httpx.Response:
        return gateway.ask(model=model, secret=key)

    first = ask()
    assert first.status_code == 200
    assert first.headers["x-ratelimit-limit-requests"] == "2"
    assert first.headers["x-ratelimit-remaining-requests"] == "1"
    forbidden = ask("local-smollm2-135m")
    assert (forbidden.status_code, forbidden.json()["error"]["code"]) == (403, "model_not_allowed")
    assert ask().status_code == 200
    limited = ask()
    assert (limited.status_code, limited.json()["error"]["code"]) == (429, "rate_limit_exceeded")
    assert "2 requests in 60 seconds" in limited.json()["error"]["message"]
    assert 1 <= int(limited.headers["retry-after"]) <= 60
    assert miavo(gateway.home, "key", "update", "child", "--rpm", "100").returncode == 0
    assert ask().status_code == 200
    shown = miavo(gateway.home, "key", "show", "child").stdout
    assert "100 requests" in shown
    assert "$1.50" in shown
    assert "local-echo" in shown
    rotated = miavo(gateway.home, "key", "rotate", "child", "--grace", "0s")
    assert ask().status_code == 401
    key = rotated.stdout.splitlines()[-1]
    assert ask().status_code == 200


def test_every_term_of_a_key_is_listed_and_can_be_lifted(gateway: RunningGateway) -> None:
    home = gateway.home
    words = "--rpm 7 --tpm 9000 --parallel 2 --allow local-echo --budget 1 --expires 30d"
    assert miavo(home, "key", "create", "child", *words.split()).returncode == 0
    titles, line = miavo(home, "key", "list").stdout.splitlines()
    assert titles.split()[:4] == ["ID", "NAME", "KEY", "PLAN"]
    for shown in ("paid", "7 req, 9k tok", "$0.00 of $1.00, no reset", "never used"):
        assert shown in line
    lifted = "--rpm plan --tpm plan --parallel none --allow none --budget none --expires never"
    assert miavo(home, "key", "update", "child", *lifted.split()).returncode == 0
    row = json.loads(miavo(home, "key", "show", "child", "--json").stdout)
    assert (row["rpm_limit"], row["tpm_limit"], row["max_parallel"]) == (200, 400_000, None)
    assert (row["allow"], row["budget_usd"], row["expires_at"]) == ([], None, None)
    both = miavo(home, "key", "update", "child", "--allow", "none", "--allow", "local-echo")
    assert both.returncode == 2
    assert both.stderr.count("\n") == 1


def test_one_name_means_one_key_that_lives(gateway: RunningGateway) -> None:
    home = gateway.home
    assert miavo(home, "key", "create", "child").returncode == 0
    twin = miavo(home, "key", "create", "child")
    assert twin.returncode == 1
    assert "There is a key 'child' already" in twin.stderr
    assert miavo(home, "key", "revoke", "child").returncode == 0
    for words in (("revoke", "child"), ("update", "child", "--rpm", "5"), ("rotate", "child")):
        ran = miavo(home, "key", *words)
        assert ran.returncode == 1
        assert "is revoked" in ran.stderr
    assert "revoked" in miavo(home, "key", "show", "child").stdout
    restored = miavo(home, "key", "restore", "child")
    assert "works again" in restored.stdout
    assert "revoked" not in miavo(home, "key", "show", "child").stdout
    assert "is not revoked" in miavo(home, "key", "restore", "child").stderr
    assert miavo(home, "key", "revoke", "child").returncode == 0
    assert miavo(home, "key", "create", "child").returncode == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("key", "create", "x", "--allow", "claude-opus-4.6"), "claude-opus-4-6"),
        (("key", "create", "x", "--expires", "soon"), "soon"),
        (("key", "create", "x", "--rpm", "-1"), "rpm"),
        (("key", "create", "x", "--plan", "golden"), "golden"),
        (("key", "update", "nobody", "--rpm", "5"), "nobody"),
        (("key", "update", "nobody"), "what to change"),
        (("upstream", "add", "nobody", "--from-env", "MIAVO_TEST_SECRET"), "nobody"),
        (("upstream", "add", "openai", "--from-env", "MIAVO_TEST_UNSET"), "MIAVO_TEST_UNSET"),
        (("upstream", "add", "openai"), "--stdin"),
        (("upstream", "test", "nobody"), "nobody"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    gateway: RunningGateway,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    says: str,
) -> None:
    monkeypatch.setenv("MIAVO_TEST_SECRET", SECRET)
    ran = miavo(gateway.home, *words)
    assert ran.returncode != 0
    assert ran.stderr.count("\n") == 1
    assert says in ran.stderr


def test_a_credential_is_added_listed_and_removed_and_never_shown(
    gateway: RunningGateway,
) -> None:
    added = miavo(
        gateway.home,
        *("upstream", "add", "openai", "--label", "mine", "--stdin"),
        *("--base-url", "http://127.0.0.1:9/v1"),
        given=SECRET + "\n",
    )
    assert added.returncode == 0, added.stderr
    listed = miavo(gateway.home, "upstream", "list")
    assert "mine" in listed.stdout
    assert "…cdef" in listed.stdout
    # Nothing listens there: the trial says so, and nothing else breaks.
    tried = miavo(gateway.home, "upstream", "test", "mine")
    assert tried.returncode == 1
    assert tried.stderr.startswith("Error: ")
    assert miavo(gateway.home, "upstream", "remove", "mine").returncode == 0
    assert json.loads(miavo(gateway.home, "upstream", "list", "--json").stdout) == []
    for shown in (added, listed, tried):
        assert SECRET not in shown.stdout + shown.stderr
    assert SECRET.encode() not in (gateway.home / "secrets.json").read_bytes()
