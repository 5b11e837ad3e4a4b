from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from miavo_gateway.chat_events import Counted, Piece
from miavo_gateway.errors import InvalidRequest
from miavo_gateway.flow.reply import ReplyFold, ReplyHead
from miavo_gateway.local.echo import EchoEngine
from miavo_gateway.schema.chat import ChatCompletion, ChatCompletionRequest
from miavo_gateway.usage import UsageBuckets


def user(text: object) -> dict[str, Any]:
    return {"role": "user", "content": text}


def request(*messages: dict[str, Any], **fields: object) -> ChatCompletionRequest:
    body = {"model": "local-echo", "messages": list(messages), **fields}
    return ChatCompletionRequest.model_validate(body)


async def pieces_of(asked: ChatCompletionRequest) -> tuple[list[Piece], UsageBuckets]:
    events = [event async for batch in EchoEngine().stream(asked) for event in batch]
    counted = events.pop()
    assert isinstance(counted, Counted)
    pieces = [event for event in events if isinstance(event, Piece)]
    assert len(pieces) == len(events)
    return pieces, counted.usage


async def reply_to(*messages: dict[str, Any], **fields: object) -> ChatCompletion:
    pieces, usage = await pieces_of(request(*messages, **fields))
    fold = ReplyFold()
    for piece in pieces:
        fold.add(piece.choice)
    return fold.reply(ReplyHead("local-echo"), usage)


async def said(*messages: dict[str, Any], **fields: object) -> str | None:
    return (await reply_to(*messages, **fields)).choices[0].message.content


async def test_the_last_user_text_is_said_back() -> None:
    assert await said(user("one"), {"role": "assistant", "content": "x"}, user("two")) == "two"
    parts = [{"type": "text", "text": "three"}, {"type": "text", "text": "four"}]
    assert await said({"role": "system", "content": "Be brief."}, user(parts)) == "three\nfour"


@pytest.mark.parametrize("messages", [[user("")], [user(" \n")], [user([])]])
async def test_an_empty_text_is_answered_with_a_sentence(messages: list[dict[str, Any]]) -> None:
    assert await said(*messages) == (
        "The last user message is empty, so there is nothing to say back."
    )


async def test_no_user_message_is_answered_with_a_sentence() -> None:
    assert await said({"role": "system", "content": "Be brief."}) == (
        "There is no user message, so there is nothing to say back."
    )


@settings(max_examples=150, deadline=None)
@given(
    text=st.text(min_size=1).filter(str.strip),
    limit=st.none() | st.integers(1, 12),
    choices=st.integers(1, 3),
)
def test_pieces_are_the_text_up_to_the_limit(text: str, limit: int | None, choices: int) -> None:
    fields = {"n": choices, "max_completion_tokens": limit, "seed": 1, "temperature": 2.0}
    pieces, usage = asyncio.run(pieces_of(request(user(text), **fields)))
    whole, _ = asyncio.run(pieces_of(request(user(text))))
    tokens = [piece.choice.delta.content for piece in whole if piece.tokens]
    assert "".join(token or "" for token in tokens) == text
    for index in range(choices):
        own = [piece for piece in pieces if piece.choice.index == index]
        assert own[0].choice.delta.role == "assistant"
        assert [piece.choice.delta.content for piece in own if piece.tokens] == tokens[:limit]
        ends = [piece.choice.finish_reason for piece in own]
        cut = limit is not None and limit < len(tokens)
        assert ends == [None] * (len(own) - 1) + ["length" if cut else "stop"]
    assert usage.prompt == len(tokens)
    assert usage.output == choices * len(tokens[:limit]) == sum(piece.tokens for piece in pieces)


async def test_a_text_ends_before_the_first_stop_sequence() -> None:
    reply = await reply_to(user("one two three"), stop=["three", " two", ""])
    assert reply.choices[0].message.content == "one"
    assert reply.choices[0].finish_reason == "stop"
    assert await said(user("one two"), stop="nine") == "one two"
    assert await said(user("one two"), stop="one") == ""


async def test_logprobs_have_every_token_and_its_bytes() -> None:
    reply = await reply_to(user("né two"), logprobs=True, top_logprobs=3)
    logprobs = reply.choices[0].logprobs
    assert logprobs is not None
    assert [entry["token"] for entry in logprobs["content"]] == ["né", " two"]
    first = logprobs["content"][0]
    assert first["bytes"] == list("né".encode())
    assert first["logprob"] == 0.0
    assert [top["token"] for top in first["top_logprobs"]] == ["né"]
    assert (await reply_to(user("hi"))).choices[0].logprobs is None


async def test_other_tasks_run_between_two_tokens() -> None:
    turns = 0

    async def beside() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(beside())
    await said(user("one two three four five"))
    task.cancel()
    assert turns >= 5


def called(*ids: str) -> dict[str, Any]:
    calls = [
        {"id": id_, "type": "function", "function": {"name": f"tool_{id_}", "arguments": "{}"}}
        for id_ in ids
    ]
    return {"role": "assistant", "content": None, "tool_calls": calls}


def result(id_: str, content: object) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": id_, "content": content}


async def test_what_tools_returned_is_said_by_name() -> None:
    history = [user("go"), called("a"), result("a", "old"), called("b", "c")]
    assert await said(*history, result("c", "22 °C"), result("b", "")) == (
        "tool_c returned: 22 °C\ntool_b returned: nothing"
    )
    assert await said(*history, result("b", "x"), user("thanks")) == "thanks"


async def test_a_result_of_no_call_is_refused() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        await said(user("go"), called("a"), result("a", "x"), result("b", "x"))
    assert refusal.value.param == "messages[3].tool_call_id"


def test_the_engine_is_always_ready() -> None:
    engine = EchoEngine()
    assert engine.state == "ready"
    assert engine.unavailable is None
