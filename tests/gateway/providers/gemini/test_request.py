"""Chat completion requests as Gemini's; every body is checked against google-genai's types."""

from __future__ import annotations

from typing import Any

import pytest

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.adapter import Access
from miavo_gateway.providers.gemini import LIMITS, GeminiAdapter
from tests.gateway.providers.gemini.asking import added, asked, body, called, result, tool, user

THOUGHTS = {"thinkingConfig": {"includeThoughts": True}}
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}


def refused(*args: Any, **fields: Any) -> str | None:
    with pytest.raises(InvalidRequest) as refusal:
        body(*args, **fields)
    return refusal.value.param


def test_a_greeting_is_one_turn_that_asks_for_thoughts() -> None:
    assert body() == {
        "contents": [{"role": "user", "parts": [{"text": "Hi"}]}],
        "generationConfig": THOUGHTS,
    }


def test_the_key_goes_into_a_header_and_never_into_the_address() -> None:
    wire = GeminiAdapter().chat_request(asked(), Access("a-key"))
    assert wire.headers["x-goog-api-key"] == "a-key"
    assert "a-key" not in wire.url
    assert "a-key" not in repr(wire)
    assert wire.url == (
        "https://generativelanguage.googleapis.com/v1beta/models/"
        "gemini-3.1-pro-preview:streamGenerateContent?alt=sse"
    )


@pytest.mark.parametrize(
    ("base_url", "address"),
    [
        ("http://proxy/google", "http://proxy/google/v1beta/models"),
        ("http://proxy/v1alpha", "http://proxy/v1alpha/models"),
        ("http://proxy/v1", "http://proxy/v1/models"),
    ],
)
def test_an_address_of_ones_own_may_name_the_version(base_url: str, address: str) -> None:
    wire = GeminiAdapter().trial_request(Access("a-key", base_url))
    assert (wire.method, wire.url) == ("GET", f"{address}?pageSize=1")


@pytest.mark.parametrize(
    ("fields", "setting"),
    [
        ({"temperature": 0.0}, {"temperature": 0.0}),
        ({"top_p": 0.5}, {"topP": 0.5}),
        ({"max_tokens": 7, "max_completion_tokens": 9}, {"maxOutputTokens": 9}),
        ({"max_tokens": 1_000_000}, {"maxOutputTokens": 65_536}),
        ({"stop": "END"}, {"stopSequences": ["END"]}),
        ({"stop": ["a", "", "b"]}, {"stopSequences": ["a", "b"]}),
        ({"stop": ""}, {}),
        ({"seed": 2**40 + 5}, {"seed": 5}),
        ({"seed": -1}, {"seed": 2**31 - 1}),
        ({"n": 1}, {}),
        ({"presence_penalty": 0, "frequency_penalty": 0, "logit_bias": {}}, {}),
        ({"logprobs": False, "top_logprobs": 0}, {}),
        ({"user": "someone", "service_tier": "auto", "store": True}, {}),
        ({"response_format": {"type": "text"}}, {}),
        ({"response_format": {"type": "json_object"}}, {"responseMimeType": "application/json"}),
        (
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "x", "strict": True, "schema": SCHEMA},
                }
            },
            {"responseMimeType": "application/json", "responseJsonSchema": SCHEMA},
        ),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "x"}}},
            {"responseMimeType": "application/json"},
        ),
    ],
)
def test_a_setting_has_its_place(fields: dict[str, Any], setting: dict[str, Any]) -> None:
    assert body(**fields)["generationConfig"] == {**THOUGHTS, **setting}


@pytest.mark.parametrize(
    ("model", "effort", "thinking"),
    [
        ("gemini-3.1-pro", "none", {"thinkingLevel": "LOW"}),
        ("gemini-3.1-pro", "minimal", {"thinkingLevel": "LOW", "includeThoughts": True}),
        ("gemini-3.1-pro", "medium", {"thinkingLevel": "MEDIUM", "includeThoughts": True}),
        ("gemini-3.1-pro", "xhigh", {"thinkingLevel": "HIGH", "includeThoughts": True}),
        ("gemini-3-flash", "none", {"thinkingLevel": "MINIMAL"}),
        ("gemini-3.1-flash-lite", "minimal", {"thinkingLevel": "MINIMAL", "includeThoughts": True}),
        ("vertex-gemini-3.1-pro", "none", {"thinkingBudget": 0}),
        ("gemini-2.5-flash", "none", {"thinkingBudget": 0}),
        ("gemini-2.5-flash", "medium", {"thinkingBudget": 8192, "includeThoughts": True}),
        ("gemini-2.5-pro", "none", {"thinkingBudget": 128}),
        ("gemini-4-new", "medium", {"thinkingLevel": "MEDIUM", "includeThoughts": True}),
        ("gemini-2.0-flash", "none", None),
        ("gemini-2.0-flash", None, None),
        ("some-other-model", None, {"includeThoughts": True}),
    ],
)
def test_an_effort_is_what_the_model_has_for_it(
    model: str, effort: str | None, thinking: dict[str, Any] | None
) -> None:
    known = model.startswith(("gemini-3", "vertex"))
    config = body(model if known else added(model), reasoning_effort=effort).get("generationConfig")
    assert (config or {}).get("thinkingConfig") == thinking


def test_traits_win_over_what_an_id_tells() -> None:
    model = added("gemini-9", thinking_levels="high", candidates=3, penalties=True, max_output=50)
    config = body(model, reasoning_effort="low", n=3, presence_penalty=0.5, max_tokens=60)
    assert config["generationConfig"] == {
        "thinkingConfig": {"thinkingLevel": "HIGH", "includeThoughts": True},
        "candidateCount": 3,
        "presencePenalty": 0.5,
        "maxOutputTokens": 50,
    }


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"n": 2}, "n"),
        ({"logprobs": True}, "logprobs"),
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"logit_bias": {"1": 5}}, "logit_bias"),
        ({"presence_penalty": 1}, "presence_penalty"),
        ({"frequency_penalty": -1}, "frequency_penalty"),
        ({"stop": ["a", "b", "c", "d", "e", "f"]}, "stop"),
        ({"reasoning_effort": "very"}, "reasoning_effort"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"messages": [{"role": "user", "content": ""}]}, "messages"),
        (
            {"tools": [tool()], "tool_choice": {"type": "function", "function": {"name": "other"}}},
            "tool_choice",
        ),
    ],
)
def test_what_gemini_cannot_do_is_refused_by_name(fields: dict[str, Any], param: str) -> None:
    assert refused(**fields) == param


def test_logprobs_are_asked_for_where_they_may_be_had() -> None:
    config = body("vertex-gemini-3.1-pro", logprobs=True, top_logprobs=3)["generationConfig"]
    assert config == {**THOUGHTS, "responseLogprobs": True, "logprobs": 3}


def test_json_and_tools_go_together_from_gemini_3_on() -> None:
    wanted = {"response_format": {"type": "json_object"}, "tools": [tool()]}
    assert body(**wanted)["generationConfig"]["responseMimeType"] == "application/json"
    assert refused(added("gemini-2.5-flash"), **wanted) == "response_format"


def test_an_effort_for_a_model_that_does_not_think_is_refused() -> None:
    assert refused(added("gemini-2.0-flash"), reasoning_effort="high") == "reasoning_effort"


@pytest.mark.parametrize(
    ("choice", "mode"),
    [
        (None, None),
        ("auto", {"mode": "AUTO"}),
        ("none", {"mode": "NONE"}),
        ("required", {"mode": "ANY"}),
        (
            {"type": "function", "function": {"name": "1st"}},
            {"mode": "ANY", "allowedFunctionNames": ["_1st"]},
        ),
    ],
)
def test_a_tool_choice_is_a_mode(choice: Any, mode: dict[str, Any] | None) -> None:
    made = body(tools=[tool(), tool("1st")], tool_choice=choice)
    assert made.get("toolConfig") == (mode and {"functionCallingConfig": mode})


def test_strict_functions_are_validated() -> None:
    made = body(tools=[tool(), tool("clock", strict=True)])
    assert made["toolConfig"] == {"functionCallingConfig": {"mode": "VALIDATED"}}


def test_functions_are_declared_in_one_tool() -> None:
    made = body(
        tools=[
            tool(description="Tells the weather."),
            tool("clock", {"type": "object", "properties": {}}),
            tool("bare", None),
        ]
    )
    [declared] = made["tools"]
    weather, clock, bare = declared["functionDeclarations"]
    assert weather["name"] == "weather"
    assert weather["description"] == "Tells the weather."
    assert weather["parametersJsonSchema"]["required"] == ["city"]
    assert clock == {"name": "clock"}
    assert bare == {"name": "bare"}


def test_a_name_that_gemini_would_not_take_is_changed_everywhere() -> None:
    made = body(
        messages=[user("Hi"), called("c1", name="1st"), result("c1")],
        tools=[tool("1st"), tool("_1st")],
    )
    declared = [each["name"] for each in made["tools"][0]["functionDeclarations"]]
    assert declared == ["__1st", "_1st"]
    assert made["contents"][1]["parts"][0]["functionCall"]["name"] == "__1st"
    assert made["contents"][2]["parts"][0]["functionResponse"]["name"] == "__1st"


def test_every_limit_names_a_field_once() -> None:
    fields = [limit.field for limit in LIMITS]
    assert len(fields) == len(set(fields))
