"""Chat completions as OpenAI's own Python package calls them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator

import httpx
import jsonschema
import openai
import pytest

from tests.conftest import RunningGateway

SMOLLM2 = "local-smollm2-135m"
ECHO = "local-echo"
CITY_SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "people": {"type": "integer"}},
    "required": ["city", "people"],
    "additionalProperties": False,
}
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather in a city",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string"},
                "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
            },
            "required": ["city", "unit"],
            "additionalProperties": False,
        },
    },
}


@pytest.fixture(scope="module")
def client(shared_gateway: RunningGateway) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(
        base_url=f"{shared_gateway.url}/v1", api_key=shared_gateway.key(), max_retries=0
    ) as client:
        yield client


def asked(text: str) -> list[dict]:
    return [{"role": "user", "content": text}]


@pytest.mark.parametrize("model", [ECHO, SMOLLM2])
def test_a_stream_put_together_equals_the_plain_reply(client: openai.OpenAI, model: str) -> None:
    ask = {
        "model": model,
        "messages": asked("Name three colours."),
        "temperature": 0,
        "seed": 7,
        "max_tokens": 24,
    }
    client.chat.completions.create(**ask)  # a warm cache, so that both runs count it alike
    plain = client.chat.completions.create(**ask)
    chunks = list(
        client.chat.completions.create(**ask, stream=True, stream_options={"include_usage": True})
    )
    assert plain.object == "chat.completion"
    assert plain.model == model
    assert len({chunk.id for chunk in chunks}) == 1
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == plain.choices[0].message.content
    ends = [c.choices[0].finish_reason for c in chunks if c.choices and c.choices[0].finish_reason]
    assert ends == [plain.choices[0].finish_reason]
    assert chunks[-1].choices == []
    assert chunks[-1].usage == plain.usage
    assert all(chunk.usage is None for chunk in chunks[:-1])


@pytest.mark.parametrize("model", [ECHO, SMOLLM2])
@pytest.mark.parametrize(
    "choice", ["required", {"type": "function", "function": {"name": "weather"}}]
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_forced_tool_is_called_with_arguments_that_fit_its_schema(
    client: openai.OpenAI, model: str, choice: object, *, stream: bool
) -> None:
    ask = {
        "model": model,
        "messages": asked("What is the weather in Paris?"),
        "tools": [WEATHER],
        "tool_choice": choice,
        "max_tokens": 120,
        "temperature": 0,
    }
    if stream:
        with client.chat.completions.stream(**ask) as events:
            reply = events.get_final_completion()
    else:
        reply = client.chat.completions.create(**ask)
    call = reply.choices[0].message.tool_calls[0]
    assert call.function.name == "weather"
    jsonschema.validate(json.loads(call.function.arguments), WEATHER["function"]["parameters"])
    # A reply to a named function ends with "stop" at OpenAI, to "required" with "tool_calls".
    assert reply.choices[0].finish_reason in {"tool_calls", "stop"}


@pytest.mark.parametrize("model", [ECHO, SMOLLM2])
def test_json_mode_gives_an_object_and_a_strict_schema_is_kept(
    client: openai.OpenAI, model: str
) -> None:
    ask = {"model": model, "messages": asked("Tell me of Paris as JSON."), "max_tokens": 200}
    loose = client.chat.completions.create(**ask, response_format={"type": "json_object"})
    assert isinstance(json.loads(loose.choices[0].message.content), dict)
    strict = client.chat.completions.create(
        **ask,
        response_format={
            "type": "json_schema",
            "json_schema": {"name": "city", "strict": True, "schema": CITY_SCHEMA},
        },
    )
    jsonschema.validate(json.loads(strict.choices[0].message.content), CITY_SCHEMA)


@pytest.mark.parametrize("model", [ECHO, SMOLLM2])
def test_n_choices_stop_and_limits(client: openai.OpenAI, model: str) -> None:
    several = client.chat.completions.create(
        model=model, messages=asked("Say something."), n=3, max_completion_tokens=5
    )
    assert [choice.index for choice in several.choices] == [0, 1, 2]
    assert {choice.finish_reason for choice in several.choices} <= {"length", "stop"}
    limited = client.chat.completions.create(
        model=model, messages=asked("Count from one to one hundred, please."), max_tokens=3
    )
    assert limited.choices[0].finish_reason == "length"
    assert limited.usage.completion_tokens == 3
    stopped = client.chat.completions.create(
        model=ECHO, messages=asked("before STOP after"), stop=["STOP"]
    )
    assert stopped.choices[0].message.content.strip() == "before"
    assert stopped.choices[0].finish_reason == "stop"


def test_a_request_is_on_record_when_its_reply_ends(
    shared_gateway: RunningGateway, client: openai.OpenAI
) -> None:
    raw = client.chat.completions.with_raw_response.create(model=ECHO, messages=asked("one two"))
    reply = raw.parse()
    row = shared_gateway.admin("GET", f"usage/{raw.headers['x-request-id']}")
    assert row["state"] == "completed"
    assert row["key_name"] == "test"
    assert (row["prompt_tokens"], row["output_tokens"]) == (
        reply.usage.prompt_tokens,
        reply.usage.completion_tokens,
    )
    assert row["cost_usd"] == "0.000000000"
    assert row["finish_reason"] == "stop"
    assert 0 <= row["first_token_ms"] <= row["duration_ms"]


def test_errors_are_the_exceptions_of_the_package(
    shared_gateway: RunningGateway, client: openai.OpenAI
) -> None:
    with pytest.raises(openai.BadRequestError) as unknown:
        client.chat.completions.create(model="nothing", messages=asked("x"))
    assert unknown.value.code == "invalid_request"
    assert unknown.value.param == "model"
    with pytest.raises(openai.InternalServerError) as nobody:
        client.chat.completions.create(model="gpt-5.5", messages=asked("x"))
    assert nobody.value.code == "no_upstream"
    stranger = openai.OpenAI(base_url=f"{shared_gateway.url}/v1", api_key="sk-maas-x")
    with pytest.raises(openai.AuthenticationError):
        stranger.models.list()


async def test_a_hang_up_ends_the_generation_and_bills_what_was_delivered(
    shared_gateway: RunningGateway,
) -> None:
    client = openai.AsyncOpenAI(
        base_url=f"{shared_gateway.url}/v1", api_key=shared_gateway.key(), max_retries=0
    )
    async with client:
        stream = await client.chat.completions.create(
            model=SMOLLM2,
            messages=asked("Write a very long story about the sea."),
            stream=True,
            max_tokens=4000,
            extra_body={"ignore_eos": True},
        )
        request_id = stream.response.headers["x-request-id"]
        received = 0
        async for chunk in stream:
            received += bool(chunk.choices and chunk.choices[0].delta.content)
            if received == 5:
                break
        await stream.close()
        row = await ended(shared_gateway, request_id)
        assert row["state"] == "cancelled"
        assert 5 <= row["output_tokens"] < 400
        # The engine is free again: it answers somebody else at once.
        await client.chat.completions.create(model=SMOLLM2, messages=asked("Hi"), max_tokens=2)


async def test_a_hang_up_on_a_plain_request_ends_it_too(shared_gateway: RunningGateway) -> None:
    headers = {"authorization": f"Bearer {shared_gateway.key('impatient')}"}
    body = {
        "model": SMOLLM2,
        "messages": asked("Write a very long story about the sea."),
        "max_tokens": 4000,
    }
    async with httpx.AsyncClient(base_url=shared_gateway.url, headers=headers) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.post("/v1/chat/completions", json=body, timeout=0.7)
    rows = shared_gateway.admin("GET", "usage?limit=20")["data"]
    request_id = next(row["request_id"] for row in rows if row["key_name"] == "impatient")
    assert (await ended(shared_gateway, request_id))["state"] == "cancelled"


def test_ten_at_once_are_all_answered(
    shared_gateway: RunningGateway,
) -> None:
    async def all_of_them() -> list[str]:
        async with openai.AsyncOpenAI(
            base_url=f"{shared_gateway.url}/v1", api_key=shared_gateway.key(), max_retries=0
        ) as client:
            replies = await asyncio.gather(
                *(
                    client.chat.completions.create(
                        model=SMOLLM2 if number % 2 else ECHO,
                        messages=asked(f"number {number}"),
                        max_tokens=8,
                    )
                    for number in range(10)
                )
            )
        return [reply.choices[0].message.content for reply in replies]

    replies = asyncio.run(all_of_them())
    assert all(replies)
    assert replies[4].strip() == "number 4"


def test_stopping_the_gateway_ends_live_streams_with_an_error_and_no_done(
    start_gateway: Callable[..., RunningGateway], tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("stopped") / "home"
    gateway = start_gateway(home)
    headers = {"authorization": f"Bearer {gateway.key()}"}
    body = {
        "model": SMOLLM2,
        "messages": asked("Write a very long story about the sea."),
        "max_tokens": 4000,
        "stream": True,
    }
    events: list[str] = []
    with (
        httpx.Client(base_url=gateway.url, headers=headers, timeout=30) as client,
        client.stream("POST", "/v1/chat/completions", json=body) as answer,
    ):
        request_id = answer.headers["x-request-id"]
        for line in answer.iter_lines():
            if line.startswith("data: "):
                events.append(line.removeprefix("data: "))
            if len(events) == 5:
                before = time.monotonic()
                gateway.embedded.stop()
                assert time.monotonic() - before < 8
    assert "[DONE]" not in events
    assert json.loads(events[-1])["error"]["code"] == "upstream_error"
    again = start_gateway(home)
    row = again.admin("GET", f"usage/{request_id}")
    assert row["state"] == "truncated"
    assert row["output_tokens"] >= 4


async def ended(gateway: RunningGateway, request_id: str) -> dict:
    """The row of a request once it is no longer open; a hang-up takes a moment to arrive."""
    for _ in range(100):
        row = await asyncio.to_thread(gateway.admin, "GET", f"usage/{request_id}")
        if row["state"] != "open":
            return row
        await asyncio.sleep(0.05)
    raise AssertionError(f"{request_id} is still open")
