"""Search, filters and orders of the catalogue as one pure function."""

from __future__ import annotations

from decimal import Decimal

import pytest

from miavo_tui.catalogue_view import SORTS, CatalogueView, selected
from miavo_tui.model_card import Lifecycle, ModelCard, Prices


def card(slug: str, **changes: object) -> ModelCard:
    """A model; fields of its prices are given by their own names."""
    prices: dict[str, object] = {
        "priced": True,
        "free": False,
        "input_per_mtok": None,
        "output_per_mtok": None,
        "per_image": None,
        "per_image_by_size": (),
        "per_second": None,
        "per_second_by_resolution": (),
        "text_input_per_mtok": None,
        "text_output_per_mtok": None,
    }
    fields: dict[str, object] = {
        "slug": slug,
        "name": slug.title(),
        "provider": "Anthropic",
        "owned_by": "anthropic",
        "kind": "chat",
        "summary": "A model.",
        "context_window": None,
        "features": (),
        "lifecycle": Lifecycle("active", None, None, None),
        "endpoint": "/v1/chat/completions",
        "reachable": True,
        "unreachable_reason": None,
    }
    for name, value in changes.items():
        (prices if name in prices else fields)[name] = value
    return ModelCard(prices=Prices(**prices), **fields)  # type: ignore[arg-type]


MODELS = (
    card("b-ten", input_per_mtok=Decimal("10.00"), output_per_mtok=Decimal(1), context_window=8),
    card("a-two", input_per_mtok=Decimal("2.00"), output_per_mtok=Decimal(3), context_window=9),
    card("d-unpriced", priced=False),
    card("c-video", kind="video", per_second_by_resolution=(("1080p", Decimal("0.3")),)),
    card("e-image", kind="image", per_image=Decimal("0.1")),
    card("f-free", free=True, input_per_mtok=Decimal(0), output_per_mtok=Decimal(0)),
    card("g-two-too", input_per_mtok=Decimal("2.0"), output_per_mtok=Decimal("3.0")),
)


def slugs(view: CatalogueView) -> list[str]:
    return [model.slug for model in selected(MODELS, view)]


@pytest.mark.parametrize(
    ("sort", "descending", "order"),
    [
        ("catalogue", False, "b-ten a-two d-unpriced c-video e-image f-free g-two-too"),
        ("catalogue", True, "g-two-too f-free e-image c-video d-unpriced a-two b-ten"),
        ("name", False, "a-two b-ten c-video d-unpriced e-image f-free g-two-too"),
        # 10.00 is more than 2.00, equals keep their order, and no unit mixes with another.
        ("input", False, "f-free a-two g-two-too b-ten c-video e-image d-unpriced"),
        ("input", True, "b-ten a-two g-two-too f-free c-video e-image d-unpriced"),
        ("output", False, "f-free b-ten a-two g-two-too c-video e-image d-unpriced"),
        ("context", True, "a-two b-ten d-unpriced c-video e-image f-free g-two-too"),
    ],
)
def test_orders(sort: str, descending: bool, order: str) -> None:
    assert slugs(CatalogueView(sort=sort, descending=descending)) == order.split()


def test_an_order_of_another_version_falls_back_to_the_catalogues_own() -> None:
    assert slugs(CatalogueView(sort="popularity")) == slugs(CatalogueView())


def test_every_order_keeps_every_model() -> None:
    for sort in SORTS:
        assert sorted(slugs(CatalogueView(sort=sort))) == sorted(model.slug for model in MODELS)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("  TEN ", ["b-ten"]),
        ("anthropic two", ["a-two", "g-two-too"]),
        ("model. video", ["c-video"]),
        ("ten two", []),
    ],
)
def test_every_word_must_occur_somewhere(search: str, found: list[str]) -> None:
    assert slugs(CatalogueView(search=search)) == found


def test_filters_add_up() -> None:
    models = (
        card("a", features=("streaming", "tools"), provider="Local", free=True),
        card("b", features=("streaming",), provider="Local"),
        card("c", features=("streaming", "tools"), reachable=False, free=True),
    )

    def kept(**view: object) -> list[str]:
        return [m.slug for m in selected(models, CatalogueView(**view))]  # type: ignore[arg-type]

    assert kept(features=("tools", "streaming")) == ["a", "c"]
    assert kept(features=("tools",), reachable_only=True) == ["a"]
    assert kept(provider="Local", free_only=True) == ["a"]
    assert kept(kind="video") == []
