"""Money under load and after a crash, through a whole gateway with a model that costs."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from httpx_aiohttp import HttpxAiohttpClient
from sqlalchemy.exc import DBAPIError

from miavo_gateway.catalogue import load_catalogue
from miavo_gateway.flow.keys import DEFAULT_ACCOUNT, Keys
from miavo_gateway.flow.ledger import Ledger
from miavo_gateway.flow.ticket import HoldRange, Outcome
from miavo_gateway.home import Home
from miavo_gateway.observe.observer import Observer
from miavo_gateway.store.database import open_database
from miavo_gateway.store.tables import EntryKind, UsageState
from miavo_gateway.store.writer import GroupCommitWriter
from miavo_gateway.usage import UsageBuckets
from tests.conftest import RunningGateway
from tests.databases import read, read_now
from tests.postgres import PASSWORD, PrivatePostgres

CHAT = "/v1/chat/completions"
# The deterministic engine, made to cost: $5 and $25 per million tokens.
PRICED = '[models."local-echo"]\nprices = { input = "5.00", output = "25.00" }\n'
NANO = 1_000_000_000


def priced_home(folder: Path, database_url: str) -> Path:
    home = folder / "home"
    home.mkdir()
    (home / "config.toml").write_text(f'database_url = "{database_url}"\n{PRICED}')
    return home


@pytest.fixture
def priced(
    tmp_path: Path, database_url: str, start_gateway: Callable[[Path], RunningGateway]
) -> RunningGateway:
    return start_gateway(priced_home(tmp_path, database_url))


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


def check_books(database_url: str) -> None:
    """What holds at rest: no open row or hold, and every request's entries are its cost."""
    opened = read_now(database_url, "SELECT count(*) FROM usage WHERE state = 'open'")
    assert opened == [(0,)]
    by_request = read_now(
        database_url,
        "SELECT u.request_id, coalesce(u.cost_nano, 0), u.state, "
        "(SELECT coalesce(sum(e.amount_nano), 0) FROM ledger_entry e "
        "WHERE e.request_id = u.request_id) FROM usage u",
    )
    assert by_request
    for request_id, cost, state, moved in by_request:
        assert moved == (0 if state == "interrupted" else -cost), request_id
    held = read_now(
        database_url,
        "SELECT coalesce(sum(amount_nano), 0) FROM ledger_entry WHERE kind IN ('hold', 'release')",
    )
    assert held == [(0,)]


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

    limits = httpx.Limits(max_connections=len(bodies))
    # httpcore's pool looks through all of a thousand connections for each of them.
    async with HttpxAiohttpClient(timeout=120, limits=limits) as client:
        await asyncio.gather(*(one(client, body) for body in bodies))
    return statuses


@pytest.mark.parametrize("stream", [False, True])
def test_a_thousand_at_once_spend_exactly_what_there_is(
    priced: RunningGateway, database_url: str, *, stream: bool
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
    check_books(database_url)


def test_clients_that_hang_up_pay_for_what_they_got_and_hold_nothing(
    priced: RunningGateway, database_url: str
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
    check_books(database_url)


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


def test_killed_again_and_again_the_books_balance(tmp_path: Path, database_url: str) -> None:
    home = priced_home(tmp_path, database_url)
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
        rows = dict(read_now(database_url, "SELECT request_id, state FROM usage"))
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
    check_books(database_url)
    [(total,)] = read_now(database_url, "SELECT sum(amount_nano) FROM ledger_entry")
    assert f'"balance_nano": {int(total)},' in last.stdout


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


def test_a_database_that_restarts_fails_requests_clearly_and_only_meanwhile(
    tmp_path: Path,
    postgres: PrivatePostgres,
    postgres_url: str,
    start_gateway: Callable[[Path], RunningGateway],
) -> None:
    gateway = start_gateway(priced_home(tmp_path, postgres_url))
    key = generous_key(gateway)
    gateway.admin("POST", "credit", {"amount_usd": "1"})
    cost = cost_of_one(gateway, key, asked())
    postgres.stop()
    try:
        failed = [
            httpx.post(
                gateway.url + CHAT,
                json=asked(stream=stream),
                headers={"authorization": f"Bearer {key}"},
                timeout=30,
            )
            for stream in (False, True)
        ]
    finally:
        postgres.start()
    for answer in failed:
        assert answer.status_code == 500
        assert answer.json()["error"]["code"] == "internal_error"
        assert answer.headers["x-request-id"] in answer.json()["error"]["message"]
    assert cost_of_one(gateway, key, asked()) == cost
    assert balance(gateway) == (NANO - 2 * cost, 0)
    gateway.embedded.stop()
    check_books(postgres_url)
    logged = "".join(path.read_text() for path in gateway.home.rglob("*.log*"))
    assert failed[0].headers["x-request-id"] in logged
    assert PASSWORD not in logged


@pytest.mark.parametrize("caller_waits", [True, False])
async def test_a_settlement_outlasts_a_restart_of_the_database(
    postgres: PrivatePostgres,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
    *,
    caller_waits: bool,
) -> None:
    # Patient enough for a server that starts slowly on a busy machine.
    pauses = (0.2,) * 300 if caller_waits else ()
    monkeypatch.setattr("miavo_gateway.flow.ledger._PAUSES", pauses)
    monkeypatch.setattr("miavo_gateway.flow.ledger._LATE_PAUSE", 0.2)
    engine = await open_database(postgres_url)
    writer = GroupCommitWriter(engine)
    writer.start()
    keys = Keys(engine, writer)
    await keys.load()
    key = (await keys.create("test")).key
    ledger = Ledger(engine, writer, keys, Observer())
    await ledger.load()
    await ledger.add(EntryKind.CREDIT, NANO, None)
    model = next(each for each in load_catalogue().models if each.slug == "claude-opus-4-6")
    ticket = await ledger.open(
        "r", key, model, endpoint=CHAT, stream=False, hold=HoldRange(1, NANO // 2)
    )
    await asyncio.to_thread(postgres.stop)
    try:
        outcome = Outcome(UsageState.COMPLETED, UsageBuckets(output=100))
        settling = asyncio.create_task(ledger.settle(ticket, outcome))
        await asyncio.wait({settling}, timeout=0.3 if caller_waits else 30)
        assert settling.done() is not caller_waits
        assert ledger.funds.held(DEFAULT_ACCOUNT) == NANO // 2
    finally:
        await asyncio.to_thread(postgres.start)
    if caller_waits:
        await settling
    else:
        with pytest.raises(DBAPIError):
            await settling
        async with asyncio.timeout(30):
            while ledger.holds_open:  # noqa: ASYNC110  nobody waits for it, so nobody is told
                await asyncio.sleep(0.05)
    await ledger.close()
    await writer.close()
    await engine.dispose()
    assert ledger.funds.held(DEFAULT_ACCOUNT) == 0
    total = await read(postgres_url, "SELECT sum(amount_nano) FROM ledger_entry")
    assert total == [(ledger.funds.available(DEFAULT_ACCOUNT),)]
    assert total == [(NANO - 100 * 25_000,)]
