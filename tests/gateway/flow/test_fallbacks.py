"""Which models stand in for a model, and what cannot be a list of them."""

from __future__ import annotations

import pytest

from miavo_gateway.catalogue import load_catalogue
from miavo_gateway.errors import (
    BudgetExhausted,
    ConfigurationError,
    InvalidRequest,
    MiavoError,
    NoUpstream,
    RateLimitExceeded,
    UpstreamError,
)
from miavo_gateway.flow.fallbacks import Fallbacks, dearest_price, falls_back, read_fallbacks
from miavo_gateway.flow.pricing import price_of

CATALOGUE = load_catalogue()
A, B, C, D = "claude-opus-4-6", "bedrock-claude-opus-4-6", "gpt-5.4", "local-echo"
CHAT = [model.slug for model in CATALOGUE.models if model.kind.value == "chat"]


def tried(table: dict[str, list[str]], slug: str, allow: tuple[str, ...] = ()) -> list[str]:
    model = CATALOGUE.get(slug)
    assert model is not None
    found = read_fallbacks(table, CATALOGUE, "config.toml").models_for(model, allow)
    return [each.slug for each in found]


def test_a_model_without_fallbacks_is_tried_alone() -> None:
    assert tried({}, A) == [A]
    assert tried({A: [B]}, B) == [B]
    assert tried({A: []}, A) == [A]
    model = CATALOGUE.get(A)
    assert model is not None
    assert Fallbacks().models_for(model) == (model,)


def test_fallbacks_of_fallbacks_come_before_the_next_of_the_list_and_each_once() -> None:
    table = {A: [B, C], B: [D], C: [D, B]}
    assert tried(table, A) == [A, B, D, C]
    assert tried(table, C) == [C, D, B]


def test_a_fallback_that_the_keys_allow_list_does_not_admit_is_never_tried() -> None:
    table = {A: [B, C, D]}
    assert tried(table, A, ("provider:anthropic", "local-*")) == [A, D]
    assert tried(table, A, (A,)) == [A]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"claude-opus-4.6": [B]}, 'no model "claude-opus-4.6"; did you mean "claude-opus-4-6"'),
        ({A: ["nothing-like-it-0"]}, f'"{A}": the catalogue has no model "nothing-like-it-0"'),
        ({A: ["veo-3.1"]}, '"veo-3.1" is a video model'),
        ({"tts-1": [A]}, '"tts-1" is a speech model'),
        ({A: [A]}, f"circle: {A} → {A}"),
        ({A: [B], B: [C], C: [B]}, f"circle: {B} → {C} → {B}"),
        ({A: [B, B]}, "twice"),
        ({CHAT[0]: CHAT[1:9]}, "more than 7 other models"),
        ({CHAT[n]: [CHAT[n + 1]] for n in range(8)}, "more than 7 other models"),
    ],
)
def test_what_cannot_be_followed_is_a_configuration_error_that_names_it(
    table: dict[str, list[str]], says: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_fallbacks(table, CATALOGUE, "config.toml")
    assert refused.value.message.startswith("config.toml: fallbacks: ")
    assert says in refused.value.message


def test_a_table_that_branches_everywhere_is_read_at_once() -> None:
    table = {slug: CHAT[n + 1 :] for n, slug in enumerate(CHAT)}
    with pytest.raises(ConfigurationError, match="more than 7"):
        read_fallbacks(table, CATALOGUE, "config.toml")


@pytest.mark.parametrize(
    ("error", "goes_on"),
    [
        (UpstreamError("failed"), True),
        (NoUpstream("no credential"), True),
        (InvalidRequest("the provider refused the request"), False),
        (BudgetExhausted("no credit"), False),
        (RateLimitExceeded("a window is full", retry_after=1), False),
    ],
)
def test_only_what_the_upstream_is_to_blame_for_goes_on_to_the_next_model(
    error: MiavoError, *, goes_on: bool
) -> None:
    assert falls_back(error) is goes_on


def test_the_dearest_of_the_models_says_what_to_hold() -> None:
    models = [model for model in CATALOGUE.models if model.slug in {A, C, D}]
    assert len(models) == 3
    expected = max(price_of(model.prices, 1_000, 500) for model in models)
    assert dearest_price(models, 1_000, 500) == expected > 0
    assert dearest_price((), 1_000, 500) == 0
