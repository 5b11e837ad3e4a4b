"""The catalogue says what Miavo's public page says, to the last digit.

`page.csv` holds the page's facts as it writes them, one row a model; `figures` are the numbers in
its line of prose.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from miavo_gateway.catalogue import Catalogue, Feature, Kind, Model, Status, load_catalogue

ROWS = list(csv.DictReader(Path(__file__).with_name("page.csv").open(encoding="utf-8")))
BADGES = {"Streaming": Feature.STREAMING, "Tools": Feature.TOOLS, "Vision input": Feature.VISION}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def each_row() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", ROWS, ids=[row["slug"] for row in ROWS])


def model_of(row: dict[str, str], catalogue: Catalogue) -> Model:
    model = catalogue.get(row["slug"])
    assert model is not None
    return model


def test_84_models_of_the_page_in_its_order_then_nine_local(catalogue: Catalogue) -> None:
    assert len(catalogue.models) == 93
    listed = [(catalogue.provider_of(model).name, model.slug) for model in catalogue.models]
    assert listed[:84] == [(row["provider"], row["slug"]) for row in ROWS]
    assert listed[84:] == [
        ("Local", slug)
        for slug in (
            "local-smollm2-135m",
            "local-echo",
            "local-espeak",
            "local-pocketsphinx",
            "local-storyboard",
            "local-ollama",
            "local-llama-cpp",
            "local-vllm",
            "local-lm-studio",
        )
    ]


@each_row()
def test_name_context_and_features_are_the_pages(row: dict[str, str], catalogue: Catalogue) -> None:
    model = model_of(row, catalogue)
    assert model.name == row["name"]
    assert list(model.features) == [BADGES[badge] for badge in row["features"].split(";") if badge]
    thousands = row["context"].removesuffix("k").replace(",", "")
    assert model.context == (round(float(thousands) * 1000) if thousands else None)


@each_row()
def test_prices_are_the_pages_digit_for_digit(row: dict[str, str], catalogue: Catalogue) -> None:
    prices = model_of(row, catalogue).prices
    for stated, price in (
        (row["input"], prices.input),
        (row["output"], prices.output),
        (row["per_image"], prices.per_image),
        (row["per_second"], prices.per_second),
    ):
        assert (price.usd if price else "") == stated
    assert prices.priced == any(
        row[name] for name in ("input", "output", "per_image", "per_second")
    )
    written_zero = {row["input"], row["output"]} == {"0.00"}
    assert prices.free == (row["free"] == "free" or written_zero)


@each_row()
def test_kind_agrees_with_the_pages_badge(row: dict[str, str], catalogue: Catalogue) -> None:
    model = model_of(row, catalogue)
    assert (model.kind is Kind.VIDEO) == (row["badge"] == "VIDEO")
    assert (model.kind is Kind.IMAGE) == (row["badge"] == "IMAGE · PREVIEW")
    if model.kind is Kind.IMAGE:
        assert model.lifecycle.status in {Status.PREVIEW, Status.RETIRED}
    if row["input"]:
        assert model.kind is Kind.CHAT


@each_row()
def test_summary_keeps_every_figure_of_the_pages_line(
    row: dict[str, str], catalogue: Catalogue
) -> None:
    model = model_of(row, catalogue)
    text = f"{model.name} {model.summary}"
    for figure in row["figures"].split():
        assert re.search(rf"(?<![\d.]){re.escape(figure)}(?!\d)", text), figure


@pytest.mark.parametrize(
    ("slug", "by_label"),
    [
        ("nano-banana-pro", {"1K-2K": "0.134", "4K": "0.24"}),
        ("nano-banana-2", {"1K": "0.067", "2K": "0.10", "4K": "0.15"}),
        ("veo-3.1-fast", {"720p": "0.10", "1080p": "0.12", "4K": "0.30"}),
        ("vertex-veo-3.1-fast", {"720p": "0.10"}),
    ],
)
def test_graded_prices_in_the_pages_prose_are_data(
    slug: str, by_label: dict[str, str], catalogue: Catalogue
) -> None:
    model = catalogue.get(slug)
    assert model is not None
    tables = model.prices.per_image_by_size + model.prices.per_second_by_resolution
    assert {label: price.usd for label, price in tables} == by_label


def test_realtime_text_prices_are_data_and_leave_the_model_unpriced(
    catalogue: Catalogue,
) -> None:
    model = catalogue.get("gpt-realtime")
    assert model is not None
    assert model.prices.text_input is not None
    assert model.prices.text_output is not None
    assert (model.prices.text_input.nano, model.prices.text_output.nano) == (5_000, 20_000)
    assert not model.prices.priced
    assert model.prices.input_nano is None


@pytest.mark.parametrize(
    ("slug", "day", "successor"),
    [
        ("kimi-k2-0711-preview", "2026-05-25", "kimi-k2.6"),
        ("kimi-k2-0905-preview", "2026-05-25", "kimi-k2.6"),
        ("deepseek-chat", "2026-07-24", "deepseek-v4-flash"),
        ("deepseek-reasoner", "2026-07-24", "deepseek-v4-flash"),
    ],
)
def test_what_the_page_announced_as_ending_has_ended(
    slug: str, day: str, successor: str, catalogue: Catalogue
) -> None:
    model = catalogue.get(slug)
    assert model is not None
    assert model.lifecycle.status is Status.RETIRED
    assert str(model.lifecycle.retires_on) == day
    assert model.lifecycle.successor == successor


def test_no_model_is_retired_in_the_future_or_live_past_its_end(catalogue: Catalogue) -> None:
    for model in catalogue.models:
        life, as_of = model.lifecycle, catalogue.provider_of(model).as_of
        if life.status is Status.RETIRED:
            assert life.retires_on is not None, model.slug
            assert life.retires_on <= as_of, model.slug
        elif life.retires_on is not None:
            assert life.retires_on > as_of, model.slug


def test_nobody_is_sent_to_a_retired_successor(catalogue: Catalogue) -> None:
    for model in catalogue.models:
        if model.lifecycle.successor is not None:
            successor = catalogue.get(model.lifecycle.successor)
            assert successor is not None
            assert successor.lifecycle.status is not Status.RETIRED, model.slug


def test_local_models_are_free_and_need_no_credential(catalogue: Catalogue) -> None:
    local = [model for model in catalogue.models if model.provider == "local"]
    assert all(model.prices.free for model in local)
    assert [provider.id for provider in catalogue.providers if not provider.needs_credential] == [
        "local"
    ]
