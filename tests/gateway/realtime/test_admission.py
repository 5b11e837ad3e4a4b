"""Who may open a session, and how the others are told: before the upgrade, as over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from tests.conftest import RunningGateway
from tests.gateway.realtime.talking import SLUGS, simulate, talking, usage_row


async def refusal(
    gateway: RunningGateway,
    path: str,
    key: str | None = None,
    protocols: tuple[str, ...] = (),
    **headers: str,
) -> tuple[int, dict[str, Any], Any]:
    """Status, error and headers of the answer to an upgrade that is refused."""
    given = {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        **headers,
    }
    if key is not None:
        given["authorization"] = f"Bearer {key}"
    if protocols:
        given["sec-websocket-protocol"] = ", ".join(protocols)
    async with (
        aiohttp.ClientSession() as session,
        session.get(gateway.url + path, headers=given) as answer,
    ):
        body = await answer.json()
        return answer.status, body["error"], answer.headers


@pytest.mark.parametrize(
    ("path", "status", "code", "param"),
    [
        ("/v1/realtime?model=gpt-realtime", 503, "no_upstream", "model"),
        ("/v1/realtime?model=gpt-5.5", 400, "invalid_request", "model"),
        ("/v1/realtime?model=no-such-thing", 400, "invalid_request", "model"),
        ("/v1/realtime", 400, "invalid_request", "model"),
        ("/v1/realtime?model=gpt-realtime&intent=transcription", 400, "invalid_request", "intent"),
        ("/v1/elsewhere", 404, "not_found", None),
        ("/v1/chat/completions", 404, "not_found", None),
    ],
)
async def test_an_upgrade_that_cannot_be_is_answered_as_a_request_is(
    gateway: RunningGateway, path: str, status: int, code: str, param: str | None
) -> None:
    answered, error, headers = await refusal(gateway, path, gateway.key())
    assert (answered, error["code"], error["param"]) == (status, code, param)
    assert headers["x-request-id"].startswith("req_")
    assert headers["content-type"] == "application/json"


async def test_a_key_is_needed_and_its_terms_hold(gateway: RunningGateway) -> None:
    simulate(gateway, "openai")
    path = "/v1/realtime?model=gpt-realtime"
    status, error, headers = await refusal(gateway, path)
    assert (status, error["code"]) == (401, "authentication_error")
    assert "bearer" in headers["www-authenticate"].lower()
    terms = {"name": "narrow", "allow": ["local-*"]}
    narrow = gateway.admin("POST", "keys", terms)["key"]
    status, error, _ = await refusal(gateway, path, narrow)
    assert (status, error["code"]) == (403, "model_not_allowed")
    once = gateway.admin("POST", "keys", {"name": "once", "rpm_limit": 1})["key"]
    async with talking(gateway, "gpt-realtime", once):
        status, error, headers = await refusal(gateway, path, once)
    assert (status, error["code"]) == (429, "rate_limit_exceeded")
    assert int(headers["retry-after"]) > 0
    status, error, _ = await refusal(gateway, path, gateway.key(), **{"openai-beta": "realtime=v1"})
    assert (status, error["code"]) == (400, "invalid_request")


async def test_a_plain_request_is_told_to_upgrade(gateway: RunningGateway) -> None:
    headers = {"authorization": f"Bearer {gateway.key()}"}
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{gateway.url}/v1/realtime?model=gpt-realtime", headers=headers) as answer,
    ):
        assert answer.status == 400
        assert "upgrade" in (await answer.json())["error"]["message"]


async def test_a_browser_gives_its_key_as_a_subprotocol(gateway: RunningGateway) -> None:
    simulate(gateway, "openai")
    protocols = ("realtime", f"openai-insecure-api-key.{gateway.key()}")
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(
            f"{gateway.url}/v1/realtime?model=gpt-realtime", protocols=protocols
        ) as socket,
    ):
        assert socket.protocol == "realtime"
        assert (await socket.receive_json())["type"] == "session.created"
        head = socket._response.headers
        assert head["x-request-id"].startswith("req_")
        assert head["x-miavo-simulated"] == "true"
        assert int(head["x-ratelimit-remaining-requests"]) >= 0
    wrong = ("realtime", "openai-insecure-api-key.sk-maas-wrong")
    status, error, _ = await refusal(gateway, "/v1/realtime?model=gpt-realtime", protocols=wrong)
    assert (status, error["code"]) == (401, "authentication_error")


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("fault", ["401", "429", "500", {"kind": "cut", "after": 0}])
async def test_another_credential_is_tried_before_the_session_is_created(
    gateway: RunningGateway, fault: Any, slug: str
) -> None:
    simulate(gateway, SLUGS[slug], "broken", faults=[fault])
    simulate(gateway, SLUGS[slug], "whole")
    for _ in range(3):
        async with talking(gateway, slug) as talk:
            await talk.update(output_modalities=["text"])
            assert (await talk.ask("Hello"))["status"] == "completed"
    states = {each["label"]: each["state"] for each in gateway.admin("GET", "credentials")["data"]}
    assert states["whole"] == "ok"
    assert fault != "401" or states["broken"] != "ok"


async def test_a_session_that_no_credential_gets_is_refused_with_the_providers_words(
    gateway: RunningGateway,
) -> None:
    simulate(gateway, "zhipu", faults=[{"kind": "cut", "after": 0}])
    path = "/v1/realtime?model=glm-realtime"
    status, error, _ = await refusal(gateway, path, gateway.key())
    assert (status, error["code"]) == (502, "upstream_error")
    assert error["message"].startswith("Zhipu GLM ")
    row = await usage_row(gateway)
    assert (row["state"], row["status"], row["endpoint"]) == ("failed", 502, "/v1/realtime")


async def test_without_credit_no_session_of_a_priced_model_is_opened(
    tmp_path: Any, start_gateway: Any
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    prices = 'prices = { input = "5", output = "20", audio_input = "40", audio_output = "80" }'
    (home / "config.toml").write_text(f'[models."gpt-realtime"]\n{prices}\n')
    gateway = start_gateway(home)
    simulate(gateway, "openai")
    status, error, _ = await refusal(gateway, "/v1/realtime?model=gpt-realtime", gateway.key())
    assert (status, error["code"]) == (402, "budget_exhausted")


async def test_the_catalogue_knows_whether_a_session_can_be_opened(
    gateway: RunningGateway,
) -> None:
    def reachable() -> dict[str, bool]:
        models = gateway.admin("GET", "catalogue")["data"]
        return {each["id"]: each["reachable"] for each in models}

    before = await asyncio.to_thread(reachable)
    simulate(gateway, "google")
    after = await asyncio.to_thread(reachable)
    assert not before["gemini-3.1-flash-live"]
    assert after["gemini-3.1-flash-live"]
    assert not after["gpt-realtime"]
