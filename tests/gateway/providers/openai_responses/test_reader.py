"""Replies of the Responses API, made by OpenAI's own types and read here."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from miavo_gateway.chat_events import Counted, Piece
from miavo_gateway.providers.exchange import ErrorClass, Garbled, ProviderError
from miavo_gateway.providers.openai_responses import OPENAI
from tests.gateway.providers.openai_shaped.asking import NAMED, WEATHER, asked, folded, kept, read

EVENT: TypeAdapter[ResponseStreamEvent] = TypeAdapter(ResponseStreamEvent)
USAGE = {
    "input_tokens": 10,
    "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 1},
    "output_tokens": 9,
    "output_tokens_details": {"reasoning_tokens": 5},
    "total_tokens": 19,
}
THOUGHT = {
    "type": "reasoning",
    "id": "rs1",
    "summary": [{"type": "summary_text", "text": "Hm."}],
    "encrypted_content": "abc",
}
MESSAGE = {
    "type": "message",
    "id": "m1",
    "role": "assistant",
    "status": "completed",
    "content": [{"type": "output_text", "text": "Héllo 🎈", "annotations": []}],
}


def call(number: int) -> dict[str, Any]:
    return {
        "type": "function_call",
        "id": f"fc{number}",
        "call_id": f"c{number}",
        "name": "weather",
        "arguments": '{"city":"Oslo"}',
        "status": "completed",
    }


def response(*output: dict[str, Any], status: str = "completed", **fields: Any) -> dict[str, Any]:
    return {
        "id": "r1",
        "object": "response",
        "created_at": 1,
        "model": "gpt-5.5",
        "output": list(output),
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "status": status,
        "usage": USAGE,
        **fields,
    }


def events(
    *items: dict[str, Any], status: str = "completed", **fields: Any
) -> list[dict[str, Any]]:
    """The events of a response with these items, as the API streams them."""
    made: list[dict[str, Any]] = [
        {"type": "response.created", "response": response(status="in_progress", usage=None)}
    ]
    for place, item in enumerate(items):
        at = {"output_index": place, "item_id": item["id"]}
        begun = {**item, "status": "in_progress"}
        begun.update({"content": []} if item["type"] == "message" else {})
        begun.update({"arguments": ""} if item["type"] == "function_call" else {})
        begun.update({"encrypted_content": "a"} if item["type"] == "reasoning" else {})
        added = {"type": "response.output_item.added", "output_index": place, "item": begun}
        made += [added, {"type": "keepalive"}]
        for piece in item.get("summary", ()):
            part = {"summary_index": 0, "part": {"type": "summary_text", "text": ""}}
            made += [
                {"type": "response.reasoning_summary_part.added", **at, **part},
                {
                    "type": "response.reasoning_summary_text.delta",
                    **at,
                    "summary_index": 0,
                    "delta": piece["text"],
                },
            ]
        for piece in item.get("content", ()):
            kind = "refusal" if "refusal" in piece else "output_text"
            made += [
                {
                    "type": f"response.{kind}.delta",
                    **at,
                    "content_index": 0,
                    "delta": letter,
                    "logprobs": [],
                }
                for letter in piece.get("refusal") or piece["text"]
            ]
        if "arguments" in item:
            made += [
                {"type": "response.function_call_arguments.delta", **at, "delta": item["arguments"]}
            ]
        made += [{"type": "response.output_item.done", "output_index": place, "item": item}]
    end = response(*items, status=status, **fields)
    made += [{"type": f"response.{status}", "response": end}]
    numbered = [{**each, "sequence_number": number} for number, each in enumerate(made)]
    for each in numbered:
        if each["type"] != "keepalive":
            EVENT.validate_python(each)
    return numbered


def stream(*items: dict[str, Any], **fields: Any) -> bytes:
    return b"".join(
        f"event: {each['type']}\n".encode() + b"data: " + orjson.dumps(each) + b"\n\n"
        for each in events(*items, **fields)
    )


def reading(*chunks: bytes, **fields: Any) -> Any:
    request = asked("gpt-5.5-pro", **fields)
    return read(OPENAI.reader(request), chunks)


def whole(body: Any) -> Any:
    return OPENAI.reader(asked("gpt-5.5-pro")).reply(orjson.dumps(body))


SAMPLES = {
    "text": (THOUGHT, MESSAGE),
    "calls": (THOUGHT, MESSAGE, call(1), call(2)),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_stream_put_together_is_the_plain_reply(name: str) -> None:
    items = SAMPLES[name]
    body = response(*items)
    Response.model_validate(body)
    reply = folded(reading(stream(*items)))
    assert reply == folded(whole(body))
    message = reply.choices[0].message
    assert (message.content, message.reasoning_content) == ("Héllo 🎈", "Hm.")
    assert [each.id for each in message.tool_calls or ()] == ["c1", "c2"][: len(items) - 2]
    assert reply.choices[0].finish_reason == ("tool_calls" if len(items) > 2 else "stop")


def test_counts_are_disjoint() -> None:
    used = next(e.usage for e in reading(stream(MESSAGE)) if isinstance(e, Counted))
    assert (used.uncached_input, used.cache_read, used.cache_write) == (5, 4, 1)
    assert (used.output, used.reasoning) == (9, 5)


def test_the_whole_reasoning_is_kept_for_the_call_that_follows_it() -> None:
    second = {**THOUGHT, "id": "rs2"}
    found = kept(reading(stream(THOUGHT, call(1), call(2), second, call(3))))
    assert found == {"c1": {"reasoning": [THOUGHT]}, "c3": {"reasoning": [second]}}


def test_a_call_of_the_function_that_was_named_ends_with_stop() -> None:
    fields = {"tools": [WEATHER], "tool_choice": NAMED}
    assert folded(reading(stream(call(1)), **fields)).choices[0].finish_reason == "stop"


def test_a_refusal_is_one() -> None:
    refusal = {**MESSAGE, "content": [{"type": "refusal", "refusal": "No."}]}
    message = folded(reading(stream(refusal))).choices[0].message
    assert (message.content, message.refusal) == (None, "No.")


@pytest.mark.parametrize(
    ("reason", "finish"),
    [("max_output_tokens", "length"), ("content_filter", "content_filter")],
)
def test_an_incomplete_reply_says_why(reason: str, finish: str) -> None:
    found = reading(stream(MESSAGE, status="incomplete", incomplete_details={"reason": reason}))
    assert folded(found).choices[0].finish_reason == finish


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("server_error", ErrorClass.RETRY),
        ("rate_limit_exceeded", ErrorClass.THROTTLE),
        ("invalid_image", ErrorClass.CLIENT),
        ("bio_policy", ErrorClass.CONTENT_FILTER),
    ],
)
def test_a_response_that_failed_is_an_error(code: str, expected: ErrorClass) -> None:
    error = {"code": code, "message": "Oh"}
    body = response(status="failed", error=error)
    alone = {"type": "error", "sequence_number": 1, "param": None, **error}
    for found in (reading(stream(status="failed", error=error)), whole(body)):
        assert isinstance(found, ProviderError)
        assert (found.code, found.message, found.error_class) == (code, "Oh", expected)
    found = reading(b"data: " + orjson.dumps(alone) + b"\n\n")
    assert isinstance(found, ProviderError)
    assert found.message == "Oh"


def test_nothing_is_told_while_the_model_thinks() -> None:
    begun = stream({**THOUGHT, "summary": []}).partition(b"event: response.completed")[0]
    assert not [event for event in reading(begun) if isinstance(event, Piece)]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"<html>"])
def test_a_body_that_is_no_reply_is_garbled(body: bytes) -> None:
    assert isinstance(OPENAI.reader(asked("gpt-5.5-pro")).reply(body), Garbled)


@settings(max_examples=100, deadline=None)
@given(places=st.lists(st.integers(0, 20_000), max_size=40))
def test_how_a_stream_is_cut_makes_no_difference(places: list[int]) -> None:
    sample = stream(*SAMPLES["calls"])
    edges = sorted({0, len(sample), *(place % len(sample) for place in places)})
    parts = [sample[a:b] for a, b in pairwise(edges)]
    assert folded(reading(*parts)) == folded(reading(sample))


@settings(max_examples=300, deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, 20_000), st.binary(max_size=3)), max_size=6))
def test_no_bytes_raise_or_count_below_nothing(changes: list[tuple[int, bytes]]) -> None:
    sample = stream(*SAMPLES["calls"])
    for place, new in changes:
        at = place % len(sample)
        sample = sample[:at] + new + sample[at + len(new) :]
    found = reading(sample)
    for event in found if isinstance(found, list) else ():
        if isinstance(event, Counted):
            used = event.usage
            assert min(used.uncached_input, used.cache_read, used.output, used.reasoning) >= 0
