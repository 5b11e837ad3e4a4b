"""What is asked of a Claude by its rules, wherever it is served."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from miavo_gateway.catalogue import Model, load_catalogue
from miavo_gateway.errors import ConfigurationError, InvalidRequest
from miavo_gateway.providers.claude.rules import (
    ClaudeRules,
    Sampling,
    Thinking,
    claude_rules,
    output_limit,
    sampling,
    thinking,
    turn_lacks_thought,
)
from miavo_gateway.schema.chat import ChatCompletionRequest

OPUS_46 = ClaudeRules(max_output=128_000)
OPUS_47 = ClaudeRules(efforts="low medium high xhigh max", sampling=False, max_output=128_000)
HAIKU = ClaudeRules(thinking="budget", efforts="", max_output=64_000)
BY_DEFAULT = ClaudeRules(thinks_unasked=True)
ASK = {"role": "user", "content": "Weather?"}
SAID = {"role": "assistant", "content": "Sun."}
RESULT = {"role": "tool", "tool_call_id": "a", "content": "sun"}


def request(**fields: Any) -> ChatCompletionRequest:
    fields.setdefault("messages", [ASK])
    return ChatCompletionRequest.model_validate({"model": "claude", **fields})


def calling(*ids: str) -> dict[str, Any]:
    function = {"name": "weather", "arguments": "{}"}
    calls = [{"id": each, "type": "function", "function": function} for each in ids]
    return {"role": "assistant", "tool_calls": calls}


def thinking_of(
    rules: ClaudeRules, effort: str | None, *, limit: int = 64_000, **situation: bool
) -> Thinking:
    situation = {"forced": False, "lacks_thought": False, **situation}
    return thinking(request(reasoning_effort=effort), rules, limit=limit, **situation)


@pytest.mark.parametrize(
    ("rules", "effort", "expected"),
    [
        (OPUS_46, None, Thinking()),
        (OPUS_46, "none", Thinking()),
        (BY_DEFAULT, "none", Thinking("disabled")),
        (OPUS_46, "minimal", Thinking("adaptive", effort="low")),
        (OPUS_46, "high", Thinking("adaptive", effort="high")),
        (OPUS_46, "xhigh", Thinking("adaptive", effort="max")),
        (OPUS_47, "xhigh", Thinking("adaptive", effort="xhigh")),
        (ClaudeRules(efforts="low medium high"), "max", Thinking("adaptive", effort="high")),
        (HAIKU, "minimal", Thinking("budget", 1_024)),
        (HAIKU, "high", Thinking("budget", 16_384)),
    ],
)
def test_an_effort_becomes_the_thinking_that_the_model_has(
    rules: ClaudeRules, effort: str | None, expected: Thinking
) -> None:
    assert thinking_of(rules, effort) == expected


@pytest.mark.parametrize(
    ("limit", "budget"), [(64_000, 16_384), (8_000, 4_000), (1_500, 1_024), (1_024, 0), (1, 0)]
)
def test_a_budget_leaves_room_for_the_answer(limit: int, budget: int) -> None:
    assert thinking_of(HAIKU, "high", limit=limit).budget == budget


@pytest.mark.parametrize("situation", ["forced", "lacks_thought"])
def test_manual_thinking_gives_way_where_it_would_be_refused_and_adaptive_stays(
    situation: str,
) -> None:
    assert not thinking_of(HAIKU, "high", **{situation: True}).on
    assert thinking_of(OPUS_46, "high", **{situation: True}).on


def test_an_effort_that_nobody_has_is_refused() -> None:
    with pytest.raises(InvalidRequest) as caught:
        thinking_of(OPUS_46, "frantic")
    assert caught.value.param == "reasoning_effort"


def test_an_effort_is_refused_by_a_model_that_does_not_think() -> None:
    with pytest.raises(InvalidRequest) as caught:
        thinking_of(ClaudeRules(thinking="none"), "low")
    assert caught.value.param == "reasoning_effort"


@pytest.mark.parametrize(
    ("rules", "thinks", "fields", "expected"),
    [
        (OPUS_46, False, {"temperature": 0.2}, Sampling(temperature=0.2)),
        (OPUS_46, False, {"temperature": 0}, Sampling(temperature=0)),
        (OPUS_46, False, {"temperature": 1.7}, Sampling()),
        (OPUS_46, False, {"temperature": 1, "top_p": 0.5}, Sampling(top_p=0.5)),
        (OPUS_46, False, {"temperature": 0.5, "top_p": 1}, Sampling(temperature=0.5)),
        (OPUS_46, True, {"temperature": 1, "top_p": 0.96}, Sampling(top_p=0.96)),
        (OPUS_47, False, {"temperature": 1, "top_p": 1}, Sampling()),
    ],
)
def test_sampling_is_sent_where_it_is_not_the_default(
    rules: ClaudeRules, thinks: bool, fields: dict[str, float], expected: Sampling
) -> None:
    assert sampling(request(**fields), rules, thinking=thinks) == expected


@pytest.mark.parametrize(
    ("rules", "thinks", "fields", "param"),
    [
        (OPUS_47, False, {"temperature": 0.2}, "temperature"),
        (OPUS_47, False, {"top_p": 0.2}, "top_p"),
        (OPUS_46, True, {"temperature": 0.2}, "temperature"),
        (OPUS_46, True, {"top_p": 0.9}, "top_p"),
        (OPUS_46, False, {"temperature": 0.2, "top_p": 0.9}, "top_p"),
    ],
)
def test_sampling_that_the_model_refuses_is_refused_with_the_fields_name(
    rules: ClaudeRules, thinks: bool, fields: dict[str, float], param: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        sampling(request(**fields), rules, thinking=thinks)
    assert caught.value.param == param


@pytest.mark.parametrize(
    ("rules", "wanted", "expected"),
    [
        (OPUS_46, None, 128_000),
        (OPUS_46, 10, 10),
        (OPUS_46, 1_000_000, 128_000),
        (ClaudeRules(max_output=32_000, default_output=16_000), None, 16_000),
        (ClaudeRules(), None, 8_192),
        (ClaudeRules(), 1_000_000, 1_000_000),
    ],
)
def test_the_output_limit_is_the_callers_within_the_models(
    rules: ClaudeRules, wanted: int | None, expected: int
) -> None:
    asked = request(max_completion_tokens=wanted)
    assert output_limit(asked, rules, otherwise=8_192) == expected


@pytest.mark.parametrize(
    ("messages", "lacks"),
    [
        ([ASK], False),
        ([ASK, calling("a"), RESULT], True),
        ([ASK, calling("remembered"), RESULT], False),
        # The thought at the beginning of the turn is what counts.
        ([ASK, calling("remembered"), RESULT, calling("a"), RESULT], False),
        ([ASK, calling("a"), RESULT, calling("remembered"), RESULT], True),
        # Words beside the results do not end the turn; the assistant's next words do.
        ([ASK, calling("a"), RESULT, ASK], True),
        ([ASK, calling("a"), RESULT, SAID, ASK], False),
        ([ASK, calling("a"), RESULT, SAID, ASK, calling("remembered"), RESULT], False),
    ],
)
def test_a_turn_lacks_its_thought_only_in_the_middle_of_its_calls(
    messages: list[dict[str, Any]], lacks: bool
) -> None:
    read = request(messages=messages).messages
    assert turn_lacks_thought(read, lambda call_id: call_id == "remembered") == lacks


@pytest.fixture
def haiku() -> Model:
    found = load_catalogue().get("claude-haiku-4-5")
    assert found is not None
    return found


def test_a_models_traits_are_its_rules_and_other_traits_are_passed_over(haiku: Model) -> None:
    assert claude_rules(haiku) == HAIKU
    assert claude_rules(replace(haiku, traits={**haiku.traits, "other": True})) == HAIKU
    assert claude_rules(replace(haiku, traits={})) == ClaudeRules()


def test_a_trait_that_means_nothing_is_told_by_the_models_name(haiku: Model) -> None:
    with pytest.raises(ConfigurationError, match=r"claude-haiku-4-5.*thinking"):
        claude_rules(replace(haiku, traits={"thinking": "deep"}))
