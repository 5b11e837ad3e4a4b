"""Accounts over the admin API: a key spends its own account's credit, and no other's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError

import pytest

from tests.conftest import RunningGateway

PRICED = '[models."local-echo"]\nprices = { input = "1.00", output = "1.00" }\n'


@pytest.fixture
def priced(tmp_path: Path, start_gateway: Callable[[Path], RunningGateway]) -> RunningGateway:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "config.toml").write_text(PRICED)
    return start_gateway(tmp_path / "home")


def test_a_key_spends_its_own_accounts_credit(priced: RunningGateway) -> None:
    acme = priced.admin("POST", "accounts", {"name": "Acme", "plan": "free"})
    made = priced.admin("POST", "keys", {"name": "of acme", "account": "acme"})
    assert (made["account_id"], made["plan"], made["rpm_limit"]) == (acme["id"], "free", 20)
    priced.admin("POST", "credit", {"amount_usd": "1.00"})  # the default account's
    assert priced.ask(secret=made["key"], max_tokens=20).status_code == 402
    priced.admin("POST", "credit", {"amount_usd": "2.00", "account": acme["id"]})
    answered = priced.ask(secret=made["key"], max_tokens=20)
    assert answered.status_code == 200
    row = priced.admin("GET", f"usage/{answered.headers['x-request-id']}")
    assert row["account_id"] == acme["id"]
    shown = priced.admin("GET", "accounts/Acme")
    assert shown["balance_nano"] == 2_000_000_000 - row["cost_nano"]
    assert (shown["held_nano"], shown["keys"]) == (0, 1)
    assert priced.admin("GET", "credit")["balance_nano"] == 1_000_000_000
    assert priced.admin("GET", "credit?account=Acme")["balance_nano"] == shown["balance_nano"]
    entries = priced.admin("GET", "ledger?account=Acme")["data"]
    assert sum(one["amount_nano"] for one in entries) == shown["balance_nano"]
    assert {one["account_id"] for one in entries} == {acme["id"]}
    assert [one["id"] for one in priced.admin("GET", "keys?account=Acme")["data"]] == [made["id"]]
    assert len(priced.admin("GET", "usage?account=Acme")["data"]) == 1
    assert priced.admin("GET", "usage?account=default")["data"] == []
    assert priced.admin("GET", "usage/totals?account=default")["data"][0]["requests"] == 0


def test_a_new_plan_holds_from_the_next_request(gateway: RunningGateway) -> None:
    gateway.admin("POST", "accounts", {"name": "Acme", "plan": "free"})
    key = gateway.admin("POST", "keys", {"name": "k", "account": "Acme"})["key"]
    assert gateway.ask(secret=key).headers["x-ratelimit-limit-requests"] == "20"
    changed = gateway.admin("PATCH", "accounts/Acme", {"plan": "paid", "name": "Acme Inc"})
    assert (changed["plan"], changed["name"]) == ("paid", "Acme Inc")
    assert gateway.ask(secret=key).headers["x-ratelimit-limit-requests"] == "200"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "param"),
    [
        ("GET", "accounts/nobody", None, 404, "account"),
        ("PATCH", "accounts/nobody", {"plan": "free"}, 404, "account"),
        ("POST", "accounts", {"name": "default"}, 400, "name"),
        ("POST", "accounts", {"name": "x", "plan": "golden"}, 400, "plan"),
        ("POST", "keys", {"name": "x", "account": "nobody"}, 400, "account"),
        ("POST", "credit", {"amount_usd": "1", "account": "nobody"}, 400, "account"),
        ("GET", "keys?account=nobody", None, 400, "account"),
        ("GET", "credit?account=nobody", None, 400, "account"),
        ("GET", "ledger?account=nobody", None, 400, "account"),
        ("GET", "usage?account=nobody", None, 400, "account"),
        ("GET", "usage/totals?account=nobody", None, 400, "account"),
        ("PATCH", "keys/key_x", {"account": "default"}, 400, "account"),
    ],
)
def test_what_names_no_account_is_refused_by_its_field(
    shared_gateway: RunningGateway,
    method: str,
    path: str,
    body: object,
    status: int,
    param: str,
) -> None:
    with pytest.raises(HTTPError) as refused:
        shared_gateway.admin(method, path, body)
    assert refused.value.code == status
    assert refused.value.headers["x-should-retry"] == "false"
    assert refused.value.headers["x-request-id"].startswith("req_")
    assert f'"param":"{param}"' in refused.value.read().decode()
