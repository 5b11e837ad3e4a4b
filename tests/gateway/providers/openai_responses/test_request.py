"""What goes to the Responses API, judged by the types of OpenAI's own package."""

from __future__ import annotations

from typing import Any

import pytest
from openai.types.responses.response_create_params import ResponseCreateParamsStreaming
from pydantic import TypeAdapter

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.adapter import Access
from miavo_gateway.providers.openai_responses import OPENAI
from tests.gateway.providers.openai_shaped.asking import (
    NAMED,
    PNG,
    USER,
    WEATHER,
    asked,
    of_a_new_model,
    sent,
)

TYPE = TypeAdapter(ResponseCreateParamsStreaming)
CALLS = [
    {"id": each, "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    for each in ("c1", "c2")
]
THOUGHT = {"type": "reasoning", "id": "rs1", "summary": [], "encrypted_content": "abc"}
CONVERSATION: list[dict[str, Any]] = [
    {"role": "system", "content": "Be kind."},
    {"role": "developer", "content": [{"type": "text", "text": "Be brief."}]},
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "See"},
            {"type": "image_url", "image_url": {"url": PNG}},
            {"type": "file", "file": {"file_data": "data:application/pdf;base64,JVBERi0="}},
        ],
    },
    {"role": "assistant", "content": "Looking.", "tool_calls": CALLS},
    {
        "role": "tool",
        "tool_call_id": "c1",
        "content": [
            {"type": "text", "text": "a map"},
            {"type": "image_url", "image_url": {"url": PNG}},
        ],
    },
    {"role": "tool", "tool_call_id": "c2", "content": "sunny"},
    {"role": "assistant", "content": "Sunny."},
    USER,
]
FORMAT = {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "object"}}}


def address(slug: str, **fields: Any) -> str:
    wire = OPENAI.chat_request(asked(slug, **fields), Access("sk"))
    return wire.url.removeprefix("https://api.openai.com/v1")


@pytest.mark.parametrize(
    ("slug", "fields", "path"),
    [
        ("gpt-5.5-pro", {}, "/responses"),
        ("gpt-5.5", {}, "/chat/completions"),
        ("gpt-5.5", {"tools": [WEATHER]}, "/responses"),
        ("gpt-5.5", {"tools": [WEATHER], "reasoning_effort": "none"}, "/chat/completions"),
        ("gpt-5.4", {"tools": [WEATHER]}, "/chat/completions"),
        ("gpt-5.4", {"tools": [WEATHER], "reasoning_effort": "low"}, "/responses"),
        ("gpt-5.4", {"reasoning_effort": "high"}, "/chat/completions"),
        ("o4-mini", {"tools": [WEATHER], "reasoning_effort": "high"}, "/chat/completions"),
    ],
)
def test_a_request_goes_where_it_is_served(slug: str, fields: dict[str, Any], path: str) -> None:
    assert address(slug, **fields) == path


def test_a_model_of_which_nothing_is_stated_is_asked_for_chat_completions() -> None:
    request = of_a_new_model("openai", tools=[WEATHER], reasoning_effort="high")
    assert OPENAI.chat_request(request, Access("sk")).url.endswith("/chat/completions")


def test_a_conversation_with_everything_is_one_that_openai_documents() -> None:
    body = sent(
        "gpt-5.5",
        {"c1": {"reasoning": [THOUGHT]}},
        messages=CONVERSATION,
        tools=[WEATHER],
        tool_choice=NAMED,
        parallel_tool_calls=False,
        response_format=FORMAT,
        max_tokens=5,
        reasoning_effort="max",
        user="u",
        verbosity="low",
    )
    TYPE.validate_python(body)
    assert body["store"] is False
    assert body["include"] == ["reasoning.encrypted_content"]
    assert body["reasoning"] == {"effort": "xhigh"}
    assert body["tools"][0]["strict"] is False
    assert body["tool_choice"] == {"type": "function", "name": "weather"}
    assert body["max_output_tokens"] == 16
    assert body["text"]["format"]["type"] == "json_schema"
    assert body["text"]["verbosity"] == "low"


def test_the_reasoning_kept_for_a_call_goes_back_before_it() -> None:
    body = sent(
        "gpt-5.5",
        {"c1": {"reasoning": [THOUGHT]}, "c2": "not what is kept here"},
        messages=CONVERSATION,
        tools=[WEATHER],
    )
    kinds = [item["type"] for item in body["input"]]
    assert kinds == [
        *("message", "message", "message"),
        *("reasoning", "message", "function_call", "function_call"),
        *("function_call_output", "function_call_output", "message", "message"),
    ]
    assert body["input"][3] == THOUGHT
    assert body["input"][7]["output"][1]["type"] == "input_image"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("stop", ["x"]),
        ("n", 2),
        ("logit_bias", {"1": 1}),
        ("presence_penalty", 1),
        ("logprobs", True),
        ("temperature", 0.5),
    ],
)
def test_what_the_api_cannot_do_is_refused_by_its_name(field: str, value: object) -> None:
    with pytest.raises(InvalidRequest) as refused:
        sent("gpt-5.5-pro", **{field: value})
    assert refused.value.param == field


def test_what_changes_nothing_is_left_out() -> None:
    body = sent("gpt-5.5-pro", temperature=1, top_p=1, n=1, seed=3, parallel_tool_calls=True)
    assert body.keys() == {"model", "input", "stream", "store", "include"}


def test_pro_knows_no_schemas_and_is_told_one() -> None:
    body = sent("gpt-5.5-pro", response_format=FORMAT)
    TYPE.validate_python(body)
    assert body["text"]["format"] == {"type": "json_object"}
    assert "JSON Schema" in body["input"][0]["content"]
