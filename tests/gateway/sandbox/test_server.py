"""The sandbox's server: who it answers, how fast, and how it fails."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.sandbox.faults import Misfortune
from miavo_gateway.sandbox.terms import SandboxTerms, checked_terms
from tests.gateway.sandbox.serving import SECRET, RunningSandbox, serving_sandbox

BODY = {"model": "gpt-5.4", "messages": [{"role": "user", "content": "Hello [[long 40]]"}]}


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with serving_sandbox() as running:
        yield running


async def call(url: str, *, stream: bool = False, secret: str = SECRET) -> httpx.Response:
    async with httpx.AsyncClient(timeout=10) as client:
        return await client.post(
            f"{url}/chat/completions",
            json={**BODY, "stream": stream},
            headers={"authorization": f"Bearer {secret}"},
        )


async def test_only_a_mounted_credential_with_its_own_secret_is_answered(
    sandbox: RunningSandbox,
) -> None:
    url = sandbox.base_url("openai")
    assert (await call(url)).status_code == 200
    assert (await call(url, secret="another")).status_code == 401
    assert (await call(url.replace("cred_openai", "cred_nobody"))).status_code == 404
    assert (await call(url.replace("/openai/", "/zhipu/"))).status_code == 404


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
async def test_an_error_is_played_in_the_providers_words(
    sandbox: RunningSandbox, status: int
) -> None:
    fault = {"kind": str(status), "retry_after": 7}
    answer = await call(sandbox.base_url("openai", faults=[fault]))
    assert answer.status_code == status
    assert answer.json()["error"]["message"]
    assert answer.headers.get("retry-after") == ("7" if status == 429 else None)


async def test_an_overload_has_each_providers_own_status(sandbox: RunningSandbox) -> None:
    assert (await call(sandbox.base_url("openai", faults=["529"]))).status_code == 503
    assert (await call(sandbox.base_url("moonshot", faults=["529"]))).status_code == 429
    minimax = await call(sandbox.base_url("minimax", faults=["529"]))
    assert (minimax.status_code, minimax.json()["base_resp"]["status_code"]) == (200, 1041)


@pytest.mark.parametrize("stream", [False, True])
async def test_a_cut_loses_the_connection_in_the_middle(
    sandbox: RunningSandbox, stream: bool
) -> None:
    url = sandbox.base_url("openai", faults=[{"kind": "cut", "after": 3}])
    with pytest.raises(httpx.RemoteProtocolError):
        await call(url, stream=stream)


async def test_silence_keeps_the_connection_and_says_no_more(sandbox: RunningSandbox) -> None:
    url = sandbox.base_url("openai", faults=[{"kind": "silence", "after": 3}])
    headers = {"authorization": f"Bearer {SECRET}"}
    body = {**BODY, "stream": True}
    async with (
        httpx.AsyncClient(timeout=0.5) as client,
        client.stream("POST", f"{url}/chat/completions", json=body, headers=headers) as answer,
    ):
        lines = answer.aiter_lines()
        events = [await anext(lines) for _ in range(6)]
        with pytest.raises(httpx.ReadTimeout):
            await anext(lines)
    assert [bool(line) for line in events] == [True, False] * 3


async def test_a_malformed_event_is_no_json(sandbox: RunningSandbox) -> None:
    answer = await call(sandbox.base_url("openai", faults=["malformed"]), stream=True)
    last = answer.text.strip().splitlines()[-1].removeprefix("data: ")
    with pytest.raises(ValueError, match="Expecting"):
        json.loads(last)
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        (await call(sandbox.base_url("openai", faults=["malformed"]))).json()


async def test_an_error_event_comes_in_an_answer_of_status_200(sandbox: RunningSandbox) -> None:
    answer = await call(sandbox.base_url("openai", faults=["error-event"]), stream=True)
    assert answer.status_code == 200
    assert json.loads(answer.text.strip().splitlines()[-1].removeprefix("data: "))["error"]
    assert "[DONE]" not in answer.text


async def test_every_third_request_fails(sandbox: RunningSandbox) -> None:
    url = sandbox.base_url("openai", faults=["500:every3"])
    statuses = [(await call(url)).status_code for _ in range(6)]
    assert statuses == [200, 200, 500, 200, 200, 500]


async def test_a_fault_strikes_as_often_as_its_probability_says() -> None:
    rolls = itertools.cycle([0.1, 0.9])
    async with serving_sandbox(Misfortune(lambda: next(rolls))) as sandbox:
        url = sandbox.base_url("openai", faults=["429:0.5"])
        assert [(await call(url)).status_code for _ in range(4)] == [429, 200, 429, 200]


async def test_latency_and_rate_take_their_time(sandbox: RunningSandbox) -> None:
    began = time.monotonic()
    await call(sandbox.base_url("openai", latency_ms=100, rate=200), stream=True)
    # 100 ms before, then 40 tokens at 200 a second; never sooner, however busy the machine is.
    assert time.monotonic() - began >= 0.3


async def test_stopping_hangs_up_on_those_who_wait(sandbox: RunningSandbox) -> None:
    url = sandbox.base_url("openai", faults=[{"kind": "silence", "after": 1}])
    headers = {"authorization": f"Bearer {SECRET}"}
    body = {**BODY, "stream": True}
    async with (
        httpx.AsyncClient(timeout=10) as client,
        client.stream("POST", f"{url}/chat/completions", json=body, headers=headers) as answer,
    ):
        lines = answer.aiter_lines()
        assert [await anext(lines) for _ in range(2)][1] == ""
        await sandbox.server.stop()
        with pytest.raises(httpx.RemoteProtocolError):
            await anext(lines)


@pytest.mark.parametrize(
    ("document", "param"),
    [
        ('{"latency_ms": -1}', "sandbox.latency_ms"),
        ('{"faults": ["meteor"]}', "sandbox.faults.0.kind"),
        ('{"faults": ["cut:2"]}', "sandbox.faults.0.probability"),
        ('{"faults": ["cut:every0"]}', "sandbox.faults.0.every"),
        ('{"colour": 1}', "sandbox.colour"),
    ],
)
def test_terms_that_are_none_are_refused_by_field(document: str, param: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        checked_terms(document)
    assert caught.value.param == param


def test_terms_survive_being_stored() -> None:
    terms = SandboxTerms.model_validate({"rate": 50, "faults": ["cut:0.5", "429:every2"]})
    assert checked_terms(terms.model_dump_json(exclude_defaults=True)) == terms
