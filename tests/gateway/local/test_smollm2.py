"""The real model, real threads: what a caller of the engine can rely on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import jsonschema
import pytest
import pytest_asyncio

from miavo_gateway.chat_events import ChatEvent, ChatEvents, Counted, Loading, Piece
from miavo_gateway.errors import InvalidRequest, NoUpstream, UpstreamError
from miavo_gateway.local.smollm2 import SmolLM2Engine
from miavo_gateway.local.smollm2.runtime import Runtime
from miavo_gateway.schema.chat import ChatCompletionRequest
from miavo_gateway.usage import UsageBuckets

pytestmark = pytest.mark.asyncio(loop_scope="module")

CITY = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "unit": {"enum": ["celsius", "fahrenheit"]}},
    "required": ["city", "unit"],
    "additionalProperties": False,
}
MAIL = {
    "type": "object",
    "properties": {"to": {"type": "string"}, "body": {"type": "string"}},
    "required": ["to", "body"],
    "additionalProperties": False,
}
WEATHER_TOOL = {"type": "function", "function": {"name": "get_weather", "parameters": CITY}}
MAIL_TOOL = {"type": "function", "function": {"name": "send_mail", "parameters": MAIL}}
SCHEMAS = {"get_weather": CITY, "send_mail": MAIL}


@dataclass
class Told:
    """A stream, folded."""

    text: dict[int, str] = field(default_factory=dict)
    calls: dict[int, dict[str, str]] = field(default_factory=dict)
    """The first choice's, by index."""
    roles: dict[int, list[int]] = field(default_factory=dict)
    """At which of a choice's pieces the role came."""
    finish: dict[int, str] = field(default_factory=dict)
    logprobs: list[dict[str, Any]] = field(default_factory=list)
    usage: UsageBuckets | None = None
    piece_tokens: int = 0
    loading: int = 0


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def engine() -> AsyncIterator[SmolLM2Engine]:
    engine = SmolLM2Engine()
    yield engine
    await engine.close()


def request(content: object = "What is the weather in Paris?", **fields: Any) -> Any:
    body = {"model": "local-smollm2-135m", "messages": [{"role": "user", "content": content}]}
    return ChatCompletionRequest.model_validate({**body, **fields})


async def flat(batches: AsyncIterator[ChatEvents]) -> AsyncIterator[ChatEvent]:
    async for batch in batches:
        for event in batch:
            yield event


async def told(batches: AsyncIterator[ChatEvents]) -> Told:
    result = Told()
    seen: dict[int, int] = {}
    async for event in flat(batches):
        if isinstance(event, Loading):
            result.loading += 1
        elif isinstance(event, Counted):
            assert result.usage is None
            result.usage = event.usage
        else:
            choice, delta = event.choice, event.choice.delta
            assert result.usage is None, "a piece after the counts"
            assert choice.index not in result.finish, "a piece after the last"
            result.piece_tokens += event.tokens
            at = seen[choice.index] = seen.get(choice.index, -1) + 1
            if delta.role:
                result.roles.setdefault(choice.index, []).append(at)
            result.text[choice.index] = result.text.get(choice.index, "") + (delta.content or "")
            for call in delta.tool_calls or []:
                kept = result.calls.setdefault(call.index, {"arguments": ""})
                if call.id:
                    kept |= {"id": call.id, "name": call.function.name}
                kept["arguments"] += call.function.arguments
            result.logprobs += (choice.logprobs or {}).get("content", [])
            if choice.finish_reason:
                result.finish[choice.index] = choice.finish_reason
    return result


def assert_calls_fit(reply: Told) -> None:
    assert reply.finish == {0: "tool_calls"}
    assert reply.calls
    for call in reply.calls.values():
        jsonschema.validate(json.loads(call["arguments"]), SCHEMAS[call["name"]])
    assert len({call["id"] for call in reply.calls.values()}) == len(reply.calls)


async def until_idle(engine: SmolLM2Engine) -> None:
    async with asyncio.timeout(10):
        while engine.running:  # noqa: ASYNC110 - as a caller sees it
            await asyncio.sleep(0)


async def test_cold_load_is_shared_and_announced_to_each_waiter(engine: SmolLM2Engine) -> None:
    assert engine.unavailable is None
    assert engine.state == "cold"
    replies = await asyncio.gather(
        *(told(engine.stream(request("Hi", max_tokens=3))) for _ in range(3))
    )
    assert [reply.loading for reply in replies] == [1, 1, 1]
    assert all(reply.text[0] for reply in replies)
    assert engine.state == "ready"
    assert (await told(engine.stream(request("Hi", max_tokens=1)))).loading == 0


async def test_a_seed_at_temperature_zero_repeats_the_reply(engine: SmolLM2Engine) -> None:
    wanted = request("What is the capital of Japan?", seed=7, temperature=0, max_tokens=30)
    first, second = await told(engine.stream(wanted)), await told(engine.stream(wanted))
    assert first.text == second.text
    assert "Tokyo" in first.text[0]
    assert first.roles == {0: [0]}
    assert first.finish == {0: "stop"}
    assert first.usage is not None
    assert first.usage.cache_read == 0
    assert first.usage.prompt > 30


async def test_tokens_of_pieces_add_up_where_one_character_takes_several(
    engine: SmolLM2Engine,
) -> None:
    reply = await told(engine.stream(request("Say hi with emoji 🎉", temperature=0, max_tokens=12)))
    assert reply.finish == {0: "length"}
    assert reply.usage is not None
    assert reply.piece_tokens == reply.usage.output == 12
    assert len(reply.text[0]) < 12


async def test_stop_sequences_end_the_reply_and_are_not_shown(engine: SmolLM2Engine) -> None:
    fields = {"seed": 7, "temperature": 0, "max_tokens": 30, "stop": [" of", "zebra"]}
    reply = await told(engine.stream(request("What is the capital of Japan?", **fields)))
    assert reply.finish == {0: "stop"}
    assert reply.text == {0: "The capital"}


async def test_each_choice_is_whole_and_the_prompt_is_counted_once(engine: SmolLM2Engine) -> None:
    alone = await told(engine.stream(request("Name an animal.", max_tokens=6)))
    fields = {"n": 3, "seed": 5, "temperature": 1.5, "max_tokens": 6}
    reply = await told(engine.stream(request("Name an animal.", **fields)))
    assert reply.finish.keys() == reply.roles.keys() == {0, 1, 2}
    assert all(at == [0] for at in reply.roles.values())
    assert len(set(reply.text.values())) == 3
    assert reply.usage is not None
    assert alone.usage is not None
    assert reply.usage.prompt == alone.usage.prompt
    assert 6 < reply.usage.output <= 18


async def test_log_probabilities_have_openais_shape(engine: SmolLM2Engine) -> None:
    fields = {"logprobs": True, "top_logprobs": 2, "max_tokens": 3, "temperature": 0}
    reply = await told(engine.stream(request("Hi", **fields)))
    assert len(reply.logprobs) == 3
    for entry in reply.logprobs:
        assert entry.keys() == {"token", "logprob", "bytes", "top_logprobs"}
        assert bytes(entry["bytes"]).decode() == entry["token"]
        assert [other.keys() for other in entry["top_logprobs"]] == [
            {"token", "logprob", "bytes"}
        ] * 2
    assert "".join(entry["token"] for entry in reply.logprobs) == reply.text[0]


async def test_a_banned_token_is_not_used(engine: SmolLM2Engine) -> None:
    plain = request("What is the capital of Japan?", temperature=0, max_tokens=8, seed=1)
    assert (await told(engine.stream(plain))).text[0].startswith("The")
    banned = plain.model_copy(update={"logit_bias": {"504": -100}})  # 504 is "The"
    assert not (await told(engine.stream(banned))).text[0].startswith("The")


async def test_json_mode_gives_an_object(engine: SmolLM2Engine) -> None:
    asked = request(
        "Describe a dog as JSON with name and age.", response_format={"type": "json_object"}
    )
    reply = await told(engine.stream(asked))
    assert isinstance(json.loads(reply.text[0]), dict)


async def test_a_strict_schema_is_met(engine: SmolLM2Engine) -> None:
    schema = {
        "type": "object",
        "$defs": {"tag": {"type": "string", "pattern": "^[a-z]{2,8}$"}},
        "properties": {
            "name": {"type": "string"},
            "age": {"type": "integer", "minimum": 18, "maximum": 120},
            "tags": {"type": "array", "items": {"$ref": "#/$defs/tag"}, "maxItems": 3},
            "boss": {"type": ["string", "null"]},
        },
        "required": ["name", "age", "tags", "boss"],
        "additionalProperties": False,
    }
    wanted = {"name": "person", "strict": True, "schema": schema}
    for seed in (1, 2):
        asked = request(
            "John Smith is 34 and likes chess.",
            seed=seed,
            response_format={"type": "json_schema", "json_schema": wanted},
        )
        reply = await told(engine.stream(asked))
        jsonschema.validate(json.loads(reply.text[0]), schema)
        assert reply.finish == {0: "stop"}


@pytest.mark.parametrize(
    ("choice", "allowed"),
    [
        ({"type": "function", "function": {"name": "send_mail"}}, {"send_mail"}),
        ("required", {"get_weather", "send_mail"}),
    ],
)
async def test_a_forced_choice_is_always_a_fitting_call(
    engine: SmolLM2Engine, choice: object, allowed: set[str]
) -> None:
    fields = {"tools": [WEATHER_TOOL, MAIL_TOOL], "tool_choice": choice}
    reply = await told(engine.stream(request(temperature=1, **fields)))
    assert_calls_fit(reply)
    assert {call["name"] for call in reply.calls.values()} <= allowed
    assert reply.roles == {0: [0]}
    assert reply.text == {0: ""}


async def test_one_call_where_parallel_calls_are_off(engine: SmolLM2Engine) -> None:
    question = "What is the weather in Paris and in Berlin?"
    fields = {"tools": [WEATHER_TOOL], "tool_choice": "required", "temperature": 0}
    several = await told(engine.stream(request(question, **fields)))
    one = await told(engine.stream(request(question, parallel_tool_calls=False, **fields)))
    assert_calls_fit(several)
    assert [json.loads(call["arguments"])["city"] for call in several.calls.values()] == [
        "Paris",
        "Berlin",
    ]
    assert len(one.calls) == 1


async def test_left_to_itself_the_model_calls_where_a_call_helps(engine: SmolLM2Engine) -> None:
    fields = {"tools": [WEATHER_TOOL, MAIL_TOOL], "temperature": 0, "max_tokens": 60}
    assert_calls_fit(await told(engine.stream(request(**fields))))
    answer = await told(engine.stream(request("Tell me a joke.", **fields)))
    assert answer.text[0]
    assert not answer.calls
    never = await told(engine.stream(request(tool_choice="none", **fields)))
    assert never.text[0]
    assert not never.calls


async def test_a_tools_result_reaches_the_answer(engine: SmolLM2Engine) -> None:
    call = {"name": "get_weather", "arguments": '{"city": "Paris"}'}
    messages = [
        {"role": "developer", "content": [{"type": "text", "text": "You are a weather bot."}]},
        {"role": "user", "content": "What is the weather in Paris?"},
        {"role": "assistant", "tool_calls": [{"id": "c", "type": "function", "function": call}]},
        {"role": "tool", "tool_call_id": "c", "content": "17 degrees and foggy"},
    ]
    fields = {"messages": messages, "tools": [WEATHER_TOOL], "temperature": 0, "max_tokens": 60}
    reply = await told(engine.stream(request(**fields)))
    assert "foggy" in reply.text[0]
    assert not reply.calls


async def test_what_the_model_cannot_do_is_refused_with_the_field(engine: SmolLM2Engine) -> None:
    image = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    endless = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"$ref": "#"}}}
    refused = {
        "messages": "word " * 9000,
        "messages[0].content[1]": [{"type": "text", "text": "Look:"}, image],
    }
    for param, content in refused.items():
        with pytest.raises(InvalidRequest) as refusal:
            await told(engine.stream(request(content)))
        assert refusal.value.param == param
    for param, fields in {
        "n": {"n": 9},
        "stop": {"stop": ["a", "b", "c", "d", "e"]},
        "logit_bias": {"logit_bias": {"the": 3}},
        "tools": {"tool_choice": "required"},
        "tool_choice.function.name": {
            "tools": [MAIL_TOOL],
            "tool_choice": {"type": "function", "function": {"name": "fly"}},
        },
        "response_format.json_schema.schema": {"response_format": endless},
    }.items():
        with pytest.raises(InvalidRequest) as refusal:
            await told(engine.stream(request(**fields)))
        assert refusal.value.param == param
    with pytest.raises(InvalidRequest, match=r"has 90\d\d tokens.* window of 8192"):
        await told(engine.stream(request("word " * 9000)))


async def test_closing_a_stream_stops_the_generation_and_frees_its_slot(
    engine: SmolLM2Engine,
) -> None:
    endless = request("Tell a very long story.", max_tokens=8000, n=2)
    stream = engine.stream(endless)
    assert isinstance((await anext(stream))[0], Piece)
    assert engine.running == 2
    await stream.aclose()
    await until_idle(engine)
    assert (await told(engine.stream(request("Hi", max_tokens=2)))).finish == {0: "length"}


async def test_cancelling_works_in_the_queue_and_while_the_prompt_is_read(
    engine: SmolLM2Engine,
) -> None:
    busy = [engine.stream(request("Tell a long story.", max_tokens=8000)) for _ in range(2)]
    for stream in busy:
        await anext(stream)
    queued = asyncio.create_task(told(engine.stream(request("Hi"))))
    await asyncio.sleep(0)
    queued.cancel()
    with pytest.raises(asyncio.CancelledError):
        await queued
    for stream in busy:
        await stream.aclose()
    await until_idle(engine)
    reading = asyncio.create_task(told(engine.stream(request("word, " * 3000))))
    while not engine.running:  # noqa: ASYNC110 - as a caller sees it
        await asyncio.sleep(0)
    reading.cancel()
    await until_idle(engine)  # Reading on would take twenty seconds.


async def test_a_failed_load_is_reported_and_tried_again() -> None:
    attempts = 0

    def load() -> Runtime:
        nonlocal attempts
        attempts += 1
        raise RuntimeError("/home/someone/model.gguf is broken")

    engine = SmolLM2Engine(load)
    for _ in range(2):
        with pytest.raises(UpstreamError) as failure:
            await told(engine.stream(request("Hi")))
        assert "/home" not in failure.value.message
        assert engine.state == "cold"
    assert attempts == 2
    await engine.close()


async def test_closing_ends_what_runs_and_refuses_what_comes() -> None:
    engine = SmolLM2Engine()
    stream = engine.stream(request("Tell a long story.", max_tokens=8000))
    assert isinstance((await anext(stream))[0], Loading)
    await anext(stream)
    async with asyncio.timeout(10):
        await engine.close()
        with pytest.raises(UpstreamError):
            await told(stream)
    assert engine.running == 0
    with pytest.raises(NoUpstream):
        await told(engine.stream(request("Hi")))
