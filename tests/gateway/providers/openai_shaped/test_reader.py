"""Replies in OpenAI's format, and in what passes for it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from miavo_gateway.chat_events import Counted, Piece
from miavo_gateway.providers.exchange import ErrorClass, Garbled, ProviderError
from miavo_gateway.schema.chunk import ChunkChoice, Delta
from tests.gateway.providers.openai_shaped.asking import (
    WEATHER,
    adapter_of,
    asked,
    chunk,
    folded,
    kept,
    read,
    sse,
)

USAGE = {"prompt_tokens": 10, "completion_tokens": 7, "total_tokens": 17}
SLUGS = ["gpt-5.4", "minimax-m2.7", "kimi-k2.6", "deepseek-v4-pro", "glm-4.7"]
TOOL_STREAM = [
    chunk({"role": "assistant", "content": ""}),
    chunk({"reasoning_content": "Hm, "}),
    chunk({"reasoning_content": "weather."}),
    chunk({"content": "Looking: "}),
    chunk({"content": "é🎈"}),
    chunk(
        {
            "tool_calls": [
                {
                    "index": 0,
                    "id": "c1",
                    "type": "function",
                    "function": {"name": "weather", "arguments": ""},
                }
            ]
        }
    ),
    chunk({"tool_calls": [{"index": 0, "function": {"arguments": '{"city":'}}]}),
    chunk({"tool_calls": [{"index": 0, "function": {"arguments": '"Oslo"}'}}]}),
    chunk(
        {
            "tool_calls": [
                {
                    "index": 1,
                    "id": "c2",
                    "type": "function",
                    "function": {"name": "weather", "arguments": "{}"},
                }
            ]
        }
    ),
    chunk({}, "tool_calls"),
    {**chunk({}), "choices": [], "usage": USAGE},
]
WHOLE = {
    "id": "c1",
    "object": "chat.completion",
    "created": 1,
    "model": "up",
    "choices": [
        {
            "index": 0,
            "finish_reason": "tool_calls",
            "message": {
                "role": "assistant",
                "content": "Looking: é🎈",
                "reasoning_content": "Hm, weather.",
                "tool_calls": [
                    {
                        "id": "c1",
                        "type": "function",
                        "function": {"name": "weather", "arguments": '{"city":"Oslo"}'},
                    },
                    {
                        "id": "c2",
                        "type": "function",
                        "function": {"name": "weather", "arguments": "{}"},
                    },
                ],
            },
        }
    ],
    "usage": USAGE,
}


def events_of(slug: str, *bodies: Any, **fields: Any) -> list[Any]:
    request = asked(slug, **fields)
    events = read(adapter_of(request).reader(request), [sse(*bodies)])
    assert isinstance(events, list), events
    return events


def pieces(events: list[Any]) -> list[Piece]:
    return [event for event in events if isinstance(event, Piece)]


def test_the_samples_are_openais() -> None:
    for each in TOOL_STREAM:
        ChatCompletionChunk.model_validate(each)
    ChatCompletion.model_validate(WHOLE)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_stream_put_together_is_the_plain_reply(slug: str) -> None:
    request = asked(slug)
    streamed = folded(events_of(slug, *TOOL_STREAM))
    whole = adapter_of(request).reader(request).reply(orjson.dumps(WHOLE))
    assert not isinstance(whole, ProviderError | Garbled)
    assert streamed == folded(whole)
    assert [call.id for call in streamed.choices[0].message.tool_calls or ()] == ["c1", "c2"]


def test_openais_events_are_passed_on_as_they_came() -> None:
    stream = sse(*TOOL_STREAM)
    events = events_of("gpt-5.4", *TOOL_STREAM)
    raw = b"".join(event.raw for event in events if event.raw)
    assert raw + b"data: [DONE]\n\n" == stream


TEXTS = st.sampled_from(["", " word", "é🎈", "line\nbreak", "data: "])
PIECES = st.builds(
    lambda index, delta, **rest: {"index": index, "delta": delta, **rest},
    st.integers(0, 1),
    st.builds(lambda text: {"content": text}, TEXTS)
    | st.just({"role": "assistant", "content": "Hi"})
    | st.builds(lambda text: {"refusal": text}, TEXTS),
    finish_reason=st.sampled_from([None, None, None, "stop"]),
    logprobs=st.sampled_from([None, None, {"content": [{"token": " word"}], "refusal": None}]),
)


@settings(max_examples=300, deadline=None)
@given(choices=st.lists(PIECES, max_size=12), pretty=st.booleans())
def test_a_run_of_texts_is_worth_the_same_as_its_events(
    choices: list[dict[str, Any]], *, pretty: bool
) -> None:
    bodies = [{**TOOL_STREAM[0], "choices": [choice]} for choice in choices]
    option = orjson.OPT_INDENT_2 if pretty else 0
    data = [orjson.dumps(body, option=option) for body in bodies]
    request = asked("gpt-5.4")
    singly: list[Any] = []
    reader: Any = adapter_of(request).reader(request)
    for each in data:
        read_now = reader.event(each)
        assert not isinstance(read_now, ProviderError | Garbled)
        singly += read_now
    together: list[Any] = []
    reader = adapter_of(request).reader(request)
    position = 0
    while position < len(data):
        position = reader.plain_text(data, position, together)
        if position < len(data):
            read_now = reader.event(data[position])
            assert not isinstance(read_now, ProviderError | Garbled)
            together += read_now
            position += 1
    assert len(together) <= len(singly)
    assert b"".join(each.raw for each in together) == b"".join(each.raw for each in singly)
    assert sum(each.tokens for each in together) == sum(each.tokens for each in singly)
    ends = [Piece(ChunkChoice(index=n, delta=Delta(), finish_reason="stop")) for n in (0, 1)]
    assert folded([*together, *ends]) == folded([*singly, *ends])


@pytest.mark.parametrize("slug", SLUGS)
def test_nothing_is_told_before_there_is_something_to_show(slug: str) -> None:
    request = asked(slug)
    reader = adapter_of(request).reader(request)
    assert reader.event(orjson.dumps(TOOL_STREAM[0])) in ((), [])
    first = reader.event(orjson.dumps(TOOL_STREAM[1]))
    assert isinstance(first, list)
    assert first[0].choice.delta.role == "assistant"


@pytest.mark.parametrize("slug", ["minimax-m2.7", "kimi-k2.6", "deepseek-v4-pro", "glm-4.7"])
def test_reasoning_is_kept_for_the_first_call_it_led_to(slug: str) -> None:
    assert kept(events_of(slug, *TOOL_STREAM)) == {"c1": {"reasoning": "Hm, weather."}}


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({**USAGE, "cached_tokens": 4}, (6, 4, 0, 7, 0)),
        ({**USAGE, "prompt_cache_hit_tokens": 4}, (6, 4, 0, 7, 0)),
        (
            {
                **USAGE,
                "prompt_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 2},
                "completion_tokens_details": {"reasoning_tokens": 5},
            },
            (5, 3, 2, 7, 5),
        ),
        ({**USAGE, "cached_tokens": 400, "completion_tokens": -3}, (0, 10, 0, 0, 0)),
    ],
)
def test_counts_are_disjoint_wherever_they_stand(
    usage: dict[str, Any], expected: tuple[int, ...]
) -> None:
    beside = chunk({"content": "Hi"}, "stop", usage=usage)
    within = chunk({"content": "Hi"}, "stop")
    within["choices"][0]["usage"] = usage
    for body in (beside, within):
        used = next(e.usage for e in events_of("kimi-k2.6", body) if isinstance(e, Counted))
        assert (
            used.uncached_input,
            used.cache_read,
            used.cache_write,
            used.output,
            used.reasoning,
        ) == expected


def test_counts_beside_choices_do_not_reach_callers_who_asked_for_none() -> None:
    events = events_of("gpt-5.4", chunk({"content": "Hi"}, "stop", usage=USAGE))
    assert [piece.raw for piece in pieces(events)] == [None]


def test_counts_of_nothing_are_none() -> None:
    body = chunk({"content": "Hi"}, usage={"total_tokens": 0, "total_characters": 0})
    assert not [e for e in events_of("minimax-m2.7", body) if isinstance(e, Counted)]


def test_calls_without_ids_or_under_one_number_are_told_apart() -> None:
    def call(**fields: Any) -> dict[str, Any]:
        return chunk({"tool_calls": [fields]})

    function = {"name": "weather", "arguments": "{}"}
    message = folded(
        events_of(
            "glm-4.7",
            call(index=0, function=function),
            call(index=1, id="a", function=function),
            call(index=1, id="b", function={"name": "weather", "arguments": {"city": "Oslo"}}),
            call(id="a", function={**function, "arguments": None}),
            call(function=function),
            chunk({"content": None}, "stop"),
        )
    ).choices[0]
    calls = message.message.tool_calls or []
    assert len({each.id for each in calls}) == len(calls) == 4
    assert [each.function.arguments for each in calls] == ["{}", "{}", '{"city":"Oslo"}', "{}"]
    assert message.finish_reason == "tool_calls"


def test_a_caller_who_wants_one_call_gets_the_first() -> None:
    reply = folded(events_of("kimi-k2.6", *TOOL_STREAM, tools=[WEATHER], parallel_tool_calls=False))
    assert [call.id for call in reply.choices[0].message.tool_calls or ()] == ["c1"]


@pytest.mark.parametrize(
    ("said", "finish"),
    [
        ("sensitive", "content_filter"),
        ("model_context_window_exceeded", "length"),
        ("eos", "stop"),
        ("length", "length"),
    ],
)
def test_every_reason_to_end_is_one_of_openais(said: str, finish: str) -> None:
    assert folded(events_of("glm-4.7", chunk({"content": "x"}, said))).choices[0].finish_reason == (
        finish
    )


@pytest.mark.parametrize(
    ("slug", "said"),
    [("glm-4.7", "network_error"), ("deepseek-v4-pro", "insufficient_system_resource")],
)
def test_an_end_that_is_a_failure_is_an_error_to_try_again(slug: str, said: str) -> None:
    request = asked(slug)
    found = read(adapter_of(request).reader(request), [sse(chunk({"content": ""}, said))])
    assert isinstance(found, ProviderError)
    assert found.error_class is ErrorClass.RETRY


def test_thoughts_between_tags_become_reasoning_and_are_told_once() -> None:
    stream = [
        chunk({"content": "<thi"}),
        chunk({"content": "nk>Hm."}),
        chunk({"content": "</think>\n\nHi"}),
        chunk({}, "stop"),
    ]
    message = folded(events_of("minimax-m2.7", *stream)).choices[0].message
    assert (message.reasoning_content, message.content) == ("Hm.", "Hi")
    twice = [chunk({"reasoning_details": [{"text": "Hm."}]}), *stream]
    message = folded(events_of("minimax-m2.7", *twice)).choices[0].message
    assert (message.reasoning_content, message.content) == ("Hm.", "Hi")


def test_minimax_may_send_all_of_the_text_anew() -> None:
    stream = [
        chunk({"role": "assistant", "content": "Hello"}),
        chunk({"role": "", "content": "Hello wor"}),
        chunk({"content": "Hello world"}),
        {**chunk({}), "choices": [{"index": 0, "finish_reason": "stop"}]},
        {"choices": None, "usage": USAGE, "base_resp": {"status_code": 0, "status_msg": ""}},
    ]
    assert folded(events_of("minimax-m2.7", *stream)).choices[0].message.content == "Hello world"


def test_what_minimax_finds_offensive_is_filtered() -> None:
    body = chunk({"content": "x"}, "stop", output_sensitive=True)
    assert folded(events_of("minimax-m2.7", body)).choices[0].finish_reason == "content_filter"


def test_a_json_reply_has_no_fence() -> None:
    fields = {"response_format": {"type": "json_object"}}
    stream = [chunk({"content": text}) for text in ("```", "json\n{", '"a": 1}\n', "```")]
    reply = folded(events_of("minimax-m2.7", *stream, chunk({}, "stop"), **fields))
    assert orjson.loads(reply.choices[0].message.content or "") == {"a": 1}


def test_boxes_of_glm_are_taken_out() -> None:
    stream = [
        chunk({"content": text}) for text in ("It is <|begin_", "of_box|>4", "2<|end_of_box|>.")
    ]
    reply = folded(events_of("glm-4.6v", *stream, chunk({}, "stop")))
    assert reply.choices[0].message.content == "It is 42."


def test_openais_odd_chunks_are_read_all_the_same() -> None:
    odd = chunk({"content": "Hi"}, "eos")
    odd["choices"][0]["index"] = None
    assert folded(events_of("gpt-5.4", odd)).choices[0].message.content == "Hi"


def test_blank_lines_and_comments_before_a_reply_are_passed_over() -> None:
    request = asked("deepseek-v4-pro")
    reader = adapter_of(request).reader(request)
    whole = reader.reply(b"\n\n \n" + orjson.dumps(WHOLE))
    assert not isinstance(whole, ProviderError | Garbled)
    stream = b": keep-alive\r\n\r\n" + sse(*TOOL_STREAM).replace(b"\n", b"\r\n")
    again = read(adapter_of(request).reader(request), [stream])
    assert isinstance(again, list)
    assert folded(again) == folded(whole)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{}", b"<html>", b'{"choices": []}'])
@pytest.mark.parametrize("slug", SLUGS)
def test_a_body_that_is_no_reply_is_garbled(slug: str, body: bytes) -> None:
    request = asked(slug)
    assert isinstance(adapter_of(request).reader(request).reply(body), Garbled)


@settings(max_examples=150, deadline=None)
@given(
    slug=st.sampled_from(SLUGS),
    places=st.lists(st.integers(0, 5000), max_size=40),
)
def test_how_a_stream_is_cut_makes_no_difference(slug: str, places: list[int]) -> None:
    stream = sse(*TOOL_STREAM)
    edges = sorted({0, len(stream), *(place % len(stream) for place in places)})
    request = asked(slug)
    parts = [stream[a:b] for a, b in pairwise(edges)]
    events = read(adapter_of(request).reader(request), parts)
    assert isinstance(events, list)
    assert folded(events) == folded(events_of(slug, *TOOL_STREAM))


@settings(max_examples=400, deadline=None)
@given(
    slug=st.sampled_from(SLUGS),
    changes=st.lists(st.tuples(st.integers(0, 5000), st.binary(max_size=3)), max_size=6),
)
def test_no_bytes_raise_or_count_below_nothing(slug: str, changes: list[tuple[int, bytes]]) -> None:
    stream = sse(*TOOL_STREAM)
    for place, new in changes:
        at = place % len(stream)
        stream = stream[:at] + new + stream[at + len(new) :]
    request = asked(slug)
    events = read(adapter_of(request).reader(request), [stream])
    for event in events if isinstance(events, list) else ():
        if isinstance(event, Counted):
            used = event.usage
            assert min(used.uncached_input, used.cache_read, used.output, used.reasoning) >= 0


NAMES = [
    *("choices", "delta", "message", "content", "tool_calls", "function", "index", "id", "usage"),
    *("prompt_tokens", "error", "base_resp", "finish_reason", "arguments", "reasoning_details"),
    "output_sensitive",
]
WHOLE_NUMBERS = st.integers(-(2**63), 2**63 - 1)
JSON = st.recursive(
    st.none() | st.booleans() | WHOLE_NUMBERS | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(slug=st.sampled_from(SLUGS), body=JSON)
def test_no_json_raises(slug: str, body: Any) -> None:
    request = asked(slug)
    adapter = adapter_of(request)
    adapter.reader(request).event(orjson.dumps(body))
    adapter.reader(request).reply(orjson.dumps(body))
    adapter.error(400, {}, orjson.dumps(body))
