"""From Converse's replies to OpenAI's events."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miavo_gateway.chat_events import Counted, Piece
from miavo_gateway.flow.reply import ReplyFold, ReplyHead
from miavo_gateway.providers.bedrock.reader import ConverseReader
from miavo_gateway.providers.claude.tool_names import ToolNames
from miavo_gateway.providers.exchange import ErrorClass, Garbled, Kept, ProviderError, ReplyEvent
from miavo_gateway.providers.json_text import JsonText
from miavo_gateway.usage import UsageBuckets
from tests.gateway.providers.bedrock.asking import WEATHER, asked
from tests.gateway.providers.bedrock.service_model import operation, sample

NAMES = ToolNames.of(asked(tools=[WEATHER]).request)
USAGE = {
    "inputTokens": 5,
    "outputTokens": 40,
    "totalTokens": 61,
    "cacheReadInputTokens": 12,
    "cacheWriteInputTokens": 4,
}
THINKING = {"usage": {"output_tokens_details": {"thinking_tokens": 9}}}


def delta(index: int, **what: Any) -> bytes:
    return event("contentBlockDelta", contentBlockIndex=index, delta=what)


def event(kind: str, **payload: Any) -> bytes:
    return json.dumps({kind: {**payload, "p": "abcdef"}}).encode()


def tool(index: int, call_id: str, name: str) -> bytes:
    start = {"toolUse": {"toolUseId": call_id, "name": name}}
    return event("contentBlockStart", contentBlockIndex=index, start=start)


def stop(index: int) -> bytes:
    return event("contentBlockStop", contentBlockIndex=index)


def end(reason: str, **more: Any) -> list[bytes]:
    return [event("messageStop", stopReason=reason, **more), event("metadata", usage=USAGE)]


def read(reader: ConverseReader, events: list[bytes]) -> list[ReplyEvent]:
    found: list[ReplyEvent] = []
    for data in events:
        one = reader.event(data)
        assert not isinstance(one, (Garbled, ProviderError)), one
        found += one
    last = reader.finish()
    assert not isinstance(last, (Garbled, ProviderError)), last
    return [*found, *last]


def folded(events: list[ReplyEvent]) -> dict[str, Any]:
    """The reply as OpenAI's clients get it."""
    fold = ReplyFold()
    usage = UsageBuckets()
    for each in events:
        if isinstance(each, Piece):
            fold.add(each.choice)
        elif isinstance(each, Counted):
            usage = each.usage
    choice = fold.reply(ReplyHead("m"), usage).choices[0]
    return {**choice.message.model_dump(), "finish_reason": choice.finish_reason, "usage": usage}


ALL_KINDS = [
    event("messageStart", role="assistant"),
    delta(0, reasoningContent={"text": "Let me "}),
    delta(0, reasoningContent={"text": "look."}),
    delta(0, reasoningContent={"signature": "c2ln"}),
    stop(0),
    delta(1, text="Grüße "),
    delta(1, text="\N{WAVING HAND SIGN}"),
    stop(1),
    delta(2, reasoningContent={"redactedContent": "AAEC"}),
    stop(2),
    tool(3, "tooluse_1", "weather"),
    delta(3, toolUse={"input": ""}),
    delta(3, toolUse={"input": '{"city": "Ro'}),
    delta(3, toolUse={"input": 'me"}'}),
    stop(3),
    tool(4, "tooluse_2", "clock"),
    stop(4),
    event("aNewEvent", some="thing"),
    *end("tool_use", additionalModelResponseFields=THINKING),
]
WHOLE = {
    "metrics": {"latencyMs": 1},
    "output": {
        "message": {
            "role": "assistant",
            "content": [
                {
                    "reasoningContent": {
                        "reasoningText": {"text": "Let me look.", "signature": "c2ln"}
                    }
                },
                {"text": "Grüße \N{WAVING HAND SIGN}"},
                {"reasoningContent": {"redactedContent": "AAEC"}},
                {
                    "toolUse": {
                        "toolUseId": "tooluse_1",
                        "name": "weather",
                        "input": {"city": "Rome"},
                    }
                },
                {"toolUse": {"toolUseId": "tooluse_2", "name": "clock", "input": {}}},
            ],
        }
    },
    "stopReason": "tool_use",
    "usage": USAGE,
    "additionalModelResponseFields": THINKING,
}


def test_a_stream_of_every_kind_becomes_one_message() -> None:
    assert folded(read(ConverseReader(NAMES), ALL_KINDS)) == {
        "role": "assistant",
        "content": "Grüße \N{WAVING HAND SIGN}",
        "refusal": None,
        "reasoning_content": "Let me look.",
        "tool_calls": [
            {
                "id": "tooluse_1",
                "type": "function",
                "function": {"name": "weather", "arguments": '{"city": "Rome"}'},
            },
            {
                "id": "tooluse_2",
                "type": "function",
                "function": {"name": "clock", "arguments": "{}"},
            },
        ],
        "finish_reason": "tool_calls",
        "usage": UsageBuckets(
            uncached_input=5, cache_read=12, cache_write=4, output=40, reasoning=9
        ),
    }


def test_a_whole_reply_is_the_same_as_a_stream() -> None:
    streamed = read(ConverseReader(NAMES), ALL_KINDS)
    whole = ConverseReader(NAMES).reply(json.dumps(WHOLE).encode())
    assert not isinstance(whole, (Garbled, ProviderError))
    assert folded(list(whole)) == folded(streamed)
    assert [each for each in whole if isinstance(each, Kept)] == [
        each for each in streamed if isinstance(each, Kept)
    ]


def test_thoughts_are_kept_with_the_call_they_led_to() -> None:
    kept = [each for each in read(ConverseReader(NAMES), ALL_KINDS) if isinstance(each, Kept)]
    assert kept == [
        Kept(
            "tooluse_1",
            [
                {"after": 0, "text": "Let me look.", "signature": "c2ln"},
                {"after": 7, "redacted": "AAEC"},
            ],
        )
    ]


def test_nothing_is_shown_before_there_is_something_to_show() -> None:
    reader = ConverseReader(NAMES)
    assert reader.event(event("messageStart", role="assistant")) == ()
    [first] = reader.event(delta(0, text="Hi"))
    [second] = reader.event(delta(0, text="!"))
    assert (first.choice.delta.role, second.choice.delta.role) == ("assistant", None)


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("tool_use", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("guardrail_intervened", "content_filter"),
        ("content_filtered", "content_filter"),
        ("refusal", "content_filter"),
        ("something_new", "stop"),
    ],
)
def test_stop_reasons(reason: str, finish: str) -> None:
    reply = folded(read(ConverseReader(NAMES), [delta(0, text="Hi"), *end(reason)]))
    assert reply["finish_reason"] == finish


@pytest.mark.parametrize("reason", ["malformed_model_output", "malformed_tool_use"])
def test_malformed_output_is_the_models_fault(reason: str) -> None:
    error = ConverseReader(NAMES).event(end(reason)[0])
    assert isinstance(error, ProviderError)
    assert error.error_class is ErrorClass.RETRY


def test_every_stop_reason_of_the_service_model_is_known() -> None:
    reasons = operation("Converse").output_shape.members["stopReason"].enum
    for reason in reasons:
        assert not isinstance(ConverseReader(NAMES).event(end(reason)[0]), Garbled)


def test_every_event_of_the_service_model_is_read() -> None:
    stream = operation("ConverseStream").get_event_stream_output()
    reader = ConverseReader(NAMES)
    for kind, shape in stream.members.items():
        payload = sample(shape)
        if kind.endswith("Exception"):
            data = json.dumps({"exception": kind, "said": payload}).encode()
            assert isinstance(reader.event(data), ProviderError)
        else:
            data = json.dumps({kind: payload}).encode()
            assert not isinstance(reader.event(data), (Garbled, ProviderError))


def test_every_block_of_the_service_model_is_read_or_passed_over() -> None:
    shape = operation("Converse").output_shape
    block = shape.members["output"].members["message"].members["content"].member
    blocks = [{kind: sample(member)} for kind, member in block.members.items()]
    body = {**sample(shape), "output": {"message": {"role": "assistant", "content": blocks}}}
    reply = ConverseReader(NAMES).reply(json.dumps(body).encode())
    assert not isinstance(reply, (Garbled, ProviderError))
    assert folded(list(reply))["content"] == "text"


def test_the_arguments_of_the_answer_tool_are_the_text_and_nothing_else_is() -> None:
    events = [
        delta(0, text="Here it is:"),
        tool(1, "t1", "give_answer"),
        delta(1, toolUse={"input": '{"sum"'}),
        delta(1, toolUse={"input": ": 4}"}),
        stop(1),
        tool(2, "t2", "give_answer"),
        delta(2, toolUse={"input": '{"sum": 5}'}),
        stop(2),
        *end("tool_use"),
    ]
    reply = folded(read(ConverseReader(NAMES, "give_answer"), events))
    assert (reply["content"], reply["finish_reason"]) == ('{"sum": 4}', "stop")
    assert "tool_calls" not in reply


def test_a_real_call_in_place_of_the_answer_is_a_call() -> None:
    events = [tool(0, "t1", "weather"), stop(0), *end("tool_use")]
    reply = folded(read(ConverseReader(NAMES, "give_answer"), events))
    assert (reply["content"], reply["finish_reason"]) == (None, "tool_calls")


def test_words_in_place_of_the_answer_are_not_lost() -> None:
    events = [delta(0, text="I "), delta(0, text="cannot."), stop(0), *end("end_turn")]
    reply = folded(read(ConverseReader(NAMES, "give_answer"), events))
    assert (reply["content"], reply["finish_reason"]) == ("I cannot.", "stop")


def test_json_that_was_asked_for_comes_without_its_fence() -> None:
    events = [delta(0, text=each) for each in ("``", '`json\n{"a', '": "}"}\n`', "``")]
    reader = ConverseReader(NAMES, json_text=JsonText())
    assert folded(read(reader, [*events, *end("end_turn")]))["content"] == '{"a": "}"}'


def test_a_tool_has_the_name_that_the_caller_gave_it() -> None:
    names = ToolNames.of(asked(tools=[{"type": "function", "function": {"name": "a.b"}}]).request)
    reply = folded(
        read(ConverseReader(names), [tool(0, "t", names.wire("a.b")), stop(0), *end("tool_use")])
    )
    assert reply["tool_calls"][0]["function"]["name"] == "a.b"


@pytest.mark.parametrize(
    "body",
    [b'{"message":"Model is busy"}', b'{"__type":"com.amazon#ThrottlingException"}'],
)
def test_an_error_in_place_of_a_whole_reply_is_one(body: bytes) -> None:
    assert isinstance(ConverseReader(NAMES).reply(body), ProviderError)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b'{"output":1}', b"\xff", b"<html>"])
def test_what_is_no_reply_is_garbled(body: bytes) -> None:
    assert isinstance(ConverseReader(NAMES).reply(body), Garbled)


def test_an_event_that_is_nested_without_end_is_garbled() -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    assert isinstance(ConverseReader(NAMES).event(b'{"said":' + deep + b"}"), Garbled)
    assert isinstance(ConverseReader(NAMES).reply(b'{"new":' + deep + b"}"), Garbled)


@given(st.data())
def test_no_bytes_make_the_reader_raise_or_count_below_nothing(data: st.DataObject) -> None:
    events = list(ALL_KINDS)
    place = data.draw(st.integers(0, len(events) - 1))
    damaged = bytearray(events[place])
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    events[place] = bytes(damaged)
    reader = ConverseReader(NAMES, data.draw(st.sampled_from([None, "weather", "clock"])))
    found: list[ReplyEvent] = []
    for each in [*events, data.draw(st.binary(max_size=40)), json.dumps(WHOLE).encode()]:
        read = reader.event(each)
        if not isinstance(read, (Garbled, ProviderError)):
            found += read
    reader.reply(bytes(damaged))
    reader.reply(data.draw(st.binary(max_size=40)))
    for one in found:
        if isinstance(one, Counted):
            usage = one.usage
            counts = (usage.uncached_input, usage.cache_read, usage.cache_write, usage.output)
            assert min(*counts, usage.reasoning) >= 0
            assert usage.reasoning <= usage.output
