"""From OpenAI's request to Converse's; botocore's model of the service holds it to account."""

from __future__ import annotations

import json
from typing import Any

import pytest

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.bedrock.request import converse_body
from tests.gateway.providers.bedrock.asking import ASKED_WEATHER, WEATHER, asked, call, user
from tests.gateway.providers.bedrock.checked import body_of, simulated

LINK = {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}}
TOOL_SPEC = {
    "toolSpec": {
        "name": "weather",
        "description": "Tells the weather.",
        "inputSchema": {"json": WEATHER["function"]["parameters"]},
    }
}
ANSWER = {
    "type": "object",
    "properties": {"sum": {"type": "integer"}},
    "required": ["sum"],
    "additionalProperties": False,
}
OPEN_ANSWER = {"type": "object", "properties": {"sum": {"type": "integer", "minimum": 0}}}


def named(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}


def schema(schema: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "sum", "schema": schema, **more}}


DISABLED = {"disable_parallel_tool_use": True}
SETTINGS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "the output limit is the model's own": ("haiku-4-5", {}, {"inferenceConfig.maxTokens": 64000}),
    "and is never exceeded": (
        "haiku-3-5-us-cr", {"max_tokens": 100_000}, {"inferenceConfig.maxTokens": 8192},
    ),
    "an older model leaves room for the prompt": (
        "opus-4-1-us-cr", {}, {"inferenceConfig.maxTokens": 16000},
    ),
    "the caller's limit": (
        "opus-4-6", {"max_completion_tokens": 9, "max_tokens": 7}, {"inferenceConfig.maxTokens": 9},
    ),
    "sampling": (
        "sonnet-4-6", {"temperature": 0.25, "top_p": 1, "stop": "END"},
        {"inferenceConfig.temperature": 0.25, "inferenceConfig.topP": None,
         "inferenceConfig.stopSequences": ["END"]},
    ),
    "what is above 1 is the default": (
        "opus-4-7", {"temperature": 1.5, "top_p": 1, "stop": ["a", ""]},
        {"inferenceConfig": {"maxTokens": 128000, "stopSequences": ["a"]}},
    ),
    "what changes nothing is left out": (
        "sonnet-4-5", {"seed": 1, "user": "u", "presence_penalty": 0, "logit_bias": {}, "n": 1,
                       "parallel_tool_calls": True, "logprobs": False, "metadata": {"a": "b"}},
        {"inferenceConfig": {"maxTokens": 64000}, "additionalModelRequestFields": None},
    ),
    "tools": ("sonnet-4-5", {"tools": [WEATHER]}, {"toolConfig": {"tools": [TOOL_SPEC]}}),
    "a call is required": (
        "opus-4-7", {"tools": [WEATHER], "tool_choice": "required"},
        {"toolConfig.toolChoice": {"any": {}}},
    ),
    "a tool is named": (
        "opus-4-7", {"tools": [WEATHER], "tool_choice": named("weather")},
        {"toolConfig.toolChoice": {"tool": {"name": "weather"}}},
    ),
    "none, and no calls before": (
        "opus-4-7", {"tools": [WEATHER], "tool_choice": "none"}, {"toolConfig": None},
    ),
    "none, after calls": (
        "opus-4-7", {"tools": [WEATHER], "tool_choice": "none", "messages": ASKED_WEATHER},
        {"toolConfig": {"tools": [TOOL_SPEC]},
         "additionalModelRequestFields": {"tool_choice": {"type": "none"}}},
    ),
    "no tools any more, after calls": (
        "haiku-3-5-us-cr", {"messages": ASKED_WEATHER},
        {"toolConfig.tools.0.toolSpec.name": "weather",
         "additionalModelRequestFields": {"tool_choice": {"type": "none"}}},
    ),
    "one call at a time": (
        "sonnet-4-5", {"tools": [WEATHER], "parallel_tool_calls": False},
        {"toolConfig.toolChoice": None,
         "additionalModelRequestFields": {"tool_choice": {"type": "auto", **DISABLED}}},
    ),
    "one call that is required": (
        "sonnet-4-5", {"tools": [WEATHER], "tool_choice": "required", "parallel_tool_calls": False},
        {"toolConfig.toolChoice": {"any": {}},
         "additionalModelRequestFields.tool_choice": DISABLED},
    ),
    "adaptive thinking": (
        "opus-4-7", {"reasoning_effort": "xhigh"},
        {"additionalModelRequestFields": {
            "thinking": {"type": "adaptive", "display": "summarized"},
            "output_config": {"effort": "xhigh"}},
         "additionalModelResponseFieldPaths": ["/usage/output_tokens_details"]},
    ),
    "an effort that the model lacks": (
        "sonnet-4-6", {"reasoning_effort": "xhigh"},
        {"additionalModelRequestFields.output_config": {"effort": "max"}},
    ),
    "a thinking budget": (
        "opus-4-5", {"reasoning_effort": "low"},
        {"additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": 2048}}},
    ),
    "a budget inside the output limit": (
        "haiku-4-5", {"reasoning_effort": "high", "max_tokens": 3000},
        {"additionalModelRequestFields.thinking": {"type": "enabled", "budget_tokens": 1500}},
    ),
    "no thinking": (
        "opus-4-6", {"reasoning_effort": "none"},
        {"additionalModelRequestFields": None, "additionalModelResponseFieldPaths": None},
    ),
    "thinking gives way to a tool that must be called": (
        "sonnet-4-6",
        {"reasoning_effort": "high", "tools": [WEATHER], "tool_choice": "required"},
        {"additionalModelRequestFields": {"output_config": {"effort": "high"}}},
    ),
    "manual thinking gives way where the turn's thought is lost": (
        "haiku-4-5", {"reasoning_effort": "high", "tools": [WEATHER], "messages": ASKED_WEATHER},
        {"additionalModelRequestFields": None},
    ),
    "adaptive thinking goes on without it": (
        "opus-4-6", {"reasoning_effort": "low", "tools": [WEATHER], "messages": ASKED_WEATHER},
        {"additionalModelRequestFields.thinking.type": "adaptive"},
    ),
    "a schema, natively": (
        "sonnet-4-6", {"response_format": schema(ANSWER, description="A sum")},
        {"outputConfig.textFormat": {"type": "json_schema", "structure": {"jsonSchema": {
            "schema": json.dumps(ANSWER, separators=(",", ":")), "name": "sum",
            "description": "A sum"}}}, "toolConfig": None},
    ),
    "a schema by a tool, where the model knows no other way": (
        "opus-4-7", {"response_format": schema(ANSWER)},
        {"outputConfig": None, "toolConfig.toolChoice": {"tool": {"name": "give_answer"}},
         "toolConfig.tools.0.toolSpec.inputSchema": {"json": ANSWER}},
    ),
    "a schema by a tool, where the grammar lacks a keyword": (
        "sonnet-4-6", {"response_format": schema(OPEN_ANSWER)},
        {"outputConfig": None, "toolConfig.toolChoice": {"tool": {"name": "give_answer"}}},
    ),
    "a schema by a tool beside others": (
        "opus-4-7", {"response_format": schema(ANSWER), "tools": [WEATHER]},
        {"toolConfig.toolChoice": {"any": {}}, "toolConfig.tools.1.toolSpec.name": "give_answer"},
    ),
    "a schema has no say where a tool must be called": (
        "opus-4-7",
        {"response_format": schema(ANSWER), "tools": [WEATHER], "tool_choice": "required"},
        {"toolConfig": {"tools": [TOOL_SPEC], "toolChoice": {"any": {}}}},
    ),
    "JSON by instruction": (
        "opus-4-5", {"response_format": {"type": "json_object"}},
        {"system": [{"text": (
            "Answer with one JSON object and nothing else: no words before or after it, "
            "and no code fence.")}]},
    ),
}  # fmt: skip


def at(body: Any, path: str) -> Any:
    for step in path.split("."):
        body = body[int(step)] if isinstance(body, list) else (body or {}).get(step)
    return body


@pytest.mark.parametrize(
    ("slug", "fields", "wanted"),
    SETTINGS.values(),
    ids=[name.replace(" ", "_") for name in SETTINGS],
)
def test_settings(slug: str, fields: dict[str, Any], wanted: dict[str, Any]) -> None:
    request = asked(slug, **fields)
    body = body_of(request)
    assert {path: at(body, path) for path in wanted} == wanted
    assert simulated(request) == 200


def test_a_dot_in_a_tools_name_becomes_one_that_no_other_tool_has() -> None:
    tools = [{"type": "function", "function": {"name": name}} for name in ("a.b", "a_b", "a-b")]
    body = body_of(asked(tools=tools, tool_choice=named("a.b")))
    names = [tool["toolSpec"]["name"] for tool in body["toolConfig"]["tools"]]
    assert names == ["a_b_2", "a_b", "a-b"]
    assert body["toolConfig"]["toolChoice"] == {"tool": {"name": "a_b_2"}}


REFUSED = {
    "n": ({"n": 2}, "n"),
    "logprobs": ({"logprobs": True}, "logprobs"),
    "top_logprobs": ({"top_logprobs": 1}, "top_logprobs"),
    "logit_bias": ({"logit_bias": {"1": 1}}, "logit_bias"),
    "presence_penalty": ({"presence_penalty": 0.5}, "presence_penalty"),
    "frequency_penalty": ({"frequency_penalty": -1}, "frequency_penalty"),
    "a voice": (
        {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "mp3"}},
        "modalities",
    ),
    "stop": ({"stop": ["\n"]}, "stop"),
    "both samplings": ({"temperature": 0.5, "top_p": 0.5}, "top_p"),
    "effort": ({"reasoning_effort": "huge"}, "reasoning_effort"),
    "choice without tools": ({"tool_choice": "required"}, "tool_choice"),
    "choice of no tool": ({"tools": [WEATHER], "tool_choice": named("x")}, "tool_choice"),
    "audio": (
        {"messages": [user({"type": "input_audio", "input_audio": {"data": "", "format": "wav"}})]},
        "messages[0].content[0]",
    ),
    "link": ({"messages": [user(LINK)]}, "messages[0].content[0].image_url.url"),
    "bitmap": ({"messages": [user("image/bmp")]}, "messages[0].content[0].image_url.url"),
    "zip": ({"messages": [user("application/zip")]}, "messages[0].content[0].file.file_data"),
    "file id": (
        {"messages": [user({"type": "file", "file": {"file_id": "f"}})]},
        "messages[0].content[0].file.file_data",
    ),
    "no base64": (
        {
            "messages": [
                user({"type": "image_url", "image_url": {"url": "data:image/png;base64,ü"}})
            ]
        },
        "messages[0].content[0].image_url.url",
    ),
    "arguments": (
        {"messages": [user("Hi"), call(("a", "weather", "[1"))]},
        "messages[1].tool_calls[0].function.arguments",
    ),
    "blank": ({"messages": [user(" ")]}, "messages"),
    "schema of a list": (
        {"response_format": schema({"type": "array", "items": {"minimum": 1}})},
        "response_format.json_schema.schema",
    ),
}


@pytest.mark.parametrize(("fields", "param"), REFUSED.values(), ids=list(REFUSED))
def test_what_would_change_the_answer_is_refused_by_its_name(
    fields: dict[str, Any], param: str
) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        converse_body(asked(**fields))
    assert refusal.value.param == param


@pytest.mark.parametrize(
    ("slug", "fields", "param"),
    [
        ("opus-4-7", {"temperature": 0}, "temperature"),
        ("haiku-3-5-us-cr", {"reasoning_effort": "low"}, "reasoning_effort"),
        ("sonnet-4", {"tools": [WEATHER], "parallel_tool_calls": False}, "parallel_tool_calls"),
        ("opus-4-6", {"messages": [{"role": "assistant", "content": "One,"}]}, "messages"),
    ],
)
def test_what_a_model_lacks_is_refused_by_its_name(
    slug: str, fields: dict[str, Any], param: str
) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        converse_body(asked(slug, **fields))
    assert refusal.value.param == param
