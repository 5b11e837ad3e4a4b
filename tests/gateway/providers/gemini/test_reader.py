"""Replies of Gemini's as OpenAI's events; the bytes are made by google-genai's own types."""

from __future__ import annotations

import base64
import itertools
from typing import Any

import orjson
import pytest
from google.genai import types
from hypothesis import given
from hypothesis import strategies as st

from miavo_gateway.chat_events import Counted, Piece
from miavo_gateway.flow.reply import ReplyFold, ReplyHead
from miavo_gateway.providers.adapter import Access
from miavo_gateway.providers.exchange import ErrorClass, Garbled, Kept, ProviderError
from miavo_gateway.providers.gemini.adapter import GeminiAdapter
from miavo_gateway.providers.gemini.reader import GeminiReader
from miavo_gateway.providers.sse import SseParser
from miavo_gateway.sandbox.gemini import GoogleSimulator
from miavo_gateway.sandbox.simulator import Received
from miavo_gateway.schema.chunk import Delta
from miavo_gateway.usage import UsageBuckets
from tests.gateway.providers.gemini.asking import asked, tool, user

SIGNATURE = b"\xfb\xff a signature"


def reader(**fields: Any) -> GeminiReader:
    return GeminiAdapter().reader(asked(**fields))


def response(
    *parts: types.Part, finish: str | None = None, usage: dict[str, int] | None = None, **more: Any
) -> bytes:
    """A response with one candidate, as google-genai writes it."""
    candidate = types.Candidate(
        content=types.Content(role="model", parts=list(parts)) if parts else None,
        finish_reason=types.FinishReason(finish) if finish else None,
        **more,
    )
    made = types.GenerateContentResponse(
        candidates=[candidate],
        usage_metadata=types.GenerateContentResponseUsageMetadata(**usage) if usage else None,
        response_id="r1",
    )
    return made.model_dump_json(by_alias=True, exclude_none=True).encode()


def pieces(read: Any) -> list[Piece]:
    return [event for event in read if isinstance(event, Piece)]


def deltas(read: Any) -> list[Delta]:
    return [piece.choice.delta for piece in pieces(read)]


def call(name: str = "weather", *, signed: bool = False, **args: Any) -> types.Part:
    part = types.Part(function_call=types.FunctionCall(name=name, args=args))
    if signed:
        part.thought_signature = SIGNATURE
    return part


def test_thoughts_text_and_the_end_are_pieces_and_the_role_comes_once() -> None:
    read = reader()
    assert deltas(read.event(response(types.Part(text="Hm.", thought=True)))) == [
        Delta(role="assistant", reasoning_content="Hm.")
    ]
    assert deltas(read.event(response(types.Part(text="Hel"), types.Part(text="lo")))) == [
        Delta(content="Hel"),
        Delta(content="lo"),
    ]
    [last] = pieces(read.event(response(types.Part(text=""), finish="STOP")))
    assert (last.choice.delta, last.choice.finish_reason) == (Delta(), "stop")
    assert read.finish() == ()


def test_parallel_calls_come_whole_with_ids_of_their_own_and_end_as_tool_calls() -> None:
    read = reader(tools=[tool()])
    events = read.event(response(call(signed=True, city="Oslo"), call(city="Rom")))
    assert isinstance(events, list)
    kept, *_ = events
    first, second = [delta.tool_calls[0] for delta in deltas(events) if delta.tool_calls]
    assert (first.index, second.index) == (0, 1)
    assert first.id != second.id
    assert first.function is not None
    assert first.function.name == "weather"
    assert orjson.loads(first.function.arguments or "") == {"city": "Oslo"}
    assert isinstance(kept, Kept)
    assert kept.call_id == first.id
    assert base64.urlsafe_b64decode(kept.state["signature"]) == SIGNATURE
    assert kept.state["model"] == "gemini-3.1-pro-preview"
    [end] = pieces(read.event(response(finish="STOP")))
    assert end.choice.finish_reason == "tool_calls"


def test_an_id_of_googles_is_the_calls_own() -> None:
    part = types.Part(function_call=types.FunctionCall(name="weather", id="fc-1"))
    [delta] = deltas(reader().event(response(part)))
    assert delta.tool_calls is not None
    assert delta.tool_calls[0].id == "fc-1"
    assert delta.tool_calls[0].function is not None
    assert delta.tool_calls[0].function.arguments == "{}"


def test_two_replies_never_give_the_same_id() -> None:
    ids = set()
    for city in ("Oslo", "Rom"):
        [delta] = deltas(reader().event(response(call(city=city))))
        ids.add((delta.tool_calls or [])[0].id)
    assert len(ids) == 2


def test_without_parallel_calls_the_first_is_all() -> None:
    read = reader(tools=[tool()], parallel_tool_calls=False)
    events = read.event(response(call(signed=True, city="Oslo"), call(city="Rom"), finish="STOP"))
    assert sum(bool(delta.tool_calls) for delta in deltas(events)) == 1
    assert sum(isinstance(event, Kept) for event in events) == 1


def test_a_changed_name_is_the_callers_again() -> None:
    read = reader(tools=[tool("1st")])
    [delta] = deltas(read.event(response(call("_1st"))))
    assert (delta.tool_calls or [])[0].function is not None
    assert (delta.tool_calls or [])[0].function.name == "1st"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("MAX_TOKENS", "length"),
        ("SAFETY", "content_filter"),
        ("RECITATION", "content_filter"),
        ("BLOCKLIST", "content_filter"),
        ("PROHIBITED_CONTENT", "content_filter"),
        ("SPII", "content_filter"),
        ("OTHER", "content_filter"),
    ],
)
def test_a_finish_reason_is_openais(reason: str, finish: str) -> None:
    [end] = pieces(reader().event(response(finish=reason)))
    assert end.choice.finish_reason == finish
    assert end.choice.delta.role == "assistant"
    assert bool(end.choice.delta.refusal) == (finish == "content_filter")


def test_a_filter_that_cuts_a_text_leaves_what_was_said() -> None:
    [said, end] = pieces(reader().event(response(types.Part(text="Well"), finish="SAFETY")))
    assert said.choice.delta.content == "Well"
    assert (end.choice.delta.refusal, end.choice.finish_reason) == (None, "content_filter")


@pytest.mark.parametrize("reason", ["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL"])
def test_a_call_that_nobody_can_use_is_an_error_of_the_provider(reason: str) -> None:
    read = reader().event(response(finish=reason, finish_message="Malformed call: print("))
    assert read == ProviderError(reason, "Malformed call: print(", ErrorClass.RETRY)


def test_a_blocked_prompt_is_a_refusal() -> None:
    made = types.GenerateContentResponse(
        prompt_feedback=types.GenerateContentResponsePromptFeedback(
            block_reason=types.BlockedReason.PROHIBITED_CONTENT
        ),
        usage_metadata=types.GenerateContentResponseUsageMetadata(prompt_token_count=4),
    )
    body = made.model_dump_json(by_alias=True, exclude_none=True).encode()
    for read in (reader().event(body), reader().reply(body)):
        [piece] = pieces(read)
        assert piece.choice.finish_reason == "content_filter"
        assert piece.choice.delta.role == "assistant"
        assert "PROHIBITED_CONTENT" in (piece.choice.delta.refusal or "")
        assert Counted(UsageBuckets(uncached_input=4)) in read  # type: ignore[operator]


@pytest.mark.parametrize(
    ("usage", "counted"),
    [
        (
            {"prompt_token_count": 9, "candidates_token_count": 7, "total_token_count": 16},
            UsageBuckets(uncached_input=9, output=7),
        ),
        (
            {
                "prompt_token_count": 9,
                "cached_content_token_count": 4,
                "candidates_token_count": 7,
                "thoughts_token_count": 30,
                "tool_use_prompt_token_count": 5,
                "total_token_count": 51,
            },
            UsageBuckets(uncached_input=10, cache_read=4, output=37, reasoning=30),
        ),
        (  # The total shows that the thoughts are among the candidates' tokens.
            {
                "prompt_token_count": 9,
                "candidates_token_count": 37,
                "thoughts_token_count": 30,
                "total_token_count": 46,
            },
            UsageBuckets(uncached_input=9, output=37, reasoning=30),
        ),
        ({"prompt_token_count": 9, "total_token_count": 12}, UsageBuckets(9, output=3)),
        ({"prompt_token_count": -9, "candidates_token_count": -1}, UsageBuckets()),
    ],
)
def test_counts_are_disjoint(usage: dict[str, int], counted: UsageBuckets) -> None:
    assert reader().event(response(usage=usage)) == [Counted(counted)]


def test_counts_that_say_nothing_of_the_output_do_not_undo_what_was_seen() -> None:
    read = reader()
    read.event(response(types.Part(text="Hello there, you!")))
    [counted] = read.event(response(usage={"prompt_token_count": 9, "total_token_count": 9}))
    assert counted == Counted(UsageBuckets(9, output=5))


def test_the_same_counts_are_told_once() -> None:
    read, usage = reader(), {"prompt_token_count": 9, "candidates_token_count": 1}
    assert read.event(response(usage=usage))
    assert read.event(response(usage=usage)) == []


def test_several_candidates_are_choices() -> None:
    read = reader()
    read.event(response(types.Part(text="a"), index=0))
    [piece] = pieces(read.event(response(types.Part(text="b"), index=1, finish="STOP")))[:1]
    assert (piece.choice.index, piece.choice.delta.role) == (1, "assistant")


def test_logprobs_are_openais() -> None:
    likely = types.LogprobsResultCandidate(token="Hé", log_probability=-0.5, token_id=3)
    result = types.LogprobsResult(
        chosen_candidates=[likely],
        top_candidates=[types.LogprobsResultTopCandidates(candidates=[likely])],
    )
    [piece] = pieces(reader().event(response(types.Part(text="Hé"), logprobs_result=result)))
    token = {"token": "Hé", "logprob": -0.5, "bytes": [72, 195, 169]}
    assert piece.choice.logprobs == {
        "content": [{**token, "top_logprobs": [token]}],
        "refusal": None,
    }


@pytest.mark.parametrize(
    "data",
    [
        b'{"error":{"code":429,"message":"slow","status":"RESOURCE_EXHAUSTED"}}',
        b'[{"error":{"code":429,"message":"slow","status":"RESOURCE_EXHAUSTED"}}]',
    ],
)
def test_an_error_within_a_stream_has_the_class_of_its_own_status(data: bytes) -> None:
    error = ProviderError("RESOURCE_EXHAUSTED", "slow", ErrorClass.THROTTLE)
    assert reader().event(data) == error
    assert reader().reply(data) == error


def test_a_stream_without_sse_is_read_as_a_whole() -> None:
    body = b"[" + response(types.Part(text="a")) + b",\r\n" + response(finish="STOP") + b"]"
    assert [delta.content for delta in deltas(reader().reply(body))] == ["a", None]


@pytest.mark.parametrize("data", [b"", b"{", b"null", b"7", b'"x"', b'{"candidates":7}', b"\xff"])
def test_what_is_no_response_is_garbled(data: bytes) -> None:
    assert isinstance(reader().event(data), Garbled)


@pytest.mark.parametrize("opening", [b"", b'{"error":', b'{"new":', b'{"candidates":'])
def test_what_is_nested_without_end_is_garbled(opening: bytes) -> None:
    assert isinstance(reader().event(opening + b"[" * 100_000), Garbled)


def test_a_reply_without_candidates_is_garbled() -> None:
    assert isinstance(reader().reply(b"{}"), Garbled)


def test_unknown_fields_and_parts_are_passed_over() -> None:
    data = b'{"new":{},"candidates":[{"new":1,"content":{"parts":[{"executableCode":{}}]}}]}'
    assert reader().event(data) == []


def simulated(method: str, **fields: Any) -> tuple[list[bytes], GeminiReader]:
    request = asked("gemini-3-flash", **fields)
    wire = GeminiAdapter().chat_request(request, Access("a-key", "http://x"))
    path = wire.url.removeprefix("http://x").partition(":")[0]
    query = {"alt": "sse"} if method.startswith("stream") else {}
    received = Received("POST", f"{path}:{method}", query, dict(wire.headers), wire.body)
    answer = GoogleSimulator("google").answer(received)
    assert answer.status == 200, answer.parts[0].data
    return [part.data for part in answer.parts], GeminiAdapter().reader(request)


def folded(events: list[Any]) -> Any:
    fold = ReplyFold()
    usage = UsageBuckets()
    for event in events:
        if isinstance(event, Piece):
            fold.add(event.choice)
        elif isinstance(event, Counted):
            usage = event.usage
    kept = [event for event in events if isinstance(event, Kept)]
    return fold.reply(ReplyHead("m", "id", 0), usage), kept


CASES: list[dict[str, Any]] = [
    {},
    {"reasoning_effort": "high", "messages": [user("Grüße 👋 ﷽, tell me [[long 40]]")]},
    {"tools": [tool(), tool("clock")], "messages": [user("Ask weather and clock.")]},
    {"messages": [user("[[refuse]]")]},
    {"messages": [user("[[empty]]")]},
    {"messages": [user("Say much [[long 90]]")], "max_tokens": 20},
    {"response_format": {"type": "json_object"}},
]


@pytest.mark.parametrize("fields", CASES)
def test_a_stream_put_together_is_the_plain_reply(fields: dict[str, Any]) -> None:
    parts, read = simulated("streamGenerateContent", **fields)
    framing, events = SseParser(), []
    for data in [*framing.feed(b"".join(parts)), *framing.finish()]:
        events += read.event(data)
    [body], plain = simulated("generateContent", **fields)
    assert folded(events) == folded(list(plain.reply(body)))  # type: ignore[arg-type]


@given(
    case=st.sampled_from(CASES[:3]),
    cuts=st.lists(st.integers(0, 4000), max_size=12),
    mutations=st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=3),
)
def test_no_bytes_however_cut_raise_or_count_below_nothing(
    case: dict[str, Any], cuts: list[int], mutations: list[tuple[int, int]]
) -> None:
    parts, read = simulated("streamGenerateContent", **case)
    whole = bytearray(b"".join(parts))
    for place, byte in mutations:
        whole[place % len(whole)] = byte
    edges = [0, *sorted(cut % len(whole) for cut in cuts), len(whole)]
    framing, events = SseParser(), []
    for start, end in itertools.pairwise(edges):
        for data in framing.feed(bytes(whole[start:end])):
            got = read.event(data)
            if isinstance(got, ProviderError | Garbled):
                continue
            events += got
    for event in events:
        if isinstance(event, Counted):
            usage = event.usage
            assert min(usage.uncached_input, usage.cache_read, usage.output, usage.reasoning) >= 0
    if not mutations:
        [body], plain = simulated("generateContent", **case)
        assert folded(events) == folded(list(plain.reply(body)))  # type: ignore[arg-type]


@given(st.binary(max_size=200))
def test_any_bytes_are_read_somehow(data: bytes) -> None:
    for read in (reader().event, reader().reply):
        assert read(data) is not None
