"""Replies of the Messages API, streamed and whole."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from anthropic.types import Message, RawMessageStreamEvent
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from miavo_gateway.chat_events import Counted, Piece
from miavo_gateway.errors import UpstreamError
from miavo_gateway.providers.exchange import ErrorClass, Garbled, ProviderError
from miavo_gateway.usage import UsageBuckets
from tests.gateway.providers.anthropic.asking import (
    ADAPTER,
    asked,
    events_of,
    put_together,
    simulated,
    stream_of,
)
from tests.gateway.providers.bedrock.asking import WEATHER, user

CLOCK = {"type": "function", "function": {"name": "clock"}}
ODD_SCHEMA = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 3}}}
ODD = {"type": "json_schema", "json_schema": {"name": "a", "schema": ODD_SCHEMA}}
CASES: dict[str, dict[str, Any]] = {
    "text": {},
    "unicode": {"messages": [user("Grüße 🌍 ‮ 日本")]},
    "thought": {"reasoning_effort": "high"},
    "calls": {"messages": [user("weather, clock")], "tools": [WEATHER, CLOCK]},
    "thought and call": {
        "messages": [user("weather")],
        "tools": [WEATHER],
        "reasoning_effort": "high",
    },
    "json": {"response_format": {"type": "json_object"}},
    "forced schema": {"response_format": ODD},
    "stop": {"stop": "said"},
    "length": {"max_tokens": 3},
    "refusal": {"messages": [user("[[refuse]]")]},
    "empty": {"messages": [user("[[empty]]")]},
}
_EVENT: TypeAdapter[Any] = TypeAdapter(RawMessageStreamEvent)


def event(kind: str, **fields: Any) -> bytes:
    """An event made by the SDK's own types, so that it has the API's shape."""
    made = _EVENT.validate_python({"type": kind, **fields})
    data: bytes = _EVENT.dump_json(made, by_alias=True)
    return data


def start(index: int, **block: Any) -> bytes:
    return event("content_block_start", index=index, content_block=block)


def delta(index: int, kind: str, **fields: Any) -> bytes:
    return event("content_block_delta", index=index, delta={"type": kind, **fields})


def stop(index: int) -> bytes:
    return event("content_block_stop", index=index)


def begin(**usage: int) -> bytes:
    counts = {"input_tokens": 10, "output_tokens": 1, **usage}
    message = {"id": "m", "type": "message", "role": "assistant", "model": "c", "content": []}
    return event("message_start", message={**message, "usage": counts})


def end(reason: str = "end_turn", details: Any = None, **usage: Any) -> bytes:
    counts = {"output_tokens": 20, **usage}
    ending = {"stop_reason": reason, "stop_details": details}
    return event("message_delta", delta=ending, usage=counts)


DONE = event("message_stop")


def framed(*events: bytes) -> bytes:
    return b"".join(b"event: x\r\ndata: " + each + b"\r\n\r\n" for each in events)


def read(*events: bytes, **fields: Any) -> Any:
    return put_together(events_of(asked(**fields), [framed(*events)]))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("slug", ["opus-4-6", "haiku-4-5"])
def test_a_stream_put_together_is_the_plain_reply(case: str, slug: str) -> None:
    request = asked(slug, **CASES[case])
    streamed = put_together(events_of(request, [stream_of(simulated(request))]))
    body = stream_of(simulated(request, stream=False))
    Message.model_validate_json(body)
    whole = ADAPTER.reader(request).reply(body)
    assert not isinstance(whole, ProviderError | Garbled)
    assert _without_spaces(put_together(whole)) == _without_spaces(streamed)


def _without_spaces(reply: object) -> str:
    """A whole reply has its JSON parsed, so that the spaces in it are lost."""
    return repr(reply).replace(" ", "")


def test_each_end_has_its_finish_reason() -> None:
    finishes = {}
    for case, fields in CASES.items():
        request = asked(**fields)
        reply, _, _ = put_together(events_of(request, [stream_of(simulated(request))]))
        finishes[case] = reply.choices[0].finish_reason
    assert finishes == {
        **dict.fromkeys(CASES, "stop"),
        "calls": "tool_calls",
        "thought and call": "tool_calls",
        "length": "length",
        "refusal": "content_filter",
    }


@pytest.mark.parametrize("case", ["json", "forced schema"])
def test_an_answer_in_json_is_json_alone(case: str) -> None:
    request = asked(**CASES[case])
    reply, _, _ = put_together(events_of(request, [stream_of(simulated(request))]))
    message = reply.choices[0].message
    assert isinstance(json.loads(message.content or ""), dict)
    assert message.tool_calls is None


def test_calls_are_numbered_apart_from_the_blocks_and_their_arguments_are_json() -> None:
    reply, _, _ = read(
        begin(),
        start(0, type="text", text=""),
        delta(0, "text_delta", text="Looking."),
        stop(0),
        start(1, type="tool_use", id="t1", name="weather", input={}),
        delta(1, "input_json_delta", partial_json=""),
        delta(1, "input_json_delta", partial_json='{"city":'),
        start(2, type="tool_use", id="t2", name="clock", input={}),
        delta(1, "input_json_delta", partial_json='"Rome"}'),
        stop(1),
        stop(2),
        end("tool_use"),
        DONE,
    )
    message = reply.choices[0].message
    assert message.content == "Looking."
    assert [
        (each.id, each.function.name, each.function.arguments) for each in message.tool_calls
    ] == [
        ("t1", "weather", '{"city":"Rome"}'),
        ("t2", "clock", "{}"),
    ]


def test_thoughts_are_kept_with_the_call_that_they_led_to() -> None:
    reply, _, kept = read(
        begin(),
        start(0, type="thinking", thinking="", signature=""),
        delta(0, "thinking_delta", thinking="Hm"),
        delta(0, "thinking_delta", thinking="."),
        delta(0, "signature_delta", signature="s1"),
        stop(0),
        start(1, type="text", text="Abc"),
        stop(1),
        start(2, type="redacted_thinking", data="xyz"),
        stop(2),
        start(3, type="tool_use", id="t1", name="weather", input={}),
        stop(3),
        start(4, type="thinking", thinking="", signature=""),
        delta(4, "signature_delta", signature="s2"),
        stop(4),
        start(5, type="tool_use", id="t2", name="weather", input={}),
        stop(5),
        end("tool_use"),
        DONE,
        slug="opus-4-7",
    )
    assert reply.choices[0].message.reasoning_content == "Hm."
    first = [{"after": 0, "text": "Hm.", "signature": "s1"}, {"after": 3, "redacted": "xyz"}]
    second = [{"after": 3, "signature": "s2"}]
    assert {each.call_id: each.state for each in kept} == {
        "t1": {"model": "claude-opus-4-7", "thoughts": first},
        "t2": {"model": "claude-opus-4-7", "thoughts": second},
    }


def test_counts_are_told_at_the_beginning_and_later_ones_replace_what_they_name() -> None:
    events = [
        begin(cache_read_input_tokens=100, cache_creation_input_tokens=7),
        start(0, type="text", text="Hi"),
        end(output_tokens_details={"thinking_tokens": 5}),
        DONE,
    ]
    counted = [
        each.usage for each in events_of(asked(), [framed(*events)]) if isinstance(each, Counted)
    ]
    assert counted == [
        UsageBuckets(uncached_input=10, cache_read=100, cache_write=7, output=1),
        UsageBuckets(uncached_input=10, cache_read=100, cache_write=7, output=20, reasoning=5),
    ]


@pytest.mark.parametrize(
    ("details", "words"),
    [
        (None, "The model refused to answer."),
        ({"type": "refusal", "category": "cyber"}, "The model refused to answer (cyber)."),
        ({"type": "refusal", "category": "bio", "explanation": "Too risky."}, "Too risky."),
    ],
)
def test_a_refusal_says_why_as_far_as_it_is_told(details: Any, words: str) -> None:
    reply, _, _ = read(begin(), end("refusal", details), DONE)
    assert reply.choices[0].finish_reason == "content_filter"
    assert reply.choices[0].message.refusal == words


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("stop_sequence", "stop"),
        ("model_context_window_exceeded", "length"),
        ("pause_turn", "length"),
        ("tool_use", "stop"),
    ],
)
def test_a_stop_reason_becomes_openais(reason: str, finish: str) -> None:
    reply, _, _ = read(begin(), start(0, type="text", text="Hi"), end(reason), DONE)
    assert reply.choices[0].finish_reason == finish


def test_what_is_not_known_is_passed_over() -> None:
    unknown = [
        b'{"type":"ping"}',
        b'{"type":"tide","index":{"odd":1}}'.replace(b'{"odd":1}', b"1"),
        b'{"type":"content_block_start","index":0,"content_block":{"type":"web","text":[1]}}',
        b'{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta",'
        b'"partial_json":"{}"}}',
        b'{"type":"content_block_delta","index":1,"delta":{"type":"citations_delta",'
        b'"citation":{"cited_text":"x"}}}',
        stop(0),
    ]
    reply, _, _ = read(begin(), *unknown, start(1, type="text", text="Hi"), *unknown, end(), DONE)
    assert reply.choices[0].message.content == "Hi"


def test_nothing_is_shown_before_there_is_something_to_show() -> None:
    head = [begin(), b'{"type":"ping"}', start(0, type="text", text="")]
    assert not any(isinstance(each, Piece) for each in events_of(asked(), [framed(*head)]))


def test_an_error_in_the_stream_is_the_providers_and_can_be_retried() -> None:
    data = b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'
    reader = ADAPTER.reader(asked())
    reader.event(begin())
    assert reader.event(data) == ProviderError("overloaded_error", "Overloaded", ErrorClass.RETRY)
    assert ADAPTER.reader(asked()).reply(data) == reader.event(data)


def test_a_stream_without_its_end_has_no_finish_reason() -> None:
    with pytest.raises(UpstreamError):
        read(begin(), start(0, type="text", text="Hi"), stop(0), end())


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"content":[1]}', b'{"content":{}}'])
def test_a_whole_reply_that_is_none_is_garbled(body: bytes) -> None:
    assert isinstance(ADAPTER.reader(asked()).reply(body), Garbled)


@given(case=st.sampled_from(sorted(CASES)), cuts=st.lists(st.integers(0, 4_000), max_size=12))
def test_a_stream_reads_the_same_however_it_is_cut(case: str, cuts: list[int]) -> None:
    request = asked(**CASES[case])
    data = stream_of(simulated(request))
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    chunks = [data[a:b] for a, b in pairwise(places)]
    assert put_together(events_of(request, chunks)) == put_together(events_of(request, [data]))


@given(
    case=st.sampled_from(sorted(CASES)),
    changes=st.lists(st.tuples(st.integers(0, 4_000), st.integers(0, 255)), max_size=8),
    whole=st.booleans(),
)
def test_no_bytes_break_the_reader_or_count_below_zero(
    case: str, changes: list[tuple[int, int]], whole: bool
) -> None:
    request = asked(**CASES[case])
    data = bytearray(stream_of(simulated(request, stream=not whole)))
    for place, value in changes:
        data[place % len(data)] = value
    reader, framing = ADAPTER.reader(request), ADAPTER.framing()
    if whole:
        reads = [reader.reply(bytes(data))]
    else:
        events = framing.feed(bytes(data)) + framing.finish()
        reads = [*(reader.event(each) for each in events), reader.finish()]
    for each in reads:
        if isinstance(each, ProviderError | Garbled):
            continue
        for event in each:
            if isinstance(event, Counted):
                counts = event.usage
                assert min(counts.prompt, counts.output, counts.cache_read, counts.cache_write) >= 0
                assert 0 <= counts.reasoning <= counts.output


@given(st.binary(max_size=200) | st.just(b"[" * 100_000) | st.just(b'{"a":' * 100_000))
def test_any_bytes_read_as_something(data: bytes) -> None:
    reader = ADAPTER.reader(asked())
    reader.event(data)
    reader.reply(data)
