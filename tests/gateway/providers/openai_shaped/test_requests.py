"""What goes to the providers that speak OpenAI's format in their own way."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

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

PROVIDERS = ["minimax", "moonshot", "deepseek", "zhipu"]
ONE_EACH = ["minimax-m2.7", "kimi-k2.6", "deepseek-v4-pro", "glm-4.7"]
SCHEMA = {
    "type": "json_schema",
    "json_schema": {"name": "s", "schema": {"type": "object", "title": "Person"}},
}


def turn(call_id: str = "c1", arguments: str = "{}", **assistant: Any) -> list[dict[str, Any]]:
    call = {
        "id": call_id,
        "type": "function",
        "function": {"name": "weather", "arguments": arguments},
    }
    return [
        USER,
        {"role": "assistant", "content": None, "tool_calls": [call], **assistant},
        {"role": "tool", "tool_call_id": call_id, "content": "sunny"},
    ]


@pytest.mark.parametrize(
    ("slug", "fields", "expected"),
    [
        ("minimax-m2.7", {"temperature": 0}, {"temperature": 0.01, "reasoning_split": True}),
        ("minimax-m2.7", {"temperature": 1.7, "top_p": 0}, {"temperature": 1, "top_p": 0.01}),
        ("minimax-m2.7", {"max_tokens": 5}, {"max_completion_tokens": 5}),
        ("kimi-k2.6", {"temperature": 1, "n": 1}, {"temperature": None, "n": None}),
        ("kimi-k2.6", {"reasoning_effort": "none"}, {"thinking": {"type": "disabled"}}),
        ("kimi-k2.6", {"reasoning_effort": "low"}, {"thinking": {"type": "enabled"}}),
        ("kimi-k2.6", {}, {"thinking": None, "reasoning_effort": None}),
        ("kimi-k2-thinking", {"reasoning_effort": "none"}, {"thinking": None}),
        ("moonshot-v1-128k", {"temperature": 1.5, "n": 2}, {"temperature": 1, "n": 2}),
        ("deepseek-v4-pro", {"max_completion_tokens": 5}, {"max_tokens": 5}),
        ("deepseek-v4-pro", {}, {"thinking": {"type": "enabled"}, "reasoning_effort": None}),
        ("deepseek-v4-pro", {"reasoning_effort": "none"}, {"thinking": {"type": "disabled"}}),
        ("deepseek-v4-pro", {"reasoning_effort": "xhigh"}, {"reasoning_effort": "max"}),
        ("deepseek-chat", {"reasoning_effort": "high"}, {"thinking": {"type": "disabled"}}),
        ("deepseek-reasoner", {"reasoning_effort": "none"}, {"thinking": {"type": "enabled"}}),
        ("deepseek-v4-pro", {"logprobs": True}, {"thinking": {"type": "disabled"}}),
        (
            "deepseek-v4-pro",
            {"tools": [WEATHER], "tool_choice": NAMED},
            {"thinking": {"type": "disabled"}, "tool_choice": NAMED},
        ),
        ("glm-4.7", {"temperature": 0}, {"do_sample": False, "temperature": None}),
        ("glm-4.7", {"temperature": 2, "stop": "x"}, {"temperature": 1, "stop": ["x"]}),
        ("glm-4.7", {"tools": [WEATHER]}, {"tool_stream": True, "stream_options": None}),
        ("glm-4.7", {"reasoning_effort": "none"}, {"thinking": {"type": "disabled"}}),
        ("glm-4-flash", {"reasoning_effort": "high"}, {"thinking": None}),
    ],
)
def test_a_field_becomes_what_the_provider_has_for_it(
    slug: str, fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    body = sent(slug, **fields)
    assert {name: body.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("slug", "fields", "param"),
    [
        *((slug, {"logit_bias": {"1": 1}}, "logit_bias") for slug in ONE_EACH),
        *((slug, {"n": 2}, "n") for slug in ONE_EACH),
        ("minimax-m2.7", {"stop": ["x"]}, "stop"),
        ("minimax-m2.7", {"presence_penalty": 0.5}, "presence_penalty"),
        ("minimax-m2.7", {"logprobs": True}, "logprobs"),
        ("minimax-m2.7", {"tools": [WEATHER], "tool_choice": "required"}, "tool_choice"),
        ("kimi-k2.6", {"temperature": 0.3}, "temperature"),
        ("kimi-k2.6", {"tools": [WEATHER], "tool_choice": NAMED}, "tool_choice"),
        ("deepseek-reasoner", {"tools": [WEATHER], "tool_choice": "required"}, "tool_choice"),
        ("deepseek-v4-pro", {"logprobs": True, "reasoning_effort": "low"}, "logprobs"),
        ("glm-4.7", {"stop": ["a", "b"]}, "stop"),
        ("glm-4.7", {"tools": [WEATHER], "tool_choice": "required"}, "tool_choice"),
        ("glm-4.7", {"messages": [{"role": "assistant", "content": "Hi"}]}, "messages"),
    ],
)
def test_what_would_change_the_answer_is_refused_by_its_name(
    slug: str, fields: dict[str, Any], param: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        sent(slug, **fields)
    assert refused.value.param == param


@pytest.mark.parametrize("slug", ONE_EACH)
def test_what_changes_nothing_is_left_out(slug: str) -> None:
    body = sent(
        slug,
        seed=1,
        user="u",
        parallel_tool_calls=True,
        n=1,
        logprobs=False,
        logit_bias={},
        metadata={"a": "b"},
    )
    assert body.keys() <= {
        "model",
        "messages",
        "stream",
        "stream_options",
        "thinking",
        "reasoning_split",
    }


@pytest.mark.parametrize("slug", ["minimax-m2.7", "kimi-k2.6", "glm-4.7"])
def test_no_tools_go_out_where_none_may_be_called(slug: str) -> None:
    assert "tools" not in sent(slug, tools=[WEATHER], tool_choice="none")
    assert "tool_choice" not in sent(slug, tools=[WEATHER], tool_choice="auto")


@pytest.mark.parametrize("slug", ONE_EACH)
def test_a_schema_goes_into_the_instructions(slug: str) -> None:
    body = sent(slug, response_format=SCHEMA)
    assert body["messages"][0]["role"] == "system"
    assert orjson.dumps(SCHEMA["json_schema"]["schema"]).decode() in body["messages"][0]["content"]
    wanted = None if slug == "minimax-m2.7" else {"type": "json_object"}
    assert body.get("response_format") == wanted


def test_json_mode_has_the_word_in_the_prompt() -> None:
    fields = {"response_format": {"type": "json_object"}}
    assert "JSON" in sent("deepseek-v4-pro", **fields)["messages"][0]["content"]
    said = [{"role": "user", "content": "Write json."}]
    assert sent("deepseek-v4-pro", **fields, messages=said)["messages"] == said


@pytest.mark.parametrize("slug", ONE_EACH)
def test_texts_in_parts_become_one_text_and_developers_speak_as_the_system(slug: str) -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    messages = sent(
        slug,
        messages=[{"role": "developer", "content": parts}, {"role": "user", "content": parts}],
    )["messages"]
    assert [(each["role"], each["content"]) for each in messages] == [
        ("system", "a\nb"),
        ("user", "a\nb"),
    ]


def test_minimax_gets_its_instructions_together_and_first() -> None:
    messages = [USER, {"role": "system", "content": "a"}, {"role": "system", "content": "b"}]
    assert sent("minimax-m2.7", messages=messages)["messages"] == [
        {"role": "system", "content": "a\n\nb"},
        USER,
    ]


@pytest.mark.parametrize(
    ("slug", "kept", "expected"),
    [
        (
            "minimax-m2.7",
            "Hm.",
            {"reasoning_details": [{"type": "reasoning.text", "text": "Hm."}]},
        ),
        ("minimax-m2.7", None, {}),
        ("kimi-k2.6", "Hm.", {"reasoning_content": "Hm."}),
        ("kimi-k2.6", None, {"reasoning_content": " "}),
        ("moonshot-v1-128k", None, {}),
        ("deepseek-v4-pro", "Hm.", {"reasoning_content": "Hm."}),
        ("deepseek-v4-pro", None, {"reasoning_content": " "}),
        ("deepseek-chat", None, {}),
        ("glm-4.7", "Hm.", {"reasoning_content": "Hm."}),
        ("glm-4.7", None, {}),
    ],
)
def test_reasoning_comes_back_with_the_results_of_its_calls(
    slug: str, kept: str | None, expected: dict[str, Any]
) -> None:
    state = {"c1": {"reasoning": kept}} if kept else {}
    assistant = sent(slug, state, messages=turn())["messages"][1]
    found = {name: value for name, value in assistant.items() if name.startswith("reasoning")}
    assert found == expected


@pytest.mark.parametrize("slug", ["kimi-k2.6", "deepseek-v4-pro", "glm-4.7"])
def test_reasoning_that_the_caller_kept_goes_before_what_is_kept_here(slug: str) -> None:
    messages = turn(reasoning_content="Mine.")
    body = sent(slug, {"c1": {"reasoning": "Ours."}}, messages=messages)
    assert body["messages"][1]["reasoning_content"] == "Mine."


@pytest.mark.parametrize("slug", ["kimi-k2.6", "deepseek-v4-pro"])
def test_no_reasoning_goes_back_to_a_model_that_is_not_to_think(slug: str) -> None:
    body = sent(slug, messages=turn(), reasoning_effort="none")
    assert "reasoning_content" not in body["messages"][1]


def test_the_last_message_for_kimi_may_be_partial() -> None:
    partial = {"role": "assistant", "content": "{", "partial": True}
    assert sent("kimi-k2.6", messages=[USER, partial])["messages"][1]["partial"] is True
    assert "partial" not in sent("kimi-k2.6", messages=[USER, partial, USER])["messages"][1]


def test_minimax_gets_arguments_that_are_json_even_if_the_model_wrote_none() -> None:
    for broken, mended in (("", "{}"), ('{"a":', '{"arguments":"{\\"a\\":"}'), ('{"a": 1}',) * 2):
        body = sent("minimax-m2.7", messages=turn(arguments=broken))
        assert body["messages"][1]["tool_calls"][0]["function"]["arguments"] == mended


def test_zhipu_gets_a_user_and_ids_that_differ() -> None:
    only_told = [{"role": "system", "content": "Go."}]
    assert sent("glm-4.7", messages=only_told)["messages"] == [{"role": "user", "content": "Go."}]
    messages = sent("glm-4.7", messages=[*turn(), *turn(), *turn()])["messages"]
    calls = [call["id"] for each in messages for call in each.get("tool_calls", ())]
    results = [each["tool_call_id"] for each in messages if each["role"] == "tool"]
    assert calls == results
    assert len(set(calls)) == 3


def test_images_go_where_they_are_seen_in_the_form_that_is_taken() -> None:
    shown = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": PNG}}]}]
    kimi = sent("kimi-k2.6", messages=shown)["messages"][0]["content"][0]
    assert kimi["image_url"] == {"url": PNG}
    glm = sent("glm-4.6v", messages=shown)["messages"][0]["content"][0]
    assert glm["image_url"] == {"url": PNG.partition(",")[2]}
    for slug in ("minimax-m2.7", "deepseek-v4-pro", "glm-4.7", "moonshot-v1-128k"):
        with pytest.raises(InvalidRequest, match="does not see"):
            sent(slug, messages=shown)


def test_kimi_takes_no_links() -> None:
    link = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    with pytest.raises(InvalidRequest, match="data: URL"):
        sent("kimi-k2.6", messages=[{"role": "user", "content": [link]}])


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    "part",
    [
        {"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}},
        {"type": "file", "file": {"file_data": "data:application/pdf;base64,AA"}},
    ],
    ids=["audio", "file"],
)
def test_audio_and_files_are_refused_by_their_place(provider: str, part: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        body_of(of_a_new_model(provider, messages=[{"role": "user", "content": [part]}]))
    assert refused.value.param == "messages[0].content[0]"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_model_of_which_nothing_is_stated_may_be_shown_images_and_tools(provider: str) -> None:
    shown = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": PNG}}]}]
    body = body_of(of_a_new_model(provider, messages=shown, tools=[WEATHER]))
    assert body["model"] == "brand-new"
    assert body["tools"][0]["function"] == WEATHER["function"]
