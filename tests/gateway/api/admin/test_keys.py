"""Keys over the admin API: what they have spent, and a revocation undone in time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from urllib.error import HTTPError

import pytest

from tests.conftest import RunningGateway

PRICED = '[models."local-echo"]\nprices = { input = "1.00", output = "1.00" }\n'


@pytest.fixture
def priced(tmp_path: Path, start_gateway: Callable[[Path], RunningGateway]) -> RunningGateway:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "config.toml").write_text(PRICED)
    gateway = start_gateway(tmp_path / "home")
    gateway.admin("POST", "credit", {"amount_usd": "5"})
    return gateway


def test_a_budget_counts_what_was_spent_before_it_was_set_and_meanwhile(
    priced: RunningGateway,
) -> None:
    made = priced.admin("POST", "keys", {"name": "busy", "rpm_limit": 10**6, "tpm_limit": 10**9})
    path = f"keys/{made['id']}"
    assert made["budget_resets_at"] is None
    with ThreadPoolExecutor(8) as callers:
        calls = [callers.submit(priced.ask, secret=made["key"], max_tokens=20) for _ in range(60)]
        # A budget over another period each time: what was spent is counted anew.
        for reset in ("monthly", "never", "daily", "weekly"):
            changed = priced.admin("PATCH", path, {"budget_usd": "4", "budget_reset": reset})
            assert (changed["budget_resets_at"] is None) == (reset == "never")
        assert {call.result().status_code for call in calls} == {200}
    shown = priced.admin("GET", path)
    total = priced.admin("GET", f"usage/totals?key_id={made['id']}")["data"][0]
    assert total["requests"] == 60
    assert Decimal(shown["spent_usd"]) == Decimal(total["cost_usd"]) > 0
    assert Decimal(shown["held_usd"]) == 0
    assert shown["window"]["requests"] == 60
    assert 0 < shown["window"]["empty_in_seconds"] <= 60
    priced.admin("PATCH", path, {"budget_usd": shown["spent_usd"]})
    assert priced.ask(secret=made["key"]).status_code == 402


def test_a_revocation_is_obeyed_at_once_and_can_be_undone_for_a_while(
    gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = gateway.admin("POST", "keys", {"name": "mine", "plan": "free"})
    path = f"keys/{made['id']}"
    assert made["restorable_until"] is None
    gone = gateway.admin("DELETE", path)
    assert gone["restorable_until"] > gone["revoked_at"]
    assert gateway.ask(secret=made["key"]).status_code == 401
    back = gateway.admin("POST", f"{path}/restore")
    assert (back["revoked_at"], back["restorable_until"]) == (None, None)
    assert back["plan"] == "free"
    assert gateway.ask(secret=made["key"]).status_code == 200

    def refusal() -> str:
        with pytest.raises(HTTPError) as refused:
            gateway.admin("POST", f"{path}/restore")
        assert refused.value.code == 400
        return refused.value.read().decode()

    assert "is not revoked" in refusal()
    gateway.admin("DELETE", path)
    other = gateway.admin("POST", "keys", {"name": "mine"})
    assert "choose another name" in refusal()
    gateway.admin("PATCH", f"keys/{other['id']}", {"name": "other"})
    monkeypatch.setattr("miavo_gateway.flow.key.RESTORED_WITHIN_US", 0)
    assert "for good" in refusal()
    assert gateway.ask(secret=made["key"]).status_code == 401


def test_limits_of_its_own_are_told_from_those_of_the_plan(gateway: RunningGateway) -> None:
    made = gateway.admin("POST", "keys", {"name": "k", "plan": "free", "rpm_limit": 7})
    assert (made["rpm_limit"], made["own_rpm_limit"]) == (7, 7)
    assert (made["tpm_limit"], made["own_tpm_limit"]) == (40_000, None)
    rotated = gateway.admin("POST", f"keys/{made['id']}/rotate", {"grace_seconds": 3_600})
    assert made["previous_until"] is None
    assert rotated["previous_until"] > rotated["created_at"]
    gone = gateway.admin("POST", f"keys/{made['id']}/rotate", {"grace_seconds": 0})
    assert gone["previous_until"] is None
