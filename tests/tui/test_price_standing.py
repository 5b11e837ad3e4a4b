"""How prices compare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from miavo_tui.model_card import Lifecycle, ModelCard, Prices
from miavo_tui.price_standing import bar, chat_cost, standings

_PRICES = Prices(
    priced=True,
    free=False,
    input_per_mtok=None,
    output_per_mtok=None,
    per_image=None,
    per_image_by_size=(),
    per_second=None,
    per_second_by_resolution=(),
    text_input_per_mtok=None,
    text_output_per_mtok=None,
)


def card(slug: str, kind: str = "chat", status: str = "active", **prices: object) -> ModelCard:
    return ModelCard(
        slug=slug,
        name=slug,
        provider="P",
        owned_by="p",
        kind=kind,
        summary="",
        context_window=None,
        features=(),
        prices=replace(_PRICES, **prices),  # type: ignore[arg-type]
        lifecycle=Lifecycle(status, None, None, None),
        endpoint="/v1/chat/completions",
        reachable=True,
        unreachable_reason=None,
    )


def tokens(given: str, made: str) -> dict[str, Decimal]:
    return {"input_per_mtok": Decimal(given), "output_per_mtok": Decimal(made)}


def test_a_price_stands_among_those_of_its_kind_that_can_be_chosen() -> None:
    model = card("m", **tokens("1", "10"))
    others = [
        card("cheap", **tokens("0.1", "1")),
        card("dear", **tokens("10", "100")),
        card("same", **tokens("1", "10")),
        card("gone", status="retired", **tokens("1000", "1000")),
        card("none", free=True),
        card("unknown", priced=False),
        card("video", kind="video", per_second=Decimal("0.1")),
    ]
    given, made = standings(model, [model, *others])
    assert (given.label, given.of, given.cheaper_than) == ("in", 3, 1)
    assert given.fraction == made.fraction == 0.5
    assert standings(others[0], [model, *others])[0].fraction == 0
    assert standings(others[1], [model, *others])[0].fraction == 1


def test_seconds_are_compared_with_seconds_and_never_with_images() -> None:
    each: Callable[[str, str], ModelCard] = lambda slug, price: card(  # noqa: E731
        slug, kind="video", per_second=Decimal(price)
    )
    image = card("i", kind="video", per_image=Decimal("9"))
    (found,) = standings(each("a", "0.1"), [each("a", "0.1"), each("b", "0.4"), image])
    assert (found.of, found.cheaper_than, found.label) == (1, 1, "")
    assert standings(image, [image, each("b", "0.4")]) == []


def test_nothing_is_said_where_there_is_nothing_to_compare() -> None:
    alone = card("m", **tokens("1", "1"))
    assert standings(alone, [alone]) == []
    assert standings(card("f", free=True), [alone]) == []


def test_bars_show_something_for_anything_and_stay_within_their_width() -> None:
    assert [bar(f, 4) for f in (0, 0.001, 0.5, 1, 7)] == ["────", "━───", "━━──", "━━━━", "━━━━"]


def test_a_requests_cost_is_exact_and_unknown_where_tokens_have_no_price() -> None:
    models = [
        card("m", **tokens("3", "15")),
        card("f", free=True),
        card("v", kind="video", per_second=Decimal(1)),
    ]
    assert chat_cost(models, 10_000, 1_000) == [Decimal("0.045"), Decimal(0), None]
