"""A user's configuration changes, adds and hides models."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

from miavo_gateway.catalogue import Catalogue, Kind, Model, Status, load_catalogue, with_overrides
from miavo_gateway.errors import ConfigurationError

SHIPPED = load_catalogue()


def overridden(text: str) -> Catalogue:
    return with_overrides(SHIPPED, tomllib.loads(text)["models"], "config.toml")


def known(slug: str, catalogue: Catalogue) -> Model:
    model = catalogue.get(slug)
    assert model is not None
    return model


def test_no_table_changes_nothing() -> None:
    assert with_overrides(SHIPPED, {}, "config.toml") == SHIPPED


def test_named_fields_are_replaced_and_the_rest_stays() -> None:
    changed = overridden(
        """
        [models."gpt-5.4"]
        name = "Ours"
        context = 64_000
        prices.input = "1.25"
        lifecycle = { retires_on = 2027-06-30 }
        """
    )
    before, after = known("gpt-5.4", SHIPPED), known("gpt-5.4", changed)
    assert (after.name, after.context) == ("Ours", 64_000)
    assert (after.prices.input_nano, after.prices.output_nano) == (1_250, 15_000)
    assert after.lifecycle.retires_on == date(2027, 6, 30)
    assert after.lifecycle.status is Status.ACTIVE
    assert (after.summary, after.features, after.upstream) == (
        before.summary,
        before.features,
        before.upstream,
    )
    assert [model.slug for model in changed.models] == [model.slug for model in SHIPPED.models]


def test_pricing_an_unpriced_model_makes_it_priced() -> None:
    assert not known("gpt-realtime", SHIPPED).prices.priced
    changed = overridden('[models.gpt-realtime.prices]\ninput = "32.00"\noutput = "64.00"')
    prices = known("gpt-realtime", changed).prices
    assert prices.priced
    assert prices.input_nano == 32_000


def test_a_new_flat_price_replaces_the_graded_ones() -> None:
    changed = overridden('[models."veo-3.1-fast"]\nprices.per_second = "0.20"')
    prices = known("veo-3.1-fast", changed).prices
    assert prices.per_second is not None
    assert prices.per_second.usd == "0.20"
    assert prices.per_second_by_resolution == ()


def test_a_hidden_model_is_gone_and_is_nobodys_successor() -> None:
    changed = overridden('[models."kimi-k2.6"]\nhidden = true')
    assert changed.get("kimi-k2.6") is None
    assert len(changed.models) == 92
    assert known("kimi-k2.5", changed).lifecycle.successor is None


def test_an_unknown_slug_adds_a_model_at_the_end_of_its_provider() -> None:
    changed = overridden(
        """
        [models."claude-next"]
        provider = "anthropic"
        kind = "chat"
        name = "Claude Next"
        upstream = "claude-next-1"
        """
    )
    slugs = [model.slug for model in changed.models if model.provider == "anthropic"]
    assert slugs[-1] == "claude-next"
    assert changed.models[4].slug == "claude-next"
    added = known("claude-next", changed)
    assert added.kind is Kind.CHAT
    assert not added.prices.priced


def test_a_successor_may_be_a_model_added_in_the_same_file() -> None:
    changed = overridden(
        """
        [models."o4-mini"]
        lifecycle.successor = "gpt-new"

        [models."gpt-new"]
        provider = "openai"
        kind = "chat"
        name = "New"
        upstream = "new"
        """
    )
    assert known("o4-mini", changed).lifecycle.successor == "gpt-new"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[models."gpt-5.4"]\nprices.input = "2,50"',
            'model gpt-5.4: prices.input: "2,50" is not a decimal number',
        ),
        (
            '[models."gpt-4o-mini-tts"]\nprices.input = "1"',
            "model gpt-4o-mini-tts: prices.output: is missing: it goes with input",
        ),
        (
            '[models."gpt-5.4"]\ncontxt = 1',
            "model gpt-5.4: contxt: is not a known field; did you mean context?",
        ),
        (
            '[models."gpt-5.4-minni"]\nhidden = true',
            "model gpt-5.4-minni: hidden: the catalogue has no such model; did you mean "
            "gpt-5.4-mini?",
        ),
        (
            '[models."gpt-5.4-minni"]\nname = "x"',
            "model gpt-5.4-minni: provider: is missing: the catalogue has no such model, so this "
            "would add one; did you mean gpt-5.4-mini?",
        ),
        (
            '[models.new]\nprovider = "acme"\nkind = "chat"\nname = "x"\nupstream = "x"',
            'model new: provider: "acme" is not one of anthropic, bedrock, openai, ',
        ),
        (
            '[models.new]\nprovider = "openai"\nkind = "chat"\nname = "x"',
            "model new: upstream: is missing",
        ),
        (
            '[models."a/b"]\nprovider = "openai"',
            "model a/b: slug: a slug is made of letters, digits and . _ : -",
        ),
        (
            '[models."gpt-image-2"]\nkind = "image"\nprices.per_image_by_size = 1',
            "model gpt-image-2: prices.per_image_by_size: 1 is not a table",
        ),
        (
            '[models.new]\nprovider = "openai"\nkind = "image"\nname = "x"\nupstream = "x"\n'
            'prices.per_image_by_size = { 1K = "1" }',
            "model new: prices.per_image: is missing: a size that the table lacks needs it",
        ),
        (
            '[models."gpt-image-2"]\nkind = "chat"\nprices.per_image = "1"',
            "model gpt-image-2: prices.per_image: is no price of a chat model",
        ),
        ('[models]\n"gpt-5.4" = 3', "model gpt-5.4: 3 is not a table"),
        (
            '[models."gpt-5.4"]\nlifecycle.successor = "nobody"',
            'model gpt-5.4: lifecycle.successor: "nobody" is no other model of the catalogue',
        ),
        ('[models."gpt-5.4"]\nhidden = "yes"', 'model gpt-5.4: hidden: "yes" is not true or fal'),
    ],
)
def test_a_fault_is_told_with_the_file_slug_and_field(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        overridden(text)
    assert caught.value.message.startswith(f"config.toml: {message}")
