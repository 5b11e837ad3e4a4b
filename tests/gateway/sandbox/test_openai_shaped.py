"""OpenAI's own client against each simulated provider that speaks its format."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import openai
import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from tests.gateway.sandbox.serving import SECRET, RunningSandbox, serving_sandbox

MODELS = {
    "openai": "gpt-5.4-mini",
    "minimax": "MiniMax-M2.5",
    "moonshot": "kimi-k2.6",
    "deepseek": "deepseek-flash",
    "zhipu": "glm-4.7",
}
EVERY = pytest.mark.parametrize("provider", MODELS)
PNG = base64.b64encode(
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x02\x80\x00\x00\x01\xe0\x08\x02\x00\x00\x00"
).decode()
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
            "additionalProperties": False,
        },
    },
}
TIME = {"type": "function", "function": {**WEATHER["function"], "name": "time"}}


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with serving_sandbox() as running:
        yield running


@dataclass
class Caller:
    sandbox: RunningSandbox
    provider: str
    secret: str = SECRET

    def client(self) -> openai.AsyncOpenAI:
        return openai.AsyncOpenAI(
            base_url=self.sandbox.base_url(self.provider), api_key=self.secret, max_retries=0
        )

    async def plain(self, text: str = "Hello 🎈", **fields: Any) -> ChatCompletion:
        async with self.client() as client:
            return await client.chat.completions.create(**self.asking(text, fields))

    async def chunks(self, text: str = "Hello 🎈", **fields: Any) -> list[ChatCompletionChunk]:
        async with self.client() as client:
            stream = await client.chat.completions.create(
                **self.asking(text, fields), stream=True, stream_options={"include_usage": True}
            )
            return [chunk async for chunk in stream]

    def asking(self, text: str, fields: dict[str, Any]) -> dict[str, Any]:
        return {
            "model": MODELS[self.provider],
            "messages": [{"role": "user", "content": text}],
            **fields,
        }

    async def refusal(self, text: str = "Hello", **fields: Any) -> openai.APIStatusError:
        with pytest.raises(openai.APIStatusError) as caught:
            await self.plain(text, **fields)
        return caught.value


def put_together(chunks: list[ChatCompletionChunk]) -> dict[str, Any]:
    text, thought, calls, finish, usage = "", "", {}, None, None
    for chunk in chunks:
        counts = chunk.usage
        for choice in chunk.choices or ():
            finish = choice.finish_reason or finish
            counts = counts or (choice.model_extra or {}).get("usage")
            delta = choice.delta
            if delta is None:
                continue
            text += delta.content or ""
            thought += (delta.model_extra or {}).get("reasoning_content") or ""
            for call in delta.tool_calls or ():
                name, arguments = calls.get(call.index, ("", ""))
                called = call.function
                calls[call.index] = (
                    name + (called.name or ""),
                    arguments + (called.arguments or ""),
                )
        usage = counts or usage
    total = usage["total_tokens"] if isinstance(usage, dict) else usage.total_tokens
    return {
        "text": text,
        "thought": thought,
        "calls": list(calls.values()),
        "finish": finish,
        "total": total,
    }


def whole(reply: ChatCompletion) -> dict[str, Any]:
    [choice] = reply.choices
    message = choice.message
    return {
        "text": message.content or "",
        "thought": (message.model_extra or {}).get("reasoning_content") or "",
        "calls": [(c.function.name, c.function.arguments) for c in message.tool_calls or ()],
        "finish": choice.finish_reason,
        "total": reply.usage.total_tokens,
    }


@EVERY
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"tools": [WEATHER, TIME], "text": "What do weather and time say?"},
        {"text": "Say it [[empty]]"},
        {"text": "Say a lot [[long 300]]"},
        {"text": "Stop early [[length]]"},
    ],
    ids=["text", "parallel-tools", "empty", "long", "length"],
)
async def test_a_stream_put_together_is_the_plain_reply(
    sandbox: RunningSandbox, provider: str, fields: dict[str, Any]
) -> None:
    caller = Caller(sandbox, provider)
    plain = whole(await caller.plain(**fields))
    assert put_together(await caller.chunks(**fields)) == plain
    if "tools" in fields:
        assert [name for name, _ in plain["calls"]] == ["weather", "time"]
        assert all("city" in json.loads(arguments) for _, arguments in plain["calls"])
        assert plain["finish"] == "tool_calls"


@EVERY
async def test_the_same_request_gets_the_same_bytes(sandbox: RunningSandbox, provider: str) -> None:
    caller = Caller(sandbox, provider)
    first, second = await caller.plain(), await caller.plain()
    assert first == second
    assert "Hello 🎈" in first.choices[0].message.content


@EVERY
async def test_a_wrong_secret_is_refused(sandbox: RunningSandbox, provider: str) -> None:
    caller = Caller(sandbox, provider, secret="another")
    if provider == "minimax":  # tells of errors with status 200
        reply = await caller.plain()
        assert reply.choices is None
        assert reply.model_extra["base_resp"]["status_code"] == 1004
    else:
        assert (await caller.refusal()).status_code == 401


@EVERY
async def test_a_field_that_the_provider_does_not_know_is_refused(
    sandbox: RunningSandbox, provider: str
) -> None:
    error = await Caller(sandbox, provider).refusal(extra_body={"colour": "blue"})
    assert error.status_code == 400
    assert "colour" in error.message


@EVERY
async def test_a_tool_turn_goes_on_with_what_the_provider_wants_back(
    sandbox: RunningSandbox, provider: str
) -> None:
    caller = Caller(sandbox, provider)
    asked = {"role": "user", "content": "What does weather say?"}
    reply = await caller.plain(messages=[asked], tools=[WEATHER])
    said = reply.choices[0].message.model_dump(exclude_none=True)
    kept = {"role", "content", "tool_calls", "reasoning_content"}
    turn = {name: value for name, value in said.items() if name in kept}
    result = {"role": "tool", "tool_call_id": said["tool_calls"][0]["id"], "content": "Sunny"}
    again = await caller.plain(messages=[asked, turn, result], tools=[WEATHER])
    assert "weather returned: Sunny" in again.choices[0].message.content
    lost = [asked, {**turn}, {**result, "tool_call_id": "another"}]
    assert (await caller.refusal(messages=lost, tools=[WEATHER])).status_code == 400


@pytest.mark.parametrize("provider", ["moonshot", "deepseek"])
async def test_a_tool_turn_without_its_thought_is_refused(
    sandbox: RunningSandbox, provider: str
) -> None:
    call = {"id": "c", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    messages = [
        {"role": "user", "content": "Well?"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": "Sunny"},
    ]
    caller = Caller(sandbox, provider)
    error = await caller.refusal(messages=messages, tools=[WEATHER])
    assert "reasoning_content" in error.message
    messages[1]["reasoning_content"] = " "
    assert await caller.plain(messages=messages, tools=[WEATHER])
    messages[1].pop("reasoning_content")
    off = {"extra_body": {"thinking": {"type": "disabled"}}}
    assert await caller.plain(messages=messages, tools=[WEATHER], **off)


JSON_SCHEMA = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}
PICTURE = [
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "See?"},
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
        ],
    }
]
LINKED = [
    {
        "role": "user",
        "content": [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}],
    }
]


@pytest.mark.parametrize(
    ("provider", "fields", "named"),
    [
        ("openai", {"max_tokens": 5}, "max_tokens"),
        ("openai", {"reasoning_effort": "minimal"}, "reasoning_effort"),
        ("openai", {"reasoning_effort": "low", "temperature": 0.5}, "temperature"),
        ("openai", {"reasoning_effort": "low", "tools": [WEATHER]}, "reasoning_effort"),
        ("openai", {"stop": ["x"]}, "stop"),
        ("openai", {"response_format": {"type": "json_object"}}, "json"),
        ("openai", {"model": "gpt-5.5-pro"}, "v1/responses"),
        ("openai", {"model": "gpt-5.5", "top_p": 0.5}, "top_p"),
        ("minimax", {"temperature": 0}, "temperature"),
        ("minimax", {"stop": ["x"]}, "stop"),
        ("minimax", {"tools": [WEATHER], "tool_choice": "required"}, "tool_choice"),
        ("minimax", {"tools": []}, "tools"),
        ("minimax", {"response_format": {"type": "json_object"}}, "response_format"),
        ("minimax", {"messages": PICTURE}, "content"),
        ("moonshot", {"temperature": 0.5}, "temperature"),
        ("moonshot", {"tools": [WEATHER], "tool_choice": "required"}, "tool_choice"),
        ("moonshot", {"response_format": JSON_SCHEMA}, "response_format"),
        ("moonshot", {"messages": LINKED}, "image"),
        ("moonshot", {"model": "moonshot-v1-128k", "messages": PICTURE}, "Image"),
        ("moonshot", {"model": "moonshot-v1-128k", "n": 2, "temperature": 0}, "n"),
        ("moonshot", {"seed": 1}, "seed"),
        ("deepseek", {"max_completion_tokens": 5}, "max_completion_tokens"),
        ("deepseek", {"tools": [WEATHER], "tool_choice": "required"}, "tool_choice"),
        ("deepseek", {"logprobs": True}, "logprobs"),
        ("deepseek", {"response_format": JSON_SCHEMA}, "response_format"),
        ("deepseek", {"response_format": {"type": "json_object"}}, "json"),
        ("zhipu", {"temperature": 1.5}, "temperature"),
        ("zhipu", {"stop": ["a", "b"]}, "stop"),
        ("zhipu", {"tools": [WEATHER], "tool_choice": "none"}, "Tool choice must be auto"),
        ("zhipu", {"messages": [{"role": "system", "content": "Hi"}]}, "illegal"),
        ("zhipu", {"messages": PICTURE}, "text"),
        ("zhipu", {"model": "glm-4-airx", "max_tokens": 5000}, "max_tokens"),
    ],
)
async def test_what_a_provider_does_not_take_is_refused_by_name(
    sandbox: RunningSandbox, provider: str, fields: dict[str, Any], named: str
) -> None:
    error = await Caller(sandbox, provider).refusal(**fields)
    assert error.status_code == (404 if named == "v1/responses" else 400)
    assert named in error.message


async def test_deepseek_does_not_take_parts_where_a_string_is_wanted(
    sandbox: RunningSandbox,
) -> None:
    caller = Caller(sandbox, "deepseek")
    error = await caller.refusal(model="deepseek-v4-pro", messages=PICTURE)
    assert error.status_code == 422
    seen = await caller.plain(messages=PICTURE)
    assert "640x480" in seen.choices[0].message.content


async def test_zhipu_sees_bare_base64_and_boxes_its_words(sandbox: RunningSandbox) -> None:
    part = {"type": "image_url", "image_url": {"url": PNG}}
    caller = Caller(sandbox, "zhipu")
    asked = {"model": "glm-4.6v", "messages": [{"role": "user", "content": [part]}]}
    text = (await caller.plain(**asked)).choices[0].message.content
    assert "640x480" in text
    assert text.startswith("<|begin_of_box|>")
    assert put_together(await caller.chunks(**asked))["text"] == text


async def test_minimax_thinks_in_its_text_unless_told_to_split(sandbox: RunningSandbox) -> None:
    caller = Caller(sandbox, "minimax")
    inline = whole(await caller.plain())
    assert inline["text"].startswith("<think>")
    assert put_together(await caller.chunks()) == inline
    split = {"extra_body": {"reasoning_split": True}}
    apart = whole(await caller.plain(**split))
    assert "<think>" not in apart["text"]
    assert apart["thought"]
    assert put_together(await caller.chunks(**split)) == apart


async def test_moonshot_counts_inside_the_choice(sandbox: RunningSandbox) -> None:
    chunks = await Caller(sandbox, "moonshot").chunks()
    inside = [
        c.choices[0].model_extra["usage"]
        for c in chunks
        if c.choices and c.choices[0].finish_reason
    ]
    assert inside[0]["total_tokens"] == chunks[-1].usage.total_tokens


@pytest.mark.parametrize(
    ("provider", "finish"),
    [("openai", "stop"), ("deepseek", "content_filter"), ("zhipu", "sensitive")],
)
async def test_a_refusing_model_says_so_as_its_provider_does(
    sandbox: RunningSandbox, provider: str, finish: str
) -> None:
    caller = Caller(sandbox, provider)
    [choice] = (await caller.plain("No [[refuse]]")).choices
    assert choice.finish_reason == finish
    assert bool(choice.message.refusal) == (provider == "openai")
    assert put_together(await caller.chunks("No [[refuse]]"))["finish"] == finish


async def test_several_choices_are_counted(sandbox: RunningSandbox) -> None:
    caller = Caller(sandbox, "openai")
    one, two = await caller.plain(), await caller.plain(n=2)
    assert [choice.index for choice in two.choices] == [0, 1]
    assert two.usage.completion_tokens == 2 * one.usage.completion_tokens


async def test_the_list_of_models_shows_that_a_key_is_taken(sandbox: RunningSandbox) -> None:
    for provider in MODELS:
        async with Caller(sandbox, provider).client() as client:
            assert (await client.models.list()).data
