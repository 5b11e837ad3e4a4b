"""Conversations in the Messages API's shape."""

from __future__ import annotations

from typing import Any

import pytest
from anthropic.types.message_create_params import MessageCreateParamsStreaming
from hypothesis import given
from hypothesis import strategies as st

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.sandbox.anthropic.signatures import sign
from tests.gateway.providers.anthropic.asking import asked, body_of, simulated, stream_of
from tests.gateway.providers.anthropic.sdk_types import misfit
from tests.gateway.providers.bedrock.asking import ASKED_WEATHER, WEATHER, call, user

LINK = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def system(words: str) -> dict[str, Any]:
    return {"role": "system", "content": words}


def said(words: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": words}


def turns(messages: list[dict[str, Any]], slug: str = "haiku-4-5") -> list[tuple[str, Any]]:
    """Each turn's role, and its blocks or, where it is of text alone, its texts."""
    made = body_of(asked(slug, messages=messages))["messages"]
    return [
        (
            turn["role"],
            [block["text"] if block["type"] == "text" else block for block in turn["content"]],
        )
        for turn in made
    ]


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([user("a"), user("b")], [("user", ["a", "b"])]),
        ([user("a"), said("b"), said("c"), user("d")], [
            ("user", ["a"]), ("assistant", ["b", "c"]), ("user", ["d"])]),
        ([user("a"), said("b"), system("c"), user("d")], [
            ("user", ["a"]), ("assistant", ["b"]), ("user", ["c", "d"])]),
        ([system("a")], [("user", ["a"])]),
        ([user(" "), user("b")], [("user", ["b"])]),
        ([said("Hi!"), user("b")], [("user", ["."]), ("assistant", ["Hi!"]), ("user", ["b"])]),
        ([user("a"), said("b \n")], [("user", ["a"]), ("assistant", ["b"])]),
        ([user("a"), said(""), user("b")], [("user", ["a", "b"])]),
        ([user("a"), {"role": "assistant", "refusal": "No."}, user("b")], [
            ("user", ["a"]), ("assistant", ["No."]), ("user", ["b"])]),
    ],
)  # fmt: skip
def test_turns_alternate_begin_with_the_user_and_hold_no_blank_text(
    messages: list[dict[str, Any]], expected: list[tuple[str, Any]]
) -> None:
    assert turns(messages) == expected


def test_all_leading_instructions_go_into_the_system_prompt() -> None:
    messages = [system("a"), {"role": "developer", "content": [text("b"), text(" ")]}, user("c")]
    assert body_of(asked(messages=messages))["system"] == [text("a"), text("b")]


def test_results_of_parallel_calls_come_together_and_before_anything_else() -> None:
    messages = [
        *ASKED_WEATHER[:2],
        {"role": "tool", "tool_call_id": "b", "content": ""},
        system("Mind the wind."),
        {"role": "tool", "tool_call_id": "a", "content": "sun"},
        user("And?"),
    ]
    made = body_of(asked(messages=messages, tools=[WEATHER]))["messages"]
    assert made[1]["content"] == [
        text("Looking."),
        {"type": "tool_use", "id": "a", "name": "weather", "input": {"city": "Rome"}},
        {"type": "tool_use", "id": "b", "name": "weather", "input": {"city": "Oslo"}},
    ]
    assert made[2]["content"] == [
        {"type": "tool_result", "tool_use_id": "b"},
        {"type": "tool_result", "tool_use_id": "a", "content": [text("sun")]},
        text("Mind the wind."),
        text("And?"),
    ]


def test_images_travel_in_the_request_or_by_link_also_from_tools() -> None:
    messages = [
        user("See", "image/gif", "image/jpg", LINK),
        call(("a", "weather", "{}")),
        {"role": "tool", "tool_call_id": "a", "content": [LINK]},
    ]
    made = body_of(asked(messages=messages))["messages"]
    sources = [block["source"] for block in made[0]["content"][1:]]
    assert [source.get("media_type") for source in sources] == ["image/gif", "image/jpeg", None]
    link = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
    assert made[0]["content"][3] == link
    assert made[2]["content"][0]["content"] == [link]


def test_a_pdf_keeps_its_name_and_a_text_is_taken_out_of_its_base64() -> None:
    plain = {"type": "file", "file": {"file_data": "data:text/markdown;base64,SGVsbG8="}}
    content = body_of(asked(messages=[user("application/pdf", plain)]))["messages"][0]["content"]
    assert content[0]["title"] == "Q3 report: final.pdf"
    assert content[0]["source"]["media_type"] == "application/pdf"
    assert content[1]["source"] == {"type": "text", "media_type": "text/plain", "data": "Hello"}


@pytest.mark.parametrize(
    ("part", "param"),
    [
        ({"type": "image_url", "image_url": {"url": "http://a.b/c.png"}}, "image_url.url"),
        (
            {"type": "image_url", "image_url": {"url": "data:image/bmp;base64,QQ=="}},
            "image_url.url",
        ),
        ({"type": "file", "file": {"file_id": "file-1"}}, "file.file_data"),
        ({"type": "file", "file": {"file_data": "data:a/b;base64,QQ=="}}, "file.file_data"),
        ({"type": "file", "file": {"file_data": "data:text/plain;base64,/w=="}}, "file.file_data"),
    ],
)
def test_a_part_that_claude_cannot_take_is_refused_with_its_place(
    part: dict[str, Any], param: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        body_of(asked(messages=[user("a"), user(text("b"), part)]))
    assert caught.value.param == f"messages[1].content[1].{param}"


def test_audio_is_refused_with_its_place() -> None:
    part = {"type": "input_audio", "input_audio": {"data": "QQ==", "format": "wav"}}
    with pytest.raises(InvalidRequest) as caught:
        body_of(asked(messages=[user(part)]))
    assert caught.value.param == "messages[0].content[0]"


@pytest.mark.parametrize("arguments", ["[1]", "{", "7"])
def test_arguments_that_are_no_object_are_refused_with_their_place(arguments: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        body_of(asked(messages=[user("a"), call(("x", "weather", arguments))]))
    assert caught.value.param == "messages[1].tool_calls[0].function.arguments"


def test_an_id_that_claude_does_not_take_is_rewritten_alike_in_call_and_result() -> None:
    messages = [user("a"), call(("call:1/ä", "weather", "")), {**ASKED_WEATHER[2]}]
    messages[2]["tool_call_id"] = "call:1/ä"
    made = body_of(asked(messages=messages))["messages"]
    used, answered = made[1]["content"][0]["id"], made[2]["content"][0]["tool_use_id"]
    assert used == answered
    assert used.replace("_", "").isalnum()


def test_thoughts_go_back_to_where_they_were_between_the_words_and_calls() -> None:
    first = {"after": 3, "text": "Hm.", "signature": sign("Hm.")}
    second = {"after": 5, "redacted": "xyz"}
    kept = {
        "a": {"model": "claude-opus-4-6", "thoughts": [first]},
        "b": {"model": "claude-opus-4-6", "thoughts": [second]},
    }
    messages = [user("?"), call(("a", "w", "{}"), ("b", "w", "{}"), text="AbcDe")]
    messages += ASKED_WEATHER[2:]
    request = asked(messages=messages, reasoning_effort="low", recall=kept.get)
    content = body_of(request)["messages"][1]["content"]
    assert [block["type"] for block in content] == [
        "text",
        "thinking",
        "text",
        "tool_use",
        "redacted_thinking",
        "tool_use",
    ]
    assert [block.get("text") for block in content[:3]] == ["Abc", None, "De"]
    without = body_of(asked(messages=messages, recall=kept.get))["messages"][1]["content"]
    assert [block["type"] for block in without] == ["text", "tool_use", "tool_use"]


words = st.sampled_from(["", " ", "a", "Grüße 🌍", "weather", "x\n"])
contents = words | st.lists(words.map(text), min_size=1, max_size=3)


@st.composite
def conversations(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Conversations as OpenAI takes them: calls are answered at once, each one time."""
    messages: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(["system", "developer", "user", "assistant", "calls"]))
        if kind != "calls":
            messages.append({"role": kind, "content": draw(contents)})
            continue
        ids = [f"c{number}.{i}" for i in range(draw(st.integers(1, 3)))]
        messages.append(call(*((each, "weather", "{}") for each in ids), text=draw(words)))
        for each in draw(st.permutations(ids)):
            answer = draw(contents)
            messages.append({"role": "tool", "tool_call_id": each, "content": answer})
    return [*messages, user("Well?")]


@given(
    messages=conversations(),
    tools=st.sampled_from([None, [WEATHER]]),
    effort=st.sampled_from([None, "low", "xhigh"]),
    slug=st.sampled_from(["opus-4-6", "opus-4-7", "haiku-4-5"]),
    remembers=st.booleans(),
    after=st.integers(0, 2),
)
def test_any_conversation_that_openai_takes_is_taken(
    messages: list[dict[str, Any]],
    tools: list[dict[str, Any]] | None,
    effort: str | None,
    slug: str,
    remembers: bool,
    after: int,
) -> None:
    thought = {"after": after, "text": "Hm.", "signature": sign("Hm.")}
    kept = {"model": f"claude-{slug}", "thoughts": [thought]} if remembers else None
    request = asked(
        slug, messages=messages, tools=tools, reasoning_effort=effort, recall=lambda call_id: kept
    )
    assert misfit(body_of(request), MessageCreateParamsStreaming) is None
    answer = simulated(request)
    assert answer.status == 200, stream_of(answer)
