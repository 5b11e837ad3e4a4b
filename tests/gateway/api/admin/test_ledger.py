"""The ledger over the admin API: filtered, and read in pages from either end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote

import httpx
import pytest

from tests.conftest import RunningGateway

PRICED = '[models."local-echo"]\nprices = { input = "1.00", output = "1.00" }\n'


@pytest.fixture
def spent(
    tmp_path: Path, database_url: str, start_gateway: Callable[[Path], RunningGateway]
) -> RunningGateway:
    """Credit, two keys with three requests each, and a correction by hand."""
    (tmp_path / "home").mkdir()
    config = f'database_url = "{database_url}"\n{PRICED}'
    (tmp_path / "home" / "config.toml").write_text(config)
    gateway = start_gateway(tmp_path / "home")
    gateway.admin("POST", "credit", {"amount_usd": "5", "note": "For the 100% trial"})
    for name in ("alpha", "beta"):
        headers = {"authorization": f"Bearer {gateway.key(name)}"}
        body = {"model": "local-echo", "messages": [{"role": "user", "content": "one two"}]}
        for _ in range(3):
            answer = httpx.post(f"{gateway.url}/v1/chat/completions", json=body, headers=headers)
            assert answer.status_code == 200
    correction = {"amount_usd": "-0.000000001", "kind": "adjustment", "note": "A nano too much"}
    gateway.admin("POST", "credit", correction)
    return gateway


def test_entries_are_found_by_kind_key_and_text_and_read_from_either_end(
    spent: RunningGateway,
) -> None:
    def entries(query: str = "") -> list[dict]:
        page = spent.admin("GET", f"ledger?limit=500{query}")
        extent = spent.admin("GET", f"ledger/extent?{query}")
        assert extent["count"] == len(page["data"])
        assert extent["amount_nano"] == sum(row["amount_nano"] for row in page["data"])
        if page["data"]:
            assert (extent["newest"], extent["oldest"]) == (
                page["data"][0]["id"],
                page["data"][-1]["id"],
            )
        return page["data"]

    everything = entries()
    assert len(everything) == 2 + 6 * 3
    assert (
        sum(row["amount_nano"] for row in everything)
        == (spent.admin("GET", "credit")["balance_nano"])
    )
    by_hand = entries("&kind=credit&kind=adjustment")
    assert [row["kind"] for row in by_hand] == ["adjustment", "credit"]
    assert {row["kind"] for row in entries("&kind=settlement")} == {"settlement"}
    assert entries("&text=100%25+TRIAL") == by_hand[1:]
    assert entries("&text=100_") == []
    of_beta = entries("&text=bet")
    assert {row["key_name"] for row in of_beta} == {"beta"}
    assert entries(f"&key_id={of_beta[0]['key_id']}") == of_beta
    assert entries(f"&text={of_beta[0]['request_id']}&kind=hold")[0]["kind"] == "hold"
    last = quote(everything[0]["created_at"])
    assert everything[0] in entries(f"&since={last}")

    pages, query = [], "after=0"
    while page := spent.admin("GET", f"ledger?limit=7&{query}")["data"]:
        pages = page + pages
        query = f"after={page[0]['id']}"
    assert pages == everything
    backwards, before = [], ""
    while True:
        answer = spent.admin("GET", f"ledger?limit=7{before}")
        backwards += answer["data"]
        if answer["next_before"] is None:
            break
        before = f"&before={answer['next_before']}"
    assert backwards == everything


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("kind=gift", "'kind': must be one of credit, adjustment"),
        ("since=1950-01-01T00:00:00Z", "'since': must not be before 1970."),
        (
            "since=2026-02-01T00:00:00Z&until=2026-01-01T00:00:00Z",
            "'since': must be before 'until'.",
        ),
    ],
)
def test_what_cannot_be_asked_is_refused(
    shared_gateway: RunningGateway, query: str, says: str
) -> None:
    for path in ("ledger", "ledger/extent"):
        with pytest.raises(HTTPError) as refused:
            shared_gateway.admin("GET", f"{path}?{query}")
        assert refused.value.code == 400
        assert says in refused.value.read().decode()
