"""Fallbacks behind a whole gateway: who answers, what it costs, and when nobody stands in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.conftest import RunningGateway
from tests.gateway.upstream.scripted_server import serving
from tests.gateway.upstream.test_remote_chat import (
    SLUG,
    add,
    answering,
    ask,
    refused,
    streaming,
    usage_row,
)
from tests.gateway.upstream.test_remote_chat import piece as text_piece

CONFIG = f"""
[fallbacks]
"{SLUG}" = ["local-echo"]

[models."local-echo"]
prices = {{ input = "1000.00", output = "2000.00" }}
"""


@pytest.fixture
def gateway(tmp_path: Path, start_gateway: Callable[[Path], RunningGateway]) -> RunningGateway:
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_text(CONFIG)
    running = start_gateway(home)
    running.admin("POST", "credit", {"amount_usd": "100"})
    return running


async def test_another_model_answers_where_the_provider_has_no_credential(
    gateway: RunningGateway,
) -> None:
    plain, streamed = await ask(gateway), await ask(gateway, stream=True)
    assert plain.status_code == streamed.status_code == 200
    assert plain.json()["model"] == "local-echo"
    assert '"model":"local-echo"' in streamed.text
    assert "Hi" in plain.json()["choices"][0]["message"]["content"]
    assert streamed.text.endswith("data: [DONE]\n\n")
    row = await usage_row(gateway, plain)
    assert (row["slug"], row["answered_by"]) == (SLUG, "local-echo")


async def test_the_prices_of_the_model_that_answered_hold(gateway: RunningGateway) -> None:
    answer = await ask(gateway)
    row = await usage_row(gateway, answer)
    usage = answer.json()["usage"]
    expected = usage["prompt_tokens"] * 1_000_000 + usage["completion_tokens"] * 2_000_000
    assert row["cost_usd"] == f"{expected / 1_000_000_000:.9f}"
    balance = await asyncio.to_thread(gateway.admin, "GET", "credit")
    assert balance["held_usd"] == "0.000000000"


async def test_another_model_answers_where_every_attempt_failed(gateway: RunningGateway) -> None:
    async with serving(answering("500 Oops", refused("server_error", "down"))) as server:
        await asyncio.to_thread(add, gateway, server.url)
        answer = await ask(gateway)
    assert answer.status_code == 200
    assert (await usage_row(gateway, answer))["answered_by"] == "local-echo"


async def test_nobody_stands_in_for_a_request_that_is_at_fault(gateway: RunningGateway) -> None:
    async with serving(answering("400 Bad", refused("invalid", "bad field"))) as server:
        await asyncio.to_thread(add, gateway, server.url)
        answer = await ask(gateway)
    assert answer.status_code == 400
    assert (await usage_row(gateway, answer))["answered_by"] is None


async def test_nobody_stands_in_once_the_reply_has_begun(gateway: RunningGateway) -> None:
    async with serving(streaming(text_piece("half"), end=False)) as server:
        await asyncio.to_thread(add, gateway, server.url)
        answer = await ask(gateway, stream=True)
    assert "half" in answer.text
    assert "upstream_error" in answer.text
    assert "[DONE]" not in answer.text
    assert (await usage_row(gateway, answer))["answered_by"] is None


async def test_a_key_is_not_led_past_its_allow_list(gateway: RunningGateway) -> None:
    made = await asyncio.to_thread(
        gateway.admin, "POST", "keys", {"name": "narrow", "allow": [SLUG]}
    )
    async with httpx.AsyncClient(base_url=gateway.url) as client:
        answer = await client.post(
            "/v1/chat/completions",
            json={"model": SLUG, "messages": [{"role": "user", "content": "Hi"}]},
            headers={"authorization": f"Bearer {made['key']}"},
        )
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "no_upstream"
