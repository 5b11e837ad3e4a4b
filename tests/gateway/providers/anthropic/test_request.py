"""The body of a Messages request: what OpenAI's fields become, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from anthropic.types.message_create_params import MessageCreateParamsStreaming

from miavo_gateway.catalogue import Kind, Model
from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.adapter import Access, Asked
from miavo_gateway.schema.chat import ChatCompletionRequest
from tests.gateway.providers.anthropic.asking import ADAPTER, asked, body_of, simulated, stream_of
from tests.gateway.providers.anthropic.sdk_types import misfit
from tests.gateway.providers.bedrock.asking import ASKED_WEATHER, WEATHER, call, user

CLOCK = {"type": "function", "function": {"name": "clock"}}
DOTTED = {"type": "function", "function": {"name": "a.b"}}
CLOSED = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
OPEN = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}}


def strict(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "function", "function": {"name": "s", "parameters": schema, "strict": True}}


def named(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}


def schema(wanted: dict[str, Any]) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": wanted}}


FIELDS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("opus-4-6", {}, {"max_tokens": 128_000, "stream": True, "model": "claude-opus-4-6"}),
    ("haiku-4-5", {"max_tokens": 10**6}, {"max_tokens": 64_000}),
    ("opus-4-6", {"stop": "END"}, {"stop_sequences": ["END"]}),
    ("opus-4-6", {"stop": ["", "a"]}, {"stop_sequences": ["a"]}),
    ("opus-4-6", {"temperature": 0.3}, {"temperature": 0.3}),
    ("opus-4-6", {"user": "customer-17"}, {"metadata": {"user_id": "customer-17"}}),
    ("opus-4-6", {"user": "ann@example.com"}, {"metadata": None}),
    ("opus-4-6", {"user": "+49 30 901820"}, {"metadata": None}),
    ("opus-4-6", {"seed": 4, "logit_bias": {}, "logprobs": False}, {"seed": None}),
    (
        "opus-4-7",
        {"reasoning_effort": "xhigh"},
        {
            "thinking": {"type": "adaptive", "display": "summarized"},
            "output_config": {"effort": "xhigh"},
        },
    ),
    (
        "haiku-4-5",
        {"reasoning_effort": "low"},
        {"thinking": {"type": "enabled", "budget_tokens": 2_048}, "output_config": None},
    ),
    ("opus-4-6", {"tool_choice": "none"}, {"tools": None, "tool_choice": None}),
    ("opus-4-6", {"tools": [WEATHER]}, {"tool_choice": None}),
    ("opus-4-6", {"tools": [WEATHER], "tool_choice": "auto"}, {"tool_choice": {"type": "auto"}}),
    ("opus-4-6", {"tools": [WEATHER], "tool_choice": "none"}, {"tool_choice": {"type": "none"}}),
    ("opus-4-6", {"tools": [WEATHER], "tool_choice": "required"}, {"tool_choice": {"type": "any"}}),
    (
        "opus-4-6",
        {"tools": [DOTTED], "tool_choice": named("a.b")},
        {"tool_choice": {"type": "tool", "name": "a_b"}},
    ),
    (
        "opus-4-6",
        {"tools": [WEATHER], "parallel_tool_calls": False},
        {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}},
    ),
    (
        "opus-4-6",
        {"tools": [WEATHER], "tool_choice": "none", "parallel_tool_calls": False},
        {"tool_choice": {"type": "none"}},
    ),
    (
        "opus-4-6",
        {"tools": [CLOCK]},
        {"tools": [{"name": "clock", "input_schema": {"type": "object", "properties": {}}}]},
    ),
    (
        "opus-4-6",
        {"tools": [strict(CLOSED)]},
        {"tools": [{"name": "s", "input_schema": CLOSED, "strict": True}]},
    ),
    (
        "opus-4-6",
        {"tools": [strict(OPEN)]},
        {"tools": [{"name": "s", "input_schema": OPEN}]},
    ),
    (
        "haiku-4-5",
        {"response_format": schema(CLOSED), "tools": [WEATHER]},
        {"output_config": {"format": {"type": "json_schema", "schema": CLOSED}}},
    ),
    (
        "opus-4-6",
        {"response_format": schema(OPEN)},
        {"output_config": None, "tool_choice": {"type": "tool", "name": "give_answer"}},
    ),
    (
        "opus-4-6",
        {"response_format": schema(OPEN), "tools": [WEATHER]},
        {"tool_choice": {"type": "any"}},
    ),
]


@pytest.mark.parametrize(("slug", "fields", "expected"), FIELDS)
def test_a_field_becomes_what_anthropic_takes_for_it(
    slug: str, fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    body = body_of(asked(slug, **fields))
    assert {name: body.get(name) for name in expected} == expected


@pytest.mark.parametrize(("slug", "fields", "expected"), FIELDS)
def test_every_body_has_the_types_of_anthropics_own_sdk(
    slug: str, fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    del expected
    body = body_of(asked(slug, **fields))
    # The SDK speaks the later version of the API, which has no such settings for any model.
    settings = {"temperature": float, "top_p": float}
    for name, kind in settings.items():
        assert isinstance(body.pop(name, 0.0), kind)
    assert misfit(body, MessageCreateParamsStreaming) is None


@pytest.mark.parametrize(("slug", "fields", "expected"), FIELDS)
def test_every_body_is_taken_by_the_simulator(
    slug: str, fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    del expected
    answer = simulated(asked(slug, **fields))
    assert answer.status == 200, stream_of(answer)


@pytest.mark.parametrize(
    ("slug", "fields", "param"),
    [
        ("opus-4-6", {"n": 2}, "n"),
        ("opus-4-6", {"logprobs": True}, "logprobs"),
        ("opus-4-6", {"logit_bias": {"5": 1}}, "logit_bias"),
        ("opus-4-6", {"presence_penalty": 0.5}, "presence_penalty"),
        ("opus-4-6", {"modalities": ["text", "audio"]}, "modalities"),
        ("opus-4-6", {"stop": [" \n"]}, "stop"),
        ("opus-4-7", {"temperature": 0.5}, "temperature"),
        ("opus-4-6", {"temperature": 0.5, "reasoning_effort": "low"}, "temperature"),
        ("opus-4-6", {"tool_choice": "required"}, "tool_choice"),
        ("opus-4-6", {"tools": [WEATHER], "tool_choice": named("x")}, "tool_choice"),
        (
            "opus-4-6",
            {"response_format": schema({"type": "array", "maxItems": 2})},
            "response_format.json_schema.schema",
        ),
        ("opus-4-6", {"messages": [user("Hi"), {"role": "assistant", "content": "A"}]}, "messages"),
    ],
)
def test_what_claude_cannot_do_is_refused_with_the_fields_name(
    slug: str, fields: dict[str, Any], param: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        body_of(asked(slug, **fields))
    assert caught.value.param == param


def test_json_without_a_schema_is_asked_for_in_words_after_the_callers_own() -> None:
    messages = [{"role": "system", "content": "Be brief."}, user("Hi")]
    system = body_of(asked(messages=messages, response_format={"type": "json_object"}))["system"]
    assert [block["text"] == "Be brief." for block in system] == [True, False]
    assert "JSON object" in system[1]["text"]


def test_a_forced_answer_leaves_no_room_for_manual_thinking() -> None:
    fields = {"response_format": schema(OPEN), "reasoning_effort": "high"}
    assert "thinking" not in body_of(asked("haiku-4-5", **fields))


def test_tools_of_the_past_are_offered_and_forbidden_where_the_caller_offers_none() -> None:
    body = body_of(asked(messages=ASKED_WEATHER))
    assert [tool["name"] for tool in body["tools"]] == ["weather"]
    assert body["tool_choice"] == {"type": "none"}


def test_manual_thinking_is_off_for_a_turn_whose_thought_is_forgotten() -> None:
    turn = {"messages": ASKED_WEATHER, "tools": [WEATHER], "reasoning_effort": "high"}
    kept = {
        "model": "claude-haiku-4-5",
        "thoughts": [{"after": 0, "text": "Hm.", "signature": "s"}],
    }
    forgotten = body_of(asked("haiku-4-5", **turn))
    remembered = body_of(asked("haiku-4-5", recall={"a": kept}.get, **turn))
    of_another = body_of(
        asked("haiku-4-5", recall={"a": {**kept, "model": "claude-opus-4-6"}}.get, **turn)
    )
    assert ["thinking" in body for body in (forgotten, remembered, of_another)] == [
        False,
        True,
        False,
    ]
    assert remembered["messages"][1]["content"][0] == {
        "type": "thinking",
        "thinking": "Hm.",
        "signature": "s",
    }


def test_cache_control_is_passed_on_wherever_a_caller_puts_it() -> None:
    mark = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
    part = {"type": "text", "text": "long", **mark}
    messages = [
        {"role": "system", "content": [part]},
        {"role": "user", "content": [part]},
        call(("a", "weather", "{}")),
        {"role": "tool", "tool_call_id": "a", "content": "sun", **mark},
    ]
    body = body_of(asked(messages=messages, tools=[{**WEATHER, **mark}]))
    marked = [
        body["system"][0],
        body["messages"][0]["content"][0],
        body["messages"][2]["content"][0],
        body["tools"][0],
    ]
    assert all(block["cache_control"] == mark["cache_control"] for block in marked)


@pytest.mark.parametrize("mark", [1, "ephemeral", {"type": "x"}, {"ttl": "5m"}, None])
def test_a_cache_control_that_is_none_is_left_out(mark: Any) -> None:
    part = {"type": "text", "text": "long", "cache_control": mark}
    body = body_of(asked(messages=[{"role": "user", "content": [part]}]))
    assert body["messages"][0]["content"] == [{"type": "text", "text": "long"}]


def test_a_model_that_only_an_operator_knows_is_asked_with_care() -> None:
    request = ChatCompletionRequest.model_validate(
        {"model": "new", "messages": [user("Hi")], "reasoning_effort": "high", "temperature": 1}
    )
    unknown = Model("new", "New", "anthropic", Kind.CHAT, "claude-new")
    body = body_of(Asked(request, unknown))
    assert body["max_tokens"] == 8_192
    assert body["thinking"]["type"] == "adaptive"


@pytest.mark.parametrize("base", ["http://127.0.0.1:1/x", "http://127.0.0.1:1/x/v1"])
def test_a_request_goes_to_the_credentials_address_with_its_secret_and_the_version(
    base: str,
) -> None:
    wire = ADAPTER.chat_request(asked(), Access("sk-ant-1", base))
    assert wire.url == "http://127.0.0.1:1/x/v1/messages"
    assert wire.headers["x-api-key"] == "sk-ant-1"
    assert wire.headers["anthropic-version"] == "2023-06-01"
    trial = ADAPTER.trial_request(Access("sk-ant-1"))
    assert (trial.method, trial.url) == ("GET", "https://api.anthropic.com/v1/models?limit=1")
