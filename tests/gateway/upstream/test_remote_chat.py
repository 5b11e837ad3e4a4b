"""A provider that misbehaves, behind a whole gateway: the error, the bill, the pool's state."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import openai
import pytest

from tests.conftest import RunningGateway
from tests.gateway.upstream.scripted_server import STREAM_HEAD, Connection, chunk, serving, whole

SLUG = "gpt-5.4-mini"  # $0.75 in, $4.50 out per million tokens: 750 and 4,500 nano-dollars each
SECRET = "sk-proj-a-secret-that-nobody-may-see"


def event(**fields: object) -> bytes:
    body = {"id": "up-1", "object": "chat.completion.chunk", "created": 1, "model": "up", **fields}
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def piece(text: str | None = None, finish: str | None = None) -> bytes:
    delta = {} if text is None else {"content": text}
    return event(choices=[{"index": 0, "delta": delta, "finish_reason": finish}])


USAGE = event(
    choices=[],
    usage={
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "total_tokens": 15,
        "prompt_tokens_details": {"cached_tokens": 4},
    },
)
GOOD = [piece("Hello"), piece(" world"), piece(None, "stop"), USAGE, b"data: [DONE]\n\n"]


async def good(connection: Connection) -> None:
    await connection.send(STREAM_HEAD + b"".join(chunk(part) for part in GOOD) + chunk(b""))


def answering(status: str, body: object, *headers: str) -> Callable[[Connection], Awaitable[None]]:
    async def script(connection: Connection) -> None:
        await connection.send(whole(json.dumps(body).encode(), status, *headers))

    return script


def streaming(*parts: bytes, end: bool = True) -> Callable[[Connection], Awaitable[None]]:
    async def script(connection: Connection) -> None:
        await connection.send(STREAM_HEAD + b"".join(chunk(part) for part in parts))
        if end:
            await connection.send(chunk(b""))
        else:
            connection.writer.close()

    return script


def refused(code: str, message: str) -> dict:
    return {"error": {"message": message, "type": code, "code": code, "param": None}}


@pytest.fixture
def funded(gateway: RunningGateway) -> RunningGateway:
    gateway.admin("POST", "credit", {"amount_usd": "1"})
    return gateway


def add(gateway: RunningGateway, url: str, label: str = "main", secret: str = SECRET) -> str:
    body = {"provider": "openai", "secret": secret, "label": label, "base_url": url}
    return gateway.admin("POST", "credentials", body)["id"]


def standing(gateway: RunningGateway) -> dict[str, dict]:
    rows = gateway.admin("GET", "credentials")["data"]
    return {row["label"]: row for row in rows}


async def ask(gateway: RunningGateway, *, stream: bool = False) -> httpx.Response:
    return await asyncio.to_thread(gateway.ask, "Hi", model=SLUG, max_tokens=50, stream=stream)


@asynccontextmanager
async def provider(
    gateway: RunningGateway, script: Callable[[Connection], Awaitable[None]]
) -> AsyncIterator[list[Connection]]:
    """A provider with one credential for it; what it was asked."""
    asked: list[Connection] = []

    async def noting(connection: Connection) -> None:
        asked.append(Connection(connection.reader, connection.writer, connection.head))
        asked[-1].body = connection.body
        await script(connection)

    async with serving(noting) as server:
        await asyncio.to_thread(add, gateway, server.url)
        yield asked


async def usage_row(gateway: RunningGateway, answer: httpx.Response) -> dict:
    return await asyncio.to_thread(gateway.admin, "GET", f"usage/{answer.headers['x-request-id']}")


async def test_pieces_that_came_together_with_an_error_are_delivered_and_billed(
    funded: RunningGateway,
) -> None:
    async def together(connection: Connection) -> None:
        error = event(error={"message": "overloaded", "type": "server_error"})
        await connection.send(STREAM_HEAD + chunk(piece("Hello") + piece(" world") + error))

    async with provider(funded, together):
        answer = await ask(funded, stream=True)
    assert "Hello" in answer.text
    assert "world" in answer.text
    assert "overloaded" in answer.text
    assert "[DONE]" not in answer.text
    row = await usage_row(funded, answer)
    assert (row["state"], row["output_tokens"] > 0) == ("truncated", True)


async def test_a_reply_is_relayed_counted_and_billed_to_the_token(
    funded: RunningGateway,
) -> None:
    async with provider(funded, good) as asked:
        plain = await ask(funded)
        streamed = await ask(funded, stream=True)
    body = plain.json()
    assert body["choices"][0]["message"]["content"] == "Hello world"
    assert body["model"] == SLUG
    assert body["usage"]["prompt_tokens_details"]["cached_tokens"] == 4
    # Passed on as it came, less the counts that nobody asked for.
    assert streamed.content == b"".join([*GOOD[:3], b"data: [DONE]\n\n"])
    sent = json.loads(asked[0].body)
    assert sent["model"] == "gpt-5.4-mini"
    assert sent["max_completion_tokens"] == 50
    assert "max_tokens" not in sent
    assert f"authorization: Bearer {SECRET}" in asked[0].head
    for answer in (plain, streamed):
        row = await usage_row(funded, answer)
        assert (row["state"], row["cost_nano"]) == ("completed", 10 * 750 + 5 * 4500)
    balance = await asyncio.to_thread(funded.admin, "GET", "credit")
    assert balance["balance_nano"] == 10**9 - 2 * (10 * 750 + 5 * 4500)
    assert balance["held_nano"] == 0


async def test_the_openai_client_streams_through_the_relay(funded: RunningGateway) -> None:
    async with provider(funded, good):
        client = openai.AsyncOpenAI(
            base_url=f"{funded.url}/v1", api_key=await asyncio.to_thread(funded.key)
        )
        async with client:
            stream = await client.chat.completions.create(
                model=SLUG,
                messages=[{"role": "user", "content": "Hi"}],
                stream=True,
                stream_options={"include_usage": True},
            )
            chunks = [each async for each in stream]
    assert len({each.id for each in chunks}) == 1
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == "Hello world"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens == 15


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("script", "status", "says", "state"),
    [
        (
            answering("401 Unauthorized", refused("invalid_api_key", "bad key")),
            502,
            "bad key",
            "out",
        ),
        (
            answering("429 Too Many", refused("rate_limit", "slow down"), "retry-after: 33"),
            502,
            "slow down",
            "cooling",
        ),
        (answering("500 Oops", refused("server_error", "it broke")), 502, "it broke", "ok"),
        (answering("200 OK", refused("server_error", "hidden")), 502, "before it began", "ok"),
        (
            streaming(b"data: " + json.dumps(refused("x", "inside")).encode() + b"\n\n"),
            502,
            "inside",
            "ok",
        ),
        (streaming(b"data: {garbage\n\n"), 502, "cannot be read", "ok"),
        (streaming(), 502, "before it began", "ok"),
        (
            answering("400 Bad", refused("invalid_request_error", "no such thing")),
            400,
            "no such",
            "ok",
        ),
    ],
)
async def test_what_fails_before_the_first_byte_has_its_status_and_costs_nothing(
    funded: RunningGateway,
    script: Callable[[Connection], Awaitable[None]],
    status: int,
    says: str,
    state: str,
    *,
    stream: bool,
) -> None:
    async with provider(funded, script):
        answer = await ask(funded, stream=stream)
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["code"] == ("invalid_request" if status == 400 else "upstream_error")
    assert says in error["message"]
    assert SECRET not in answer.text
    pool = await asyncio.to_thread(standing, funded)
    assert pool["main"]["state"] == state
    row = await usage_row(funded, answer)
    assert (row["state"], row["error_code"]) == ("failed", error["code"])
    balance = await asyncio.to_thread(funded.admin, "GET", "credit")
    assert (balance["balance_nano"], balance["held_nano"]) == (10**9, 0)


async def test_half_a_stream_is_an_error_event_no_done_and_billed(funded: RunningGateway) -> None:
    async with provider(funded, streaming(piece("Hello"), piece(" wor"), end=False)):
        answer = await ask(funded, stream=True)
    events = [line for line in answer.text.splitlines() if line]
    assert answer.status_code == 200
    assert '"upstream_error"' in events[-1]
    assert "[DONE]" not in answer.text
    row = await usage_row(funded, answer)
    assert (row["state"], row["error_code"]) == ("truncated", "upstream_error")
    assert row["output_tokens"] == 3
    assert row["cost_nano"] == row["prompt_tokens"] * 750 + 3 * 4500


async def test_another_credential_answers_when_the_first_is_refused(
    funded: RunningGateway,
) -> None:
    async def by_key(connection: Connection) -> None:
        if "revoked" in connection.head:
            await connection.send(whole(json.dumps(refused("x", "revoked")).encode(), "401 No"))
        else:
            await good(connection)

    async with serving(by_key) as server:
        await asyncio.to_thread(add, funded, server.url, "old", "sk-revoked-key-000000")
        await asyncio.to_thread(add, funded, server.url, "new", "sk-working-key-000000")
        answers = [await ask(funded) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    pool = await asyncio.to_thread(standing, funded)
    assert (pool["old"]["state"], pool["new"]["state"]) == ("out", "ok")
    assert pool["old"]["counts"] == {"bad_credential": 1}


async def test_without_a_usable_credential_the_answer_is_503_and_says_when(
    funded: RunningGateway,
) -> None:
    nothing = await ask(funded)
    assert nothing.status_code == 503
    assert "OpenAI" in nothing.json()["error"]["message"]
    assert nothing.headers["x-should-retry"] == "false"
    busy = answering("429 Too Many", refused("rate_limit", "slow down"), "retry-after: 33")
    async with provider(funded, busy):
        await ask(funded)
        cooling = await ask(funded)
    assert cooling.status_code == 503
    assert 30 <= int(cooling.headers["retry-after"]) <= 33
    assert "x-should-retry" not in cooling.headers


async def test_a_callers_hang_up_reaches_the_provider_at_once(funded: RunningGateway) -> None:
    hung_up = asyncio.Event()

    async def endless(connection: Connection) -> None:
        await connection.send(STREAM_HEAD + chunk(piece("Hello")))
        await connection.closed_by_client()
        hung_up.set()

    async with provider(funded, endless):
        key = await asyncio.to_thread(funded.key)
        async with (
            httpx.AsyncClient(base_url=funded.url) as client,
            client.stream(
                "POST",
                "/v1/chat/completions",
                json={
                    "model": SLUG,
                    "messages": [{"role": "user", "content": "Hi"}],
                    "stream": True,
                },
                headers={"authorization": f"Bearer {key}"},
            ) as answer,
        ):
            async for _ in answer.aiter_raw():
                break
        async with asyncio.timeout(5):
            await hung_up.wait()
        for _ in range(100):
            row = await usage_row(funded, answer)
            if row["state"] != "open":
                break
            await asyncio.sleep(0.02)
    assert row["state"] == "cancelled"
    assert row["output_tokens"] == 2


async def test_a_credential_is_tried_with_its_cheapest_call(funded: RunningGateway) -> None:
    async def models(connection: Connection) -> None:
        assert connection.head.startswith("GET /models ")
        if SECRET in connection.head:
            await connection.send(whole(b'{"data": []}'))
        else:
            body = refused("invalid_api_key", f"Incorrect API key: {connection.head}")
            await connection.send(whole(json.dumps(body).encode(), "401 No"))

    async with serving(models) as server:
        right = await asyncio.to_thread(add, funded, server.url)
        wrong = await asyncio.to_thread(add, funded, server.url, "wrong", "sk-wrong-key-00000000")
        good_try, bad_try = [
            await asyncio.to_thread(funded.admin, "POST", f"credentials/{which}/test")
            for which in (right, wrong)
        ]
    assert good_try["ok"] is True
    assert bad_try["ok"] is False
    assert "Incorrect API key" in bad_try["detail"]
    assert "sk-wrong" not in bad_try["detail"]


async def test_secrets_are_in_no_file_but_their_store(
    funded: RunningGateway, tmp_path: Path
) -> None:
    async with provider(funded, answering("500 Oops", refused("x", f"key {SECRET} broke"))):
        answer = await ask(funded)
    assert SECRET not in answer.text
    await asyncio.to_thread(funded.embedded.stop)
    assert _holders(tmp_path) == ["secrets.json"]


def _holders(folder: Path) -> list[str]:
    return [
        path.name
        for path in folder.rglob("*")
        if path.is_file() and SECRET.encode() in path.read_bytes()
    ]
