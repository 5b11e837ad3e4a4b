from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.schema.chat import ReplyToolCall
from tests.gateway.local.test_echo import called, pieces_of, reply_to, request, result, said, user

CITY = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "unit": {"type": "string", "enum": ["fahrenheit", "celsius"]},
        "days": {"type": "array", "items": {"type": "string", "format": "date"}, "minItems": 2},
    },
    "required": ["city", "unit", "days"],
    "additionalProperties": False,
}
QUESTION = user("How warm is Paris in celsius?")


def tool(name: str, parameters: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


def named(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}


TOOLS = [tool("get_time"), tool("get_weather", CITY)]


async def calls_in_reply_to(*messages: dict[str, Any], **fields: object) -> list[ReplyToolCall]:
    reply = await reply_to(*messages, **fields)
    calls = reply.choices[0].message.tool_calls or []
    assert reply.choices[0].finish_reason == ("tool_calls" if calls else "stop")
    assert (reply.choices[0].message.content is None) is bool(calls)
    return calls


def names(calls: list[ReplyToolCall]) -> list[str]:
    return [call.function.name for call in calls]


async def test_a_named_tool_is_called_with_arguments_that_fit() -> None:
    (call,) = await calls_in_reply_to(QUESTION, tools=TOOLS, tool_choice=named("get_weather"))
    arguments = json.loads(call.function.arguments)
    jsonschema.validate(arguments, CITY)
    assert arguments["city"] == QUESTION["content"]
    assert arguments["unit"] == "celsius"


async def test_required_calls_the_tools_that_are_named_or_else_the_first() -> None:
    both = user("Use get_weather and get_time, please.")
    required = {"tools": TOOLS, "tool_choice": "required"}
    assert names(await calls_in_reply_to(QUESTION, **required)) == ["get_time"]
    calls = await calls_in_reply_to(both, **required)
    assert names(calls) == ["get_time", "get_weather"]
    assert len({call.id for call in calls}) == 2
    one = await calls_in_reply_to(both, **required, parallel_tool_calls=False)
    assert names(one) == ["get_time"]


@pytest.mark.parametrize("choice", [{}, {"tool_choice": "auto"}])
async def test_auto_calls_a_tool_that_the_text_names_and_only_once(choice: dict[str, Any]) -> None:
    asked = user("Call get_time.")
    (call,) = await calls_in_reply_to(asked, tools=TOOLS, **choice)
    assert (call.function.name, call.function.arguments) == ("get_time", "{}")
    assert not await calls_in_reply_to(QUESTION, tools=TOOLS, **choice)
    assert not await calls_in_reply_to(user("forget_time get_times"), tools=TOOLS, **choice)
    answered = (asked, called("a"), result("a", "noon"))
    assert await said(*answered, tools=TOOLS, **choice) == "tool_a returned: noon"


async def test_none_calls_nothing() -> None:
    assert not await calls_in_reply_to(user("Call get_time."), tools=TOOLS, tool_choice="none")


@pytest.mark.parametrize(
    "fields",
    [
        {"tool_choice": "required"},
        {"tool_choice": "auto", "tools": []},
        {"tool_choice": named("get_time")},
        {"tool_choice": named("absent"), "tools": TOOLS},
    ],
)
async def test_a_choice_of_nothing_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        await said(QUESTION, **fields)
    assert refusal.value.param == "tool_choice"


async def test_arguments_come_in_pieces_and_ids_differ_between_choices() -> None:
    asked = request(QUESTION, tools=TOOLS, tool_choice=named("get_weather"), n=2)
    pieces, usage = await pieces_of(asked)
    firsts = {}
    arguments = {0: 0, 1: 0}
    for piece in pieces:
        for delta in piece.choice.delta.tool_calls or ():
            assert delta.function is not None
            if delta.id:
                firsts[piece.choice.index] = delta
                assert (delta.type, delta.function.name) == ("function", "get_weather")
            else:
                assert delta.function.name is None
            arguments[piece.choice.index] += bool(delta.function.arguments)
    assert firsts[0].id != firsts[1].id
    assert min(arguments.values()) > 3
    assert usage.output == sum(arguments.values()) + 2  # a name is one token


async def test_a_call_is_cut_at_the_limit() -> None:
    reply = await reply_to(
        QUESTION, tools=TOOLS, tool_choice=named("get_weather"), max_tokens=3, stop="{"
    )
    assert reply.choices[0].finish_reason == "length"
    assert reply.usage.completion_tokens == 3


async def test_parameters_that_cannot_be_fulfilled_are_refused_by_their_path() -> None:
    hopeless = {"type": "object", "properties": {"a": False}, "required": ["a"]}
    for parameters in (hopeless, {"type": "array"}, {"type": "strange"}):
        tools = [*TOOLS, tool("hopeless", parameters)]
        with pytest.raises(InvalidRequest) as refusal:
            await said(QUESTION, tools=tools, tool_choice=named("hopeless"))
        assert refusal.value.param == "tools[2].function.parameters"
        assert "#/" in refusal.value.message


async def test_json_mode_wraps_what_is_said() -> None:
    content = await said(user('say "é"'), response_format={"type": "json_object"})
    assert json.loads(content or "") == {"echo": 'say "é"'}
    assert await said(user("plain"), response_format={"type": "text"}) == "plain"


async def test_a_schema_is_kept_and_filled_with_what_is_said() -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "city", "schema": CITY}}
    content = json.loads(await said(QUESTION, response_format=wanted) or "")
    jsonschema.validate(content, CITY)
    assert content["city"] == QUESTION["content"]
    history = (user("go"), called("a"), result("a", "noon"))
    assert json.loads(await said(*history, response_format=wanted) or "")["city"] == (
        "tool_a returned: noon"
    )


async def test_a_schema_that_cannot_be_fulfilled_is_refused_by_its_path() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "minLength": 10**9}}}
    wanted = {
        "type": "json_schema",
        "json_schema": {"name": "x", "schema": {**schema, "required": ["a"]}},
    }
    with pytest.raises(InvalidRequest) as refusal:
        await said(QUESTION, response_format=wanted)
    assert refusal.value.param == "response_format.json_schema.schema"
    assert "#/properties/a/minLength" in refusal.value.message
    assert "Paris" not in refusal.value.message
