"""What a simulated model says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.sandbox.composition import Composition, compose
from miavo_gateway.schema.chat import ChatCompletionRequest

TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA"
    "WjR9awAAAABJRU5ErkJggg=="
)


def composed(content: Any, **fields: Any) -> Composition:
    body = {"model": "m", "messages": [{"role": "user", "content": content}], **fields}
    return compose(ChatCompletionRequest.model_validate(body), provider="openai", model="gpt-x")


def test_a_reply_says_that_it_is_simulated_and_by_whom() -> None:
    assert composed("Hello").text == "Simulated reply of openai/gpt-x. You said: Hello"


def test_what_is_shown_is_counted_and_described() -> None:
    image = {"type": "image_url", "image_url": {"url": PIXEL}}
    text = composed([{"type": "text", "text": "See?"}, image, image]).text
    assert "with 2 images" in text
    assert "1x1 pixels" in text


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        ("[[refuse]]", {"text": "", "finish_reason": "content_filter"}),
        ("[[empty]]", {"text": "", "finish_reason": "stop", "output_tokens": 0}),
        ("[[length]]", {"finish_reason": "length"}),
        ("[[long 500]]", {"finish_reason": "stop", "output_tokens": 500}),
    ],
)
def test_stage_directions_are_followed_and_not_said(
    direction: str, expected: dict[str, Any]
) -> None:
    reply = composed(f"Hello {direction}")
    assert "[[" not in reply.text
    assert {name: getattr(reply, name) for name in expected} == expected
    assert bool(reply.refusal) == (direction == "[[refuse]]")


def test_reasoning_comes_when_it_is_asked_for_and_grows_with_the_effort() -> None:
    assert composed("Hi").reasoning == composed("Hi", reasoning_effort="none").reasoning == ""
    counts = [
        composed("Hi", reasoning_effort=effort).reasoning_tokens
        for effort in ("low", "medium", "high", "xhigh")
    ]
    assert counts == sorted(set(counts))
    assert all(count > 0 for count in counts)


def test_a_named_tool_is_called_with_fitting_arguments() -> None:
    for asked in (
        composed("Use weather please", tools=[TOOL]),
        composed("Hi", tools=[TOOL], tool_choice="required"),
    ):
        [call] = asked.calls
        assert call.name == "weather"
        assert isinstance(json.loads(call.arguments)["city"], str)
        assert asked.finish_reason == "tool_calls"
        assert asked.text == ""


def test_the_limit_cuts_reasoning_first_and_drops_a_call_that_does_not_fit() -> None:
    thought = composed("Hi", reasoning_effort="high", max_tokens=3)
    assert (thought.text, thought.output_tokens, thought.reasoning_tokens) == ("", 3, 3)
    assert thought.finish_reason == "length"
    assert composed("Use weather", tools=[TOOL], max_tokens=1).calls == ()


def test_json_is_json_and_nothing_else() -> None:
    assert json.loads(composed("Hi", response_format={"type": "json_object"}).text)
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    assert set(json.loads(composed("Hi", response_format=wanted).text)) == {"n"}


def test_instructions_that_want_json_are_followed() -> None:
    schema = '{"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}'
    for words, names in (
        (f"Answer with a JSON value that fits this: {schema}", {"n"}),
        ("Answer with one JSON object.", {"echo"}),
    ):
        messages = [
            {"role": "system", "content": words},
            {"role": "user", "content": "Hi"},
        ]
        assert set(json.loads(composed("Hi", messages=messages).text)) == names


def test_a_broken_image_is_refused_by_its_field() -> None:
    with pytest.raises(InvalidRequest) as caught:
        composed([{"type": "image_url", "image_url": {"url": "data:image/png;base64,%"}}])
    assert caught.value.param == "messages[0].content[0].image_url.url"


@settings(max_examples=200)
@given(
    text=st.text(max_size=60),
    stop=st.lists(st.text(min_size=1, max_size=3), max_size=3),
    limit=st.none() | st.integers(1, 40),
    effort=st.sampled_from([None, "none", "low", "high"]),
)
def test_counts_fit_what_is_said_whatever_cuts_it(
    text: str, stop: list[str], limit: int | None, effort: str | None
) -> None:
    reply = composed(text, stop=stop, max_tokens=limit, reasoning_effort=effort)
    said = reply.reasoning_tokens_text() + reply.text_tokens() + reply.refusal_tokens()
    assert len(said) == reply.output_tokens
    assert reply.output_tokens <= (limit or reply.output_tokens)
    assert 0 <= reply.reasoning_tokens <= reply.output_tokens
    assert 0 <= reply.cached_tokens <= reply.prompt_tokens
    assert not any(sequence in reply.text for sequence in stop)
