"""Prices are exact, or refused."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miavo_gateway.catalogue.prices import Prices, price_per_mtok, price_per_unit


@st.composite
def decimals(draw: st.DrawFn, places: int) -> str:
    """Plain decimal strings of at most so many places, zeros at their end included."""
    whole = draw(st.integers(0, 999_999_999))
    digits = draw(st.text("0123456789", max_size=places))
    return f"{whole}.{digits}" if digits else str(whole)


@given(decimals(places=3))
def test_a_token_price_survives_the_way_to_nano_dollars_and_back(text: str) -> None:
    price = price_per_mtok(text)
    assert Decimal(price.nano) * 1_000_000 / 1_000_000_000 == Decimal(text)
    assert price.usd == text


@given(decimals(places=9))
def test_a_unit_price_survives_the_way_to_nano_dollars_and_back(text: str) -> None:
    price = price_per_unit(text)
    assert Decimal(price.nano).scaleb(-9) == Decimal(text)


@given(st.text(max_size=12))
def test_any_text_is_an_exact_price_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        assert Decimal(price_per_unit(text).nano).scaleb(-9) == Decimal(text)


def test_a_dollar_per_million_is_a_thousand_nano_dollars_a_token() -> None:
    assert price_per_mtok("1").nano == 1_000
    assert price_per_unit("0.134").nano == 134_000_000


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("2,50", "is not a decimal number"),
        ("", "is not a decimal number"),
        (" 1", "is not a decimal number"),
        ("1.", "is not a decimal number"),
        (".5", "is not a decimal number"),
        ("+1", "is not a decimal number"),
        ("1e3", "is not a decimal number"),
        ("1_000", "is not a decimal number"),
        ("NaN", "is not a decimal number"),
        ("Infinity", "is not a decimal number"),
        ("\N{FULLWIDTH DIGIT ONE}", "is not a decimal number"),
        ("1\n", "is not a decimal number"),
        ("-1", "is negative"),
        ("0.0005", "is not a whole number of nano-dollars a token"),
    ],
)
def test_what_is_no_price_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=f"^{problem}$"):
        price_per_mtok(text)


def test_free_means_stated_and_zero_in_every_grade() -> None:
    zero, some = price_per_unit("0.00"), price_per_unit("0.01")
    assert not Prices().free
    assert Prices(per_second=zero).free
    assert not Prices(per_second=zero, per_second_by_resolution=(("4K", some),)).free
    assert not Prices(text_input=zero, text_output=zero).free
