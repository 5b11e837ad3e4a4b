"""OpenAI's own client against the simulated Responses interface."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
from openai.types.responses import Response

from tests.gateway.sandbox.serving import SECRET, RunningSandbox, serving_sandbox

TOOL = {
    "type": "function",
    "name": "weather",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
    "strict": True,
}
SEALED = {"store": False, "include": ["reasoning.encrypted_content"]}


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with serving_sandbox() as running:
        yield running


@pytest.fixture
async def client(sandbox: RunningSandbox) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(
        base_url=sandbox.base_url("openai"), api_key=SECRET, max_retries=0
    ) as client:
        yield client


async def plain(client: openai.AsyncOpenAI, **fields: Any) -> Response:
    return await client.responses.create(**{"model": "gpt-5.5-pro", "input": "Hello 🎈", **fields})


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"reasoning": {"effort": "high", "summary": "auto"}, **SEALED},
        {"input": "Ask weather", "tools": [TOOL]},
        {"input": "No [[refuse]]"},
        {"input": "Stop [[length]]"},
        {"input": "Nothing [[empty]]"},
        {"model": "gpt-5.4", "instructions": "Be brief."},
    ],
)
async def test_the_events_build_up_the_plain_response(
    client: openai.AsyncOpenAI, fields: dict[str, Any]
) -> None:
    whole = await plain(client, **fields)
    request = {"model": "gpt-5.5-pro", "input": "Hello 🎈", **fields}
    texts: dict[str, str] = {}
    final = None
    async for event in await client.responses.create(**request, stream=True):
        if event.type.endswith(".delta"):
            texts[event.type] = texts.get(event.type, "") + event.delta
        elif event.type in ("response.completed", "response.incomplete"):
            final = event.response
    assert final is not None
    assert final.output_text == whole.output_text
    assert final.usage == whole.usage
    assert (final.status, final.incomplete_details) == (whole.status, whole.incomplete_details)
    assert texts.get("response.output_text.delta", "") == whole.output_text
    assert [item.type for item in final.output] == [item.type for item in whole.output]
    calls = [item.arguments for item in whole.output if item.type == "function_call"]
    assert texts.get("response.function_call_arguments.delta", "") == "".join(calls)


async def test_a_tool_turn_takes_its_sealed_thought_back(client: openai.AsyncOpenAI) -> None:
    asked = {"role": "user", "content": "Ask weather"}
    first = await plain(client, input=[asked], tools=[TOOL], **SEALED)
    thought, call = (item.model_dump(exclude_none=True) for item in first.output)
    result = {"type": "function_call_output", "call_id": call["call_id"], "output": "Sunny"}
    second = await plain(client, input=[asked, thought, call, result], tools=[TOOL], **SEALED)
    assert "weather returned: Sunny" in second.output_text
    forged = {**thought, "encrypted_content": "gAAAA-made-up"}
    with pytest.raises(openai.BadRequestError) as caught:
        await plain(client, input=[asked, forged, call, result], tools=[TOOL], **SEALED)
    assert caught.value.code == "invalid_encrypted_content"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"temperature": 0.5}, "temperature"),
        ({"stop": ["x"]}, "stop"),
        ({"reasoning": {"effort": "none"}}, "reasoning.effort"),
        ({"tools": [{"type": "function", "function": {"name": "x"}}]}, "tools[0].name"),
        ({"previous_response_id": "resp_1"}, "previous_response_id"),
        ({"input": [{"role": "assistant", "content": [{"type": "input_text"}]}]}, "output_text"),
        (
            {"input": [{"type": "function_call_output", "call_id": "c", "output": "x"}]},
            "No tool call found",
        ),
        (
            {"input": [{"type": "function_call", "call_id": "c", "name": "x", "arguments": ""}]},
            "No tool output found",
        ),
    ],
)
async def test_what_responses_do_not_take_is_refused_by_name(
    client: openai.AsyncOpenAI, fields: dict[str, Any], named: str
) -> None:
    extra = {"extra_body": {"stop": fields.pop("stop")}} if "stop" in fields else {}
    with pytest.raises(openai.BadRequestError) as caught:
        await plain(client, **fields, **extra)
    assert named in caught.value.message
