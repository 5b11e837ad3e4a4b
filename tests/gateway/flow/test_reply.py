"""A stream, folded, equals the plain reply."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miavo_gateway.errors import UpstreamError
from miavo_gateway.flow.reply import ReplyFold, ReplyHead
from miavo_gateway.schema.chunk import ChunkChoice, Delta, FunctionCallDelta, ToolCallDelta
from miavo_gateway.usage import UsageBuckets


@st.composite
def streams(draw: st.DrawFn) -> tuple[dict[int, str], list[ChunkChoice]]:
    """Texts by choice, and their pieces interleaved in any order that keeps each choice's own."""
    texts = draw(st.dictionaries(st.integers(0, 3), st.lists(st.text(max_size=5)), min_size=1))
    queues = {
        index: [
            ChunkChoice(index=index, delta=Delta(role="assistant")),
            *(ChunkChoice(index=index, delta=Delta(content=piece)) for piece in pieces),
            ChunkChoice(index=index, delta=Delta(), finish_reason="stop"),
        ]
        for index, pieces in texts.items()
    }
    order = draw(st.permutations([i for i, queue in queues.items() for _ in queue]))
    stream = [queues[index].pop(0) for index in order]
    return {index: "".join(pieces) for index, pieces in texts.items()}, stream


@given(streams())
def test_folded_choices_equal_their_pieces_however_they_interleave(
    drawn: tuple[dict[int, str], list[ChunkChoice]],
) -> None:
    texts, stream = drawn
    fold = ReplyFold()
    for piece in stream:
        fold.add(piece)
    reply = fold.reply(ReplyHead("m"), UsageBuckets(uncached_input=3, cache_read=2, output=7))
    assert {choice.index: choice.message.content for choice in reply.choices} == texts
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (5, 7)
    assert reply.usage.prompt_tokens_details.cached_tokens == 2


def test_parallel_tool_calls_are_put_together_by_their_index() -> None:
    fold = ReplyFold()
    for call in (
        ToolCallDelta(index=0, id="a", type="function", function=FunctionCallDelta(name="f")),
        ToolCallDelta(index=1, id="b", type="function", function=FunctionCallDelta(name="g")),
        ToolCallDelta(index=1, function=FunctionCallDelta(arguments='{"y":')),
        ToolCallDelta(index=0, function=FunctionCallDelta(arguments="{}")),
        ToolCallDelta(index=1, function=FunctionCallDelta(arguments="2}")),
    ):
        fold.add(ChunkChoice(delta=Delta(tool_calls=[call])))
    fold.add(ChunkChoice(delta=Delta(), finish_reason="tool_calls"))
    message = fold.reply(ReplyHead("m"), UsageBuckets()).choices[0].message
    assert message.content is None
    assert message.tool_calls is not None
    assert [
        (call.id, call.function.name, call.function.arguments) for call in message.tool_calls
    ] == [
        ("a", "f", "{}"),
        ("b", "g", '{"y":2}'),
    ]


def test_a_reply_without_an_end_is_an_error_not_a_reply() -> None:
    fold = ReplyFold()
    with pytest.raises(UpstreamError):
        fold.reply(ReplyHead("m"), UsageBuckets())
    fold.add(ChunkChoice(delta=Delta(content="half")))
    with pytest.raises(UpstreamError):
        fold.reply(ReplyHead("m"), UsageBuckets())


def test_the_first_chunk_carries_role_and_empty_content_as_openai_sends_it() -> None:
    event = ReplyHead("m").chunk(ChunkChoice(delta=Delta(role="assistant")))
    body = json.loads(event.removeprefix(b"data: "))
    assert body["choices"] == [
        {
            "index": 0,
            "delta": {"role": "assistant", "content": ""},
            "logprobs": None,
            "finish_reason": None,
        }
    ]
