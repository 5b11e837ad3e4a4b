"""What goes to OpenAI's chat completions, judged by the types of its own package."""

from __future__ import annotations

from typing import Any

import pytest
from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming
from pydantic import TypeAdapter

from miavo_gateway.errors import InvalidRequest
from tests.gateway.providers.openai_shaped.asking import (
    NAMED,
    PNG,
    USER,
    WEATHER,
    body_of,
    of_a_new_model,
    sent,
)

TYPE = TypeAdapter(CompletionCreateParamsStreaming)
CALL = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
EVERYTHING: dict[str, Any] = {
    "messages": [
        {"role": "system", "content": "Be kind.", "name": "boss"},
        {"role": "developer", "content": [{"type": "text", "text": "Be brief."}]},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "See this"},
                {"type": "image_url", "image_url": {"url": PNG, "detail": "low"}},
                {"type": "file", "file": {"file_data": "data:application/pdf;base64,JVBERi0="}},
                {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
            ],
        },
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {
            "role": "tool",
            "tool_call_id": "c1",
            "content": [
                {"type": "text", "text": "a map"},
                {"type": "image_url", "image_url": {"url": PNG}},
            ],
        },
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
        USER,
    ],
    "temperature": 0.5,
    "top_p": 0.9,
    "presence_penalty": 0.1,
    "frequency_penalty": 0.2,
    "logit_bias": {"5": 1},
    "n": 2,
    "stop": ["x"],
    "seed": 7,
    "logprobs": True,
    "top_logprobs": 3,
    "tools": [WEATHER],
    "tool_choice": NAMED,
    "parallel_tool_calls": False,
    "response_format": {
        "type": "json_schema",
        "json_schema": {"name": "s", "schema": {"type": "object"}, "strict": True},
    },
    "max_tokens": 9,
    "user": "u",
    "verbosity": "low",
    "store": True,
    "service_tier": "priority",
}


def test_a_request_with_everything_is_one_that_openai_documents() -> None:
    body = sent("gpt-5.4", **EVERYTHING)
    TYPE.validate_python(body)
    assert body["max_completion_tokens"] == 9
    assert "max_tokens" not in body
    assert body["verbosity"] == "low"


def test_fields_that_cost_or_keep_something_at_openai_are_not_passed_on() -> None:
    body = sent("gpt-5.4", **EVERYTHING)
    assert not {"store", "service_tier"} & body.keys()


def test_images_out_of_a_tools_result_follow_it_as_the_users() -> None:
    messages = sent("gpt-5.4", **EVERYTHING)["messages"]
    tool = next(i for i, each in enumerate(messages) if each["role"] == "tool")
    assert messages[tool]["content"] == "a map"
    assert messages[tool + 1]["role"] == "user"
    assert messages[tool + 1]["content"][1]["image_url"]["url"] == PNG


def test_unknown_fields_within_messages_are_not_forwarded() -> None:
    body = sent("gpt-5.4", messages=[{**USER, "cache_control": {"type": "ephemeral"}}])
    assert body["messages"] == [USER]


@pytest.mark.parametrize(
    ("slug", "asked_for", "goes_out"),
    [
        ("gpt-5.4", None, None),
        ("gpt-5.4", "minimal", "low"),
        ("gpt-5.4", "max", "xhigh"),
        ("gpt-5.4", "none", "none"),
        ("o4-mini", "none", "low"),
        ("o4-mini", "xhigh", "high"),
        ("gpt-4o-audio-preview", "high", None),
    ],
)
def test_an_effort_becomes_the_nearest_that_the_model_knows(
    slug: str, asked_for: str | None, goes_out: str | None
) -> None:
    assert sent(slug, reasoning_effort=asked_for).get("reasoning_effort") == goes_out


def test_an_effort_that_nobody_knows_is_refused() -> None:
    with pytest.raises(InvalidRequest) as refused:
        sent("gpt-5.4", reasoning_effort="enormous")
    assert refused.value.param == "reasoning_effort"


@pytest.mark.parametrize(
    ("slug", "fields"),
    [
        ("gpt-5.5", {"temperature": 0.2}),
        ("gpt-5.5", {"top_p": 0.2}),
        ("gpt-5.4", {"logprobs": True, "reasoning_effort": "low"}),
        ("o4-mini", {"presence_penalty": 1}),
        ("o4-mini", {"stop": ["x"]}),
    ],
)
def test_sampling_is_refused_while_a_model_reasons(slug: str, fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        sent(slug, **fields)
    assert refused.value.param == next(iter(fields))


def test_sampling_that_changes_nothing_is_left_out_while_a_model_reasons() -> None:
    body = sent("gpt-5.5", temperature=1, top_p=1, presence_penalty=0, logprobs=False)
    assert not {"temperature", "top_p", "presence_penalty", "logprobs"} & body.keys()


def test_sampling_goes_out_where_the_model_does_not_reason() -> None:
    assert sent("gpt-5.4", temperature=0.2)["temperature"] == 0.2
    assert sent("gpt-5.5", temperature=0.2, reasoning_effort="none")["temperature"] == 0.2


def test_tools_beside_an_effort_unsaid_tell_the_model_not_to_reason() -> None:
    assert sent("gpt-5.4-mini", tools=[WEATHER])["reasoning_effort"] == "none"


def test_files_by_id_are_refused_as_they_are_the_operators() -> None:
    part = {"type": "file", "file": {"file_id": "file-1"}}
    with pytest.raises(InvalidRequest) as refused:
        sent("gpt-5.4", messages=[{"role": "user", "content": [part]}])
    assert refused.value.param == "messages[0].content[0].file.file_data"


def test_spoken_replies_are_asked_for_as_samples() -> None:
    audio = {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "mp3"}}
    body = sent("gpt-4o-audio-preview", **audio)
    assert body["modalities"] == ["text", "audio"]
    assert body["audio"] == {"voice": "alloy", "format": "pcm16"}
    # A caller who streams gets them as they come, so another format would be a false one.
    with pytest.raises(InvalidRequest) as refused:
        sent("gpt-4o-audio-preview", stream=True, **audio)
    assert refused.value.param == "audio.format"


def test_a_model_of_which_nothing_is_stated_is_sent_everything() -> None:
    body = body_of(of_a_new_model("openai", **{**EVERYTHING, "reasoning_effort": "max"}))
    assert body["reasoning_effort"] == "max"
    assert body["temperature"] == 0.5
    TYPE.validate_python({**body, "reasoning_effort": "high"})
