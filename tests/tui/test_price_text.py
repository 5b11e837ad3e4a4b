"""Prices as they are read, exact to the last digit stated, and contexts to the thousand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from miavo_tui.price_text import context_text, dollars, price_cells, price_lines
from tests.tui.test_catalogue_view import card


@pytest.mark.parametrize(
    ("price", "text"),
    [
        ("5", "$5.00"),
        ("5.5", "$5.50"),
        ("0.040", "$0.040"),
        ("1E+1", "$10.00"),
        ("0.0035", "$0.0035"),
    ],
)
def test_dollars_keep_every_digit(price: str, text: str) -> None:
    assert dollars(Decimal(price)) == text


@pytest.mark.parametrize(
    ("tokens", "text"),
    [(1_000_000, "1M"), (163_840, "164k"), (8_192, "8k"), (1_048_576, "1,049k"), (None, "—")],
)
def test_contexts_are_told_to_the_nearest_thousand(tokens: int | None, text: str) -> None:
    assert context_text(tokens) == text


@pytest.mark.parametrize(
    ("prices", "cells"),
    [
        ({"input_per_mtok": Decimal(5), "output_per_mtok": Decimal(25)}, ("$5.00", "$25.00")),
        ({"free": True}, ("free", "")),
        ({"priced": False}, ("unpriced", "")),
        ({"per_image": Decimal("0.04")}, ("$0.04", "/image")),
        (
            {"per_second_by_resolution": (("720p", Decimal("0.1")), ("4K", Decimal("0.3")))},
            ("$0.10+", "/second"),
        ),
    ],
)
def test_two_cells_tell_any_price(prices: dict[str, object], cells: tuple[str, str]) -> None:
    assert price_cells(card("m", **prices).prices) == cells


def test_details_list_every_price_and_explain_what_is_missing() -> None:
    sizes = (("1K-2K", Decimal("0.134")), ("4K", Decimal("0.24")))
    with_sizes = card("m", per_image=Decimal("0.134"), per_image_by_size=sizes)
    assert price_lines(with_sizes.prices) == (
        ("$0.134", "per image at 1K-2K"),
        ("$0.24", "per image at 4K"),
    )
    partial = card("m", priced=False, text_input_per_mtok=Decimal(5)).prices
    lines = price_lines(partial)
    assert lines[0] == ("$5.00", "per million text tokens in")
    assert lines[1][0] == "unpriced"
    assert "usage is recorded" in lines[1][1]
