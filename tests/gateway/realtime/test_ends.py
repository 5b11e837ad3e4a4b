"""However a session ends, both sides learn of it, and what was used is on record once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.conftest import RunningGateway
from tests.gateway.realtime.talking import SLUGS, Talk, simulate, talking, usage_row

LONG = "Tell me all [[long 400]]"
every_slug = pytest.mark.parametrize("slug", SLUGS)


async def closing(talk: Talk) -> tuple[dict[str, Any], int]:
    """The error before the socket is closed, and the close code."""
    error = (await talk.until("error"))["error"]
    with pytest.raises(ConnectionClosed) as closed:
        await talk.until("nothing")
    assert closed.value.rcvd is not None
    return error, closed.value.rcvd.code


@every_slug
async def test_a_reply_that_is_cancelled_stops_and_the_next_one_comes(
    gateway: RunningGateway, slug: str
) -> None:
    simulate(gateway, SLUGS[slug], rate=100)
    async with talking(gateway, slug) as talk:
        await talk.update(output_modalities=["text"])
        await talk.say(LONG)
        await talk.connection.response.create()
        await talk.until("response.output_text.delta")
        await talk.connection.response.cancel()
        done = (await talk.until("response.done"))["response"]
        assert done["status"] == "cancelled"
        assert done["status_details"]["reason"] == "client_cancelled"
        before = len(talk.seen)
        response = await talk.ask("Short")
        assert response["status"] == "completed"
        said = "".join(e["delta"] for e in talk.seen[before:] if e["type"].endswith("text.delta"))
        assert "Short" in said
        assert "Tell me all" not in said


@every_slug
async def test_a_client_that_hangs_up_stops_the_reply_and_pays_for_what_came(
    gateway: RunningGateway, slug: str
) -> None:
    simulate(gateway, SLUGS[slug], rate=100)
    async with talking(gateway, slug) as talk:
        await talk.update(output_modalities=["text"])
        await talk.say(LONG)
        await talk.connection.response.create()
        for _ in range(5):
            await talk.until("response.output_text.delta")
    row = await usage_row(gateway)
    assert row["state"] == "cancelled"
    assert 0 < row["output_tokens"] < 200
    assert row["prompt_tokens"] > 0
    pool = gateway.admin("GET", "credentials")["data"]
    [own] = [each for each in pool if each["provider"] == SLUGS[slug]]
    assert own["in_flight"] == 0


@every_slug
async def test_a_provider_that_is_cut_off_is_told_and_closes_the_session(
    gateway: RunningGateway, slug: str
) -> None:
    simulate(gateway, SLUGS[slug], faults=[{"kind": "cut", "after": 14}])
    async with talking(gateway, slug) as talk:
        await talk.update(output_modalities=["text"])
        await talk.say(LONG)
        await talk.connection.response.create()
        error, code = await closing(talk)
        assert (error["code"], code) == ("upstream_error", 1011)
    row = await usage_row(gateway)
    assert (row["state"], row["error_code"]) == ("truncated", "upstream_error")
    assert row["output_tokens"] > 0


@every_slug
async def test_what_no_provider_should_send_ends_the_session(
    gateway: RunningGateway, slug: str
) -> None:
    simulate(gateway, SLUGS[slug], faults=[{"kind": "malformed", "after": 14}])
    async with talking(gateway, slug) as talk:
        await talk.update(output_modalities=["text"])
        await talk.say(LONG)
        await talk.connection.response.create()
        error, code = await closing(talk)
        assert (error["code"], code) == ("upstream_error", 1011)


@pytest.mark.parametrize("slug", ["gpt-realtime", "glm-realtime"])
async def test_an_error_of_the_provider_is_passed_on_and_the_session_goes_on(
    gateway: RunningGateway, slug: str
) -> None:
    simulate(gateway, SLUGS[slug], faults=[{"kind": "error-event", "after": 4}])
    async with talking(gateway, slug) as talk:
        await talk.update(output_modalities=["text"])
        await talk.say("Hello")
        await talk.connection.response.create()
        error = (await talk.until("error"))["error"]
        assert error["code"] == "upstream_error"
        await talk.until("response.done")


async def test_a_gateway_that_stops_says_so_and_settles(gateway: RunningGateway) -> None:
    simulate(gateway, "openai", rate=20)
    async with talking(gateway, "gpt-realtime") as talk:
        await talk.update(output_modalities=["text"])
        await talk.say(LONG)
        await talk.connection.response.create()
        await talk.until("response.output_text.delta")
        stopping = asyncio.create_task(asyncio.to_thread(gateway.embedded.stop))
        error, code = await closing(talk)
        await stopping
        assert (error["code"], code) == ("upstream_error", 1001)
    again = gateway.embedded
    assert not again._thread


async def test_credit_that_runs_out_ends_the_session_cleanly(
    tmp_path: Path, start_gateway: Any
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    prices = 'prices = { input = "5", output = "20", audio_input = "40", audio_output = "80" }'
    (home / "config.toml").write_text(f'[models."gpt-realtime"]\n{prices}\n')
    gateway: RunningGateway = start_gateway(home)
    simulate(gateway, "openai")
    gateway.admin("POST", "credit", {"amount_usd": "0.01"})
    async with talking(gateway, "gpt-realtime") as talk:
        await talk.say("Tell me all [[long 300]]")
        await talk.connection.response.create()
        error, code = await closing(talk)
        assert (error["code"], code) == ("budget_exhausted", 1000)
    row = await usage_row(gateway)
    assert (row["state"], row["error_code"]) == ("truncated", "budget_exhausted")
    balance = gateway.admin("GET", "credit")
    assert (balance["balance_nano"], balance["held_nano"]) == (0, 0)


async def test_a_revoked_key_asks_for_nothing_more(gateway: RunningGateway) -> None:
    simulate(gateway, "openai")
    made = gateway.admin("POST", "keys", {"name": "short-lived"})
    async with talking(gateway, "gpt-realtime", made["key"]) as talk:
        await talk.say("Hello")
        await asyncio.to_thread(gateway.admin, "DELETE", f"keys/{made['id']}")
        await talk.connection.response.create()
        error, _ = await closing(talk)
        assert error["code"] == "authentication_error"


async def test_tokens_are_counted_as_they_come_and_a_full_window_refuses_replies(
    gateway: RunningGateway,
) -> None:
    simulate(gateway, "openai")
    key = gateway.admin("POST", "keys", {"name": "few", "tpm_limit": 60})["key"]
    async with talking(gateway, "gpt-realtime", key) as talk:
        await talk.update(output_modalities=["text"])
        assert (await talk.ask("Say much [[long 80]]"))["status"] == "completed"
        await talk.say("More")
        await talk.connection.response.create()
        error = (await talk.until("error"))["error"]
        assert error["code"] == "rate_limit_exceeded"
        await talk.update(instructions="Still here.")
