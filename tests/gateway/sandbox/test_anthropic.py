"""The simulated Anthropic: its SDK takes it for the real one, and wrong requests are refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import anthropic
import orjson
import pytest

from miavo_gateway.sandbox.anthropic import AnthropicSimulator
from miavo_gateway.sandbox.simulator import Received, Simulated
from tests.gateway.sandbox.serving import SECRET, serving_sandbox

HEADERS = {"x-api-key": "k", "anthropic-version": "2023-06-01"}
WEATHER: dict[str, Any] = {
    "name": "weather",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
}
USE = {"type": "tool_use", "id": "t1", "name": "weather", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "t1", "content": "sun"}
MANUAL = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
ADAPTIVE = {"thinking": {"type": "adaptive"}}
MAGIC = "ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING_46C9A13E"


def user(*content: Any) -> dict[str, Any]:
    blocks = [{"type": "text", "text": x} if isinstance(x, str) else x for x in content]
    return {"role": "user", "content": blocks}


def assistant(*content: Any) -> dict[str, Any]:
    return {**user(*content), "role": "assistant"}


def request(**fields: Any) -> dict[str, Any]:
    base = {"model": "claude-opus-4-6", "max_tokens": 2000, "messages": [user("Hi")]}
    return {name: each for name, each in {**base, **fields}.items() if each is not None}


def answer(headers: dict[str, str] = HEADERS, **fields: Any) -> Simulated:
    body = orjson.dumps(request(**fields))
    return AnthropicSimulator().answer(Received("POST", "/v1/messages", {}, headers, body))


def words(simulated: Simulated) -> str:
    error = orjson.loads(simulated.parts[0].data)["error"]
    return f"{simulated.status} {error['type']}: {error['message']}"


@pytest.fixture
async def client() -> AsyncIterator[anthropic.AsyncAnthropic]:
    async with (
        serving_sandbox() as sandbox,
        anthropic.AsyncAnthropic(
            api_key=SECRET, base_url=sandbox.base_url("anthropic"), max_retries=0
        ) as client,
    ):
        yield client


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"messages": [user("Use the weather")], "tools": [WEATHER], **ADAPTIVE},
        {"model": "claude-haiku-4-5", **MANUAL},
        {"messages": [user(MAGIC)], **ADAPTIVE},
        {"messages": [user("[[refuse]]")]},
        {"max_tokens": 2},
        {"stop_sequences": ["said"]},
    ],
)
async def test_the_sdk_reads_a_stream_as_the_plain_reply(
    client: anthropic.AsyncAnthropic, fields: dict[str, Any]
) -> None:
    plain = await client.messages.create(**request(**fields))
    async with client.messages.stream(**request(**fields)) as stream:
        streamed = await stream.get_final_message()
    shown = {"exclude": {"content": {"__all__": {"parsed_output"}}}}
    assert streamed.model_dump(**shown) == plain.model_dump(**shown)


@pytest.mark.filterwarnings("ignore:.*thinking.type=enabled:UserWarning")
async def test_the_sdk_hands_a_turn_with_thought_and_calls_back(
    client: anthropic.AsyncAnthropic,
) -> None:
    for fields in (MANUAL, ADAPTIVE):
        asked = request(messages=[user("weather")], tools=[WEATHER], **fields)
        first = await client.messages.create(**asked)
        assert [block.type for block in first.content] == ["thinking", "tool_use"]
        result = {**RESULT, "tool_use_id": first.content[1].id}  # type: ignore[union-attr]
        asked["messages"] += [first.to_param(), user(result)]
        second = await client.messages.create(**asked)
        assert second.content[-1].type == "text"
        assert "weather returned: sun" in second.content[-1].text


async def test_the_sdk_lists_models_counts_tokens_and_gets_a_schema_met(
    client: anthropic.AsyncAnthropic,
) -> None:
    assert "claude-haiku-4-5" in [each.id async for each in client.models.list()]
    assert (await client.models.retrieve("claude-opus-4-7")).max_tokens == 128_000
    counted = await client.messages.count_tokens(
        model="claude-opus-4-6", messages=[{"role": "user", "content": "Hi there"}]
    )
    assert counted.input_tokens > 0
    schema = {
        "type": "object",
        "properties": {"n": {"type": "integer"}},
        "required": ["n"],
        "additionalProperties": False,
    }
    reply = await client.messages.create(
        **request(output_config={"format": {"type": "json_schema", "schema": schema}})
    )
    assert reply.content[0].type == "text"
    assert isinstance(orjson.loads(reply.content[0].text)["n"], int)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"model": "claude-none"}, anthropic.NotFoundError),
        ({"max_tokens": 0}, anthropic.BadRequestError),
    ],
)
async def test_the_sdk_raises_its_own_errors(
    client: anthropic.AsyncAnthropic, fields: dict[str, Any], kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        await client.messages.create(**request(**fields))


async def test_another_secret_is_refused(client: anthropic.AsyncAnthropic) -> None:
    with pytest.raises(anthropic.AuthenticationError):
        await client.with_options(api_key="another").messages.create(**request())


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"max_tokens": None}, "max_tokens: Field required"),
        ({"foo": 1}, "foo: Extra inputs are not permitted"),
        ({"messages": [{**user("a"), "name": "x"}]}, "messages.0.name: Extra inputs"),
        ({"messages": [{"role": "tool", "content": "a"}]}, "messages.0.role: Input should be"),
        ({"messages": [{"role": "system", "content": "a"}]}, "role 'system' is not supported"),
        ({"messages": [user(" ")]}, "must contain non-whitespace text"),
        ({"messages": [assistant("a"), user("b")]}, 'first message must use the "user" role'),
        ({"messages": [user("a"), assistant("b")]}, "does not support assistant message prefill"),
        ({"messages": [user("a"), assistant(USE)], "tools": [WEATHER]}, "without `tool_result`"),
        ({"messages": [user("a"), assistant(USE), user(RESULT)]}, "must define tools"),
        (
            {"messages": [user("a"), assistant(USE), user("b", RESULT)], "tools": [WEATHER]},
            "without `tool_result` blocks immediately after: t1",
        ),
        (
            {"messages": [user("a"), assistant(USE), user(RESULT, RESULT)], "tools": [WEATHER]},
            "each tool_use must have a single result",
        ),
        ({"messages": [user(RESULT)], "tools": [WEATHER]}, "unexpected `tool_use_id`"),
        (
            {"messages": [user("a"), assistant({**USE, "id": "a.b"})], "tools": [WEATHER]},
            "messages.1.content.0.tool_use.id: String should match pattern",
        ),
        (
            {
                "messages": [user("a"), assistant(USE), user(RESULT)],
                "tools": [WEATHER],
                **MANUAL,
            },
            "Expected `thinking` or `redacted_thinking`, but found `tool_use`",
        ),
        (
            {
                "messages": [
                    user("a"),
                    assistant({"type": "thinking", "thinking": "b", "signature": "c"}, "d"),
                    user("e"),
                ]
            },
            "Invalid `signature` in `thinking` block",
        ),
        ({"max_tokens": 200_000}, "max_tokens: 200000 > 128000"),
        ({"temperature": 1.5}, "temperature: Input should be less than or equal to 1"),
        ({"temperature": 0.5, "top_p": 0.5}, "cannot both be specified"),
        ({"temperature": 0.5, **ADAPTIVE}, "may only be set to 1 when thinking"),
        ({"model": "claude-opus-4-7", "temperature": 1.0}, "`temperature` is deprecated"),
        ({"model": "claude-opus-4-7", **MANUAL}, '"thinking.type.enabled" is not supported'),
        ({"model": "claude-haiku-4-5", **ADAPTIVE}, "adaptive thinking is not supported"),
        (
            {"model": "claude-haiku-4-5", "output_config": {"effort": "low"}},
            "does not support the effort parameter",
        ),
        ({"output_config": {"effort": "xhigh"}}, "does not support effort level 'xhigh'"),
        ({"max_tokens": 1024, **MANUAL}, "must be greater than `thinking.budget_tokens`"),
        (
            {"tools": [WEATHER], "tool_choice": {"type": "any"}, **MANUAL},
            "Thinking may not be enabled when tool_choice forces tool use",
        ),
        ({"tool_choice": {"type": "auto"}}, "only be specified while providing tools"),
        ({"tools": [WEATHER, WEATHER]}, "Tool names must be unique"),
        ({"tools": [{"name": "a.b", "input_schema": {"type": "object"}}]}, "tools.0.name: String"),
        (
            {"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}},
            "'additionalProperties' must be explicitly set to false",
        ),
        (
            {
                "output_config": {
                    "format": {"type": "json_schema", "schema": {"type": "integer", "minimum": 1}}
                }
            },
            "For 'integer' type, properties minimum are not supported",
        ),
        (
            {
                "system": [
                    {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}
                    for _ in range(5)
                ]
            },
            "A maximum of 4 blocks with cache_control",
        ),
        ({"metadata": {"user_id": "ann@example.com"}}, "metadata.user_id"),
        ({"stop_sequences": [" "]}, "stop_sequences"),
    ],
)
def test_a_wrong_request_gets_anthropics_refusal(fields: dict[str, Any], expected: str) -> None:
    refused = words(answer(**fields))
    assert refused.startswith("400 invalid_request_error: ")
    assert expected in refused


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"anthropic-version": "2023-06-01"}, "401 authentication_error"),
        ({"x-api-key": "k"}, "400 invalid_request_error: anthropic-version"),
        ({"x-api-key": "k", "anthropic-version": "2024"}, "400 invalid_request_error: anthropic"),
    ],
)
def test_headers_are_wanted(headers: dict[str, str], expected: str) -> None:
    assert words(answer(headers)).startswith(expected)


def test_the_later_version_takes_no_sampling_settings() -> None:
    later = {**HEADERS, "anthropic-version": "2026-10-21"}
    assert answer(later).status == 200
    assert words(answer(later, temperature=1)).startswith("400 ")
    assert answer(temperature=1).status == 200


def test_a_prompt_is_cached_only_where_it_is_marked() -> None:
    def usage(**fields: Any) -> Any:
        messages = [user("word " * 100), assistant("b"), user("c")]
        return orjson.loads(answer(messages=messages, **fields).parts[0].data)["usage"]

    marked = usage(cache_control={"type": "ephemeral"})
    plain = usage()
    kinds = ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"]
    assert [plain[kind] > 0 for kind in kinds] == [True, False, False]
    assert [marked[kind] > 0 for kind in kinds] == [True, True, True]
    assert sum(marked[kind] for kind in kinds) == plain["input_tokens"]


def test_the_newest_model_shows_its_thoughts_only_where_asked_to() -> None:
    def thought(**thinking: str) -> Any:
        wanted = {"type": "adaptive", **thinking}
        reply = answer(model="claude-opus-4-7", thinking=wanted)
        return orjson.loads(reply.parts[0].data)["content"][0]

    assert thought()["thinking"] == ""
    assert thought(display="summarized")["thinking"] != ""
    assert thought()["signature"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b'{"messages":3}'])
def test_a_body_of_another_kind_is_refused(body: bytes) -> None:
    received = Received("POST", "/v1/messages", {}, HEADERS, body)
    assert AnthropicSimulator().answer(received).status == 400


def test_failures_have_anthropics_types() -> None:
    types = {status: words(AnthropicSimulator().failure(status, "x")) for status in (401, 429, 529)}
    assert types == {
        401: "401 authentication_error: x",
        429: "429 rate_limit_error: x",
        529: "529 overloaded_error: x",
    }
