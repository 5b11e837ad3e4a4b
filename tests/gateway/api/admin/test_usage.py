"""A request is found again: its attempts and error, its page from either end, by every filter."""

from __future__ import annotations

from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode

import httpx
import pytest

from tests.conftest import RunningGateway


def get(gateway: RunningGateway, path: str = "usage", **query: object) -> dict[str, Any]:
    return gateway.admin("GET", f"{path}?{urlencode(query, doseq=True)}")


def ids(page: dict[str, Any]) -> list[int]:
    return [row["id"] for row in page["data"]]


def test_the_attempts_of_a_request_are_kept_with_its_row(gateway: RunningGateway) -> None:
    gateway.admin("POST", "credit", {"amount_usd": "10"})
    for label, faults in (("broken", ["500"]), ("well", [])):
        terms = {"provider": "openai", "label": label, "sandbox": {"faults": faults}}
        gateway.admin("POST", "credentials", terms)
    answers = [gateway.ask("hello", model="gpt-5.4-mini") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    rows = [gateway.admin("GET", f"usage/{each.headers['x-request-id']}") for each in answers]
    told = {
        tuple((one["label"], one["outcome"], one["status"]) for one in row["attempts"])
        for row in rows
    }
    assert told <= {
        (("broken", "server_error", 500), ("well", "ok", None)),
        (("well", "ok", None),),
    }
    assert any(len(row["attempts"]) == 2 for row in rows)
    assert {one["provider"] for row in rows for one in row["attempts"]} == {"openai"}
    assert all(one["ms"] > 0 for row in rows for one in row["attempts"])
    gateway.admin("POST", f"credentials/{_id_of(gateway, 'well')}/disable")
    failed = gateway.ask("hello", model="gpt-5.4-mini")
    row = gateway.admin("GET", f"usage/{failed.headers['x-request-id']}")
    assert (failed.status_code, row["status"]) == (502, 502)
    assert [one["outcome"] for one in row["attempts"]] == ["server_error"]
    assert row["error_message"] == failed.json()["error"]["message"]


def test_the_words_of_a_refused_request_are_not_kept(gateway: RunningGateway) -> None:
    gateway.admin("POST", "credit", {"amount_usd": "10"})
    gateway.admin("POST", "credentials", {"provider": "openai", "sandbox": {"faults": ["400"]}})
    refused = gateway.ask("hello", model="gpt-5.4-mini")
    row = gateway.admin("GET", f"usage/{refused.headers['x-request-id']}")
    assert refused.status_code == 400
    assert (row["error_code"], row["error_message"]) == ("invalid_request", None)
    assert [one["outcome"] for one in row["attempts"]] == ["client_error"]


def _id_of(gateway: RunningGateway, label: str) -> str:
    listed = gateway.admin("GET", "credentials")["data"]
    return next(str(one["id"]) for one in listed if one["label"] == label)


@pytest.fixture(scope="module")
def used(shared_gateway: RunningGateway) -> RunningGateway:
    for number in range(7):
        shared_gateway.ask("hello", key="ann" if number % 2 else "bob")
    shared_gateway.ask("hello", model="claude-opus-4-6", key="bob")  # nothing answers for it
    return shared_gateway


def test_pages_meet_from_either_end(used: RunningGateway) -> None:
    everything = ids(get(used, limit=500))
    assert everything == sorted(everything, reverse=True)
    assert len(everything) == 8
    oldest = get(used, limit=3, after=0)
    assert ids(oldest) == everything[-3:]
    newer = get(used, limit=3, after=oldest["next_after"])
    assert ids(newer) == everything[-6:-3]
    newest = get(used, limit=3, after=newer["next_after"])
    assert ids(newest) == everything[:2]
    assert ids(get(used, limit=3, before=newer["next_before"])) == everything[-3:]
    assert get(used, "usage/extent") == {
        "count": 8,
        "oldest": everything[-1],
        "newest": everything[0],
    }
    assert get(used, after=everything[0])["data"] == []


def test_every_filter_narrows_pages_and_their_number_alike(used: RunningGateway) -> None:
    keys = {key["name"]: key["id"] for key in used.admin("GET", "keys")["data"]}
    began = sorted(row["started_at"] for row in get(used, limit=500)["data"])
    cases: list[tuple[dict[str, object], int]] = [
        ({"key_id": keys["ann"]}, 3),
        ({"key_id": [keys["ann"], keys["bob"]]}, 8),
        ({"slug": "local-echo"}, 7),
        ({"slug": ["claude-opus-4-6", "gpt-5.4"]}, 1),
        ({"provider": "anthropic"}, 1),
        ({"state": "errors"}, 1),
        ({"state": ["completed", "failed"]}, 8),
        ({"status": 503}, 1),
        ({"status": [200, 503]}, 8),
        ({"text": "ANN"}, 3),
        ({"text": "opus"}, 1),
        ({"text": "no_upstream"}, 1),
        ({"text": "100%"}, 0),
        ({"text": "req_"}, 8),
        ({"text": "REQ_nothing"}, 0),
        ({"since": began[0], "until": "2100-01-01T00:00:00Z"}, 8),
        ({"until": began[0]}, 0),
        ({"slug": "local-echo", "key_id": keys["bob"], "since": began[0]}, 4),
    ]
    for query, count in cases:
        rows = get(used, limit=500, **query)["data"]
        assert len(rows) == count, query
        assert get(used, "usage/extent", **query)["count"] == count, query
        [totals] = get(used, "usage/totals", **query)["data"]
        assert totals["requests"] == count, query
        assert ids(get(used, limit=500, after=0, **query)) == [row["id"] for row in rows], query


def test_sums_come_without_their_latencies_where_they_are_not_wanted(used: RunningGateway) -> None:
    [ranked] = get(used, "usage/totals")["data"]
    assert get(used, "usage/totals", percentiles="sampled")["data"] == [ranked]
    [quick] = get(used, "usage/totals", percentiles="false")["data"]
    none = {"p50": None, "p95": None, "p99": None}
    assert quick == {**ranked, "duration_ms": none, "first_token_ms": none}


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ({"after": "-1"}, "after"),
        ({"after": 1, "before": 5}, "after"),
        ({"state": "gone"}, "state"),
        ({"status": "4xx"}, "status"),
        ({"status": "999"}, "status"),
        ({"text": "x" * 201}, "text"),
        ({"since": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, "since"),
    ],
)
def test_a_wrong_parameter_is_named(
    used: RunningGateway, query: dict[str, object], param: str
) -> None:
    with pytest.raises(HTTPError) as refused:
        get(used, **query)
    error = httpx.Response(400, content=refused.value.read()).json()["error"]
    assert (refused.value.code, error["param"]) == (400, param)


def test_the_pulse_tells_of_what_was_asked(used: RunningGateway) -> None:
    before = used.admin("GET", "pulse")
    used.ask("hello")
    after = used.admin("GET", "pulse")
    assert after["requests"] == before["requests"] + 1
    assert after["output_tokens"] > before["output_tokens"]
    assert after["duration_ms"]["p99"] >= after["duration_ms"]["p50"] > 0
    assert after["resident_bytes"] > 10_000_000
    assert after["uptime_seconds"] >= before["uptime_seconds"]
