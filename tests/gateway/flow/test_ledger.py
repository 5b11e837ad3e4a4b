"""Money under load and after a crash, through a whole gateway with a model that costs."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from miavo_gateway.home import Home
from tests.conftest import RunningGateway

CHAT = "/v1/chat/completions"
# The deterministic engine, made to cost: $5 and $25 per million tokens.
PRICED = '[models."local-echo"]\nprices = { input = "5.00", output = "25.00" }\n'
NANO = 1_000_000_000


@pytest.fixture
def priced(tmp_path: Path, start_gateway: Callable[[Path], RunningGateway]) -> RunningGateway:
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_text(PRICED)
    return start_gateway(home)


def asked(text: str = "one two three four five", **extra: object) -> dict:
    return {
        "model": "local-echo",
        "messages": [{"role": "user", "content": text}],
        "max_tokens": 50,
        **extra,
    }


def generous_key(gateway: RunningGateway) -> str:
    made = gateway.admin("POST", "keys", {"name": "load", "rpm_limit": 10**6, "tpm_limit": 10**9})
    return made["key"]


def balance(gateway: RunningGateway) -> tuple[int, int]:
    view = gateway.admin("GET", "credit")
    return view["balance_nano"], view["held_nano"]


def check_books(home: Path) -> None:
    """What holds at rest: no open row or hold, and every request's entries are its cost."""
    with sqlite3.connect(home / "miavo.db") as database:
        assert database.execute("SELECT count(*) FROM usage WHERE state='open'").fetchone() == (0,)
        by_request = database.execute(
            "SELECT u.request_id, coalesce(u.cost_nano, 0), u.state, "
            "coalesce(sum(e.amount_nano), 0) "
            "FROM usage u LEFT JOIN ledger_entry e ON e.request_id = u.request_id "
            "GROUP BY u.request_id"
        ).fetchall()
        for request_id, cost, state, moved in by_request:
            assert moved == (0 if state == "interrupted" else -cost), request_id
        held = database.execute(
            "SELECT sum(amount_nano) FROM ledger_entry WHERE kind IN ('hold', 'release')"
        ).fetchone()[0]
        assert held in (0, None)


def cost_of_one(gateway: RunningGateway, key: str, body: dict) -> int:
    answer = httpx.post(
        gateway.url + CHAT, json=body, headers={"authorization": f"Bearer {key}"}, timeout=30
    )
    assert answer.status_code == 200, answer.text
    row = gateway.admin("GET", f"usage/{answer.headers['x-request-id']}")
    usage = answer.json()["usage"]
    assert row["cost_nano"] == usage["prompt_tokens"] * 5000 + usage["completion_tokens"] * 25000
    return row["cost_nano"]


async def storm(url: str, key: str, bodies: list[dict], *, hang_up: bool = False) -> Counter[int]:
    """Send them all at once; how often each status came back."""
    statuses: Counter[int] = Counter()

    async def one(client: httpx.AsyncClient, body: dict) -> None:
        headers = {"authorization": f"Bearer {key}"}
        async with client.stream("POST", url + CHAT, json=body, headers=headers) as answer:
            statuses[answer.status_code] += 1
            async for _ in answer.aiter_raw():
                if hang_up:
                    return

    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(timeout=120, limits=limits) as client:
        await asyncio.gather(*(one(client, body) for body in bodies))
    return statuses


@pytest.mark.parametrize("stream", [False, True])
def test_a_thousand_at_once_spend_exactly_what_there_is(
    priced: RunningGateway, *, stream: bool
) -> None:
    key = generous_key(priced)
    body = asked(stream=stream)
    priced.admin("POST", "credit", {"amount_usd": "1"})
    cost = cost_of_one(priced, key, asked())
    left, _ = balance(priced)
    affordable = 137
    adjust = affordable * cost - left
    priced.admin(
        "POST",
        "credit",
        {"amount_usd": f"{adjust / NANO:.9f}", "kind": "adjustment", "note": "for the test"},
    )
    statuses = asyncio.run(storm(priced.url, key, [body] * 1000))
    assert statuses == {200: affordable, 402: 1000 - affordable}
    assert balance(priced) == (0, 0)
    priced.embedded.stop()
    check_books(priced.home)


def test_clients_that_hang_up_pay_for_what_they_got_and_hold_nothing(
    priced: RunningGateway,
) -> None:
    key = generous_key(priced)
    priced.admin("POST", "credit", {"amount_usd": "0.05"})
    long = asked("word " * 400, stream=True, max_tokens=600)
    asyncio.run(storm(priced.url, key, [long] * 60, hang_up=True))
    for _ in range(200):
        left, held = balance(priced)
        if held == 0:
            break
        asyncio.run(asyncio.sleep(0.05))
    assert held == 0
    assert 0 <= left < NANO // 20
    priced.embedded.stop()
    check_books(priced.home)


def test_a_stream_that_outgrows_the_credit_ends_with_length_and_budget_exhausted(
    priced: RunningGateway,
) -> None:
    key = generous_key(priced)
    # Prompt and some hundred tokens of output; the reply would have a thousand.
    priced.admin("POST", "credit", {"amount_usd": "0.02"})
    body = asked("word " * 1000, stream=True)
    del body["max_tokens"]
    with (
        httpx.Client(timeout=60) as client,
        client.stream(
            "POST", priced.url + CHAT, json=body, headers={"authorization": f"Bearer {key}"}
        ) as answer,
    ):
        assert answer.status_code == 200
        events = [line for line in answer.iter_lines() if line.startswith("data: ")]
    assert '"finish_reason":"length"' in events[-2]
    assert '"code":"budget_exhausted"' in events[-1]
    assert "[DONE]" not in events[-1]
    left, held = balance(priced)
    assert left >= 0
    assert held == 0
    row = priced.admin("GET", "usage?limit=1")["data"][0]
    assert (row["state"], row["error_code"]) == ("truncated", "budget_exhausted")


def test_a_plain_request_without_a_limit_is_capped_to_what_the_balance_affords(
    priced: RunningGateway,
) -> None:
    key = generous_key(priced)
    priced.admin("POST", "credit", {"amount_usd": "0.02"})
    body = asked("word " * 1000)
    del body["max_tokens"]
    answer = httpx.post(
        priced.url + CHAT, json=body, headers={"authorization": f"Bearer {key}"}, timeout=60
    )
    assert answer.status_code == 200
    assert answer.json()["choices"][0]["finish_reason"] == "length"
    left, held = balance(priced)
    assert left >= 0
    assert held == 0


def test_a_free_model_needs_no_credit_and_leaves_no_entry(gateway: RunningGateway) -> None:
    answer = httpx.post(
        gateway.url + CHAT,
        json=asked(),
        headers={"authorization": f"Bearer {gateway.key()}"},
    )
    assert answer.status_code == 200
    assert gateway.admin("GET", "ledger")["data"] == []


def test_a_keys_budget_bounds_it_while_the_account_has_more(priced: RunningGateway) -> None:
    priced.admin("POST", "credit", {"amount_usd": "10"})
    rich = generous_key(priced)
    cost = cost_of_one(priced, rich, asked())
    made = priced.admin("POST", "keys", {"name": "child", "budget_usd": f"{cost * 3 / NANO:.9f}"})
    statuses = asyncio.run(storm(priced.url, made["key"], [asked()] * 10))
    assert statuses == {200: 3, 402: 7}
    view = priced.admin("GET", f"keys/{made['id']}")
    assert view["spent_usd"] == view["budget_usd"]


def test_killed_again_and_again_the_books_balance(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_text(PRICED)
    key = ""
    for run in range(4):
        gateway = subprocess.Popen(
            [sys.executable, "-m", "miavo_tui", "serve", "--home", str(home), "--port", "0"],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ},
        )
        try:
            assert gateway.stdout is not None
            url = gateway.stdout.readline().rpartition(" ")[2].strip()
            token = {"authorization": f"Bearer {Home(home).admin_token()}"}
            if not key:
                httpx.post(f"{url}/admin/v1/credit", json={"amount_usd": "5"}, headers=token)
                key = httpx.post(
                    f"{url}/admin/v1/keys",
                    json={"name": "load", "rpm_limit": 10**6, "tpm_limit": 10**9},
                    headers=token,
                ).json()["key"]
            answered = asyncio.run(_until_killed(url, key, gateway, after=40 + 30 * run))
        finally:
            gateway.kill()
            gateway.wait()
        with sqlite3.connect(home / "miavo.db") as database:
            rows = dict(database.execute("SELECT request_id, state FROM usage"))
        # Every answer that was received whole has its row, settled.
        assert answered
        assert {rows[request_id] for request_id in answered} == {"completed"}
    last = subprocess.run(
        [sys.executable, "-m", "miavo_tui", "credit", "balance", "--home", str(home), "--json"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    check_books(home)
    with sqlite3.connect(home / "miavo.db") as database:
        total = database.execute("SELECT sum(amount_nano) FROM ledger_entry").fetchone()[0]
    assert f'"balance_nano": {total}' in last.stdout


async def _until_killed(
    url: str, key: str, gateway: subprocess.Popen[str], *, after: int
) -> list[str]:
    """Ask from many tasks at once and kill the gateway amid it; the ids of whole answers."""
    answered: list[str] = []

    async def ask(client: httpx.AsyncClient) -> None:
        while True:
            try:
                answer = await client.post(
                    url + CHAT, json=asked(), headers={"authorization": f"Bearer {key}"}
                )
            except httpx.HTTPError:
                return
            assert answer.status_code == 200, answer.text
            answered.append(answer.headers["x-request-id"])
            if len(answered) == after:
                gateway.kill()

    async with httpx.AsyncClient(timeout=30) as client:
        await asyncio.gather(*(ask(client) for _ in range(16)))
    return answered
