"""Accounts and the editing of credentials from the command line."""

from __future__ import annotations

import json

import pytest

from tests.conftest import RunningGateway
from tests.tui.cli.test_commands import miavo

SECRET = "sk-proj-0123456789abcdef"


def test_an_account_has_its_own_keys_and_credit(gateway: RunningGateway) -> None:
    home = gateway.home
    made = miavo(home, "account", "create", "Acme", "--plan", "free", "--json")
    assert made.returncode == 0, made.stderr
    account = json.loads(made.stdout)
    key = miavo(home, "key", "create", "one", "--account", "acme")
    assert key.stdout.splitlines()[-1].startswith("sk-maas-")
    miavo(home, "key", "create", "other")
    assert miavo(home, "credit", "add", "5", "--account", account["id"]).returncode == 0
    listed = json.loads(miavo(home, "key", "list", "--account", "Acme", "--json").stdout)
    assert [(row["name"], row["plan"]) for row in listed] == [("one", "free")]
    assert json.loads(miavo(home, "credit", "balance", "--json").stdout)["balance_nano"] == 0
    of_acme = miavo(home, "credit", "balance", "--account", "Acme", "--json")
    assert json.loads(of_acme.stdout)["balance_nano"] == 5_000_000_000
    assert (
        json.loads(miavo(home, "credit", "ledger", "--account", "default", "--json").stdout) == []
    )
    changed = miavo(home, "account", "update", "Acme", "--name", "Acme Inc", "--plan", "paid")
    assert "Acme Inc" in changed.stdout
    shown = miavo(home, "account", "show", "acme inc").stdout
    assert "paid" in shown
    assert "$5.00" in shown
    assert len(miavo(home, "account", "list").stdout.splitlines()) == 2


def test_a_credential_is_changed_by_its_label(gateway: RunningGateway) -> None:
    home = gateway.home
    added = miavo(home, "upstream", "add", "openai", "--stdin", "--weight", "3", given=SECRET)
    assert added.returncode == 0, added.stderr
    words = "--label work --weight 5 --base-url http://127.0.0.1:9/v1"
    changed = miavo(home, "upstream", "update", "default", *words.split(), "--json")
    row = json.loads(changed.stdout)
    assert (row["label"], row["weight"]) == ("work", 5)
    assert row["base_url"] == "http://127.0.0.1:9/v1"
    back = miavo(home, "upstream", "update", "work", "--base-url", "", "--json")
    assert json.loads(back.stdout)["base_url"] is None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("account", "show", "nobody"), "nobody"),
        (("account", "update", "default"), "what to change"),
        (("account", "create", "default"), "already"),
        (("key", "create", "x", "--account", "nobody"), "nobody"),
        (("credit", "add", "1", "--account", "nobody"), "nobody"),
        (("credit", "ledger", "--account", "nobody"), "nobody"),
        (("upstream", "update", "nobody", "--weight", "2"), "nobody"),
        (("upstream", "update", "nobody"), "what to change"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    gateway: RunningGateway, words: tuple[str, ...], says: str
) -> None:
    ran = miavo(gateway.home, *words)
    assert ran.returncode != 0
    assert ran.stderr.count("\n") == 1
    assert says in ran.stderr
