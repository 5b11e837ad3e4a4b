"""Money as it is read: cents always, finer digits only where they count."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miavo_tui.money_text import read_usd, usd


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("5.000000000", "$5.00"),
        ("0", "$0.00"),
        ("0E-9", "$0.00"),
        ("0.000123000", "$0.000123"),
        ("-1234.5", "-$1,234.50"),
        ("1000000.000000001", "$1,000,000.000000001"),
    ],
)
def test_cents_then_the_digits_that_count(amount: str, text: str) -> None:
    assert usd(Decimal(amount)) == text


@given(st.decimals(-(10**9), 10**9, places=9))
def test_nothing_is_rounded(amount: Decimal) -> None:
    assert Decimal(usd(amount).replace("$", "").replace(",", "")) == amount


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("5", "5"),
        (" $1,234.50 ", "1234.50"),
        ("-0.000000001", "-0.000000001"),
        (".5", "0.5"),
        ("5.", "5"),
        ("+ $2", "2"),
        ("0.1000000000000", "0.1"),
    ],
)
def test_an_amount_is_read_exactly(written: str, amount: str) -> None:
    assert read_usd(written) == Decimal(amount)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("", "not an amount"),
        ("five", "not an amount"),
        ("5,50", "behind a point"),
        ("1e3", "not an amount"),
        ("NaN", "not an amount"),
        ("1_000", "not an amount"),
        (".", "not an amount"),
        ("$-5", "not an amount"),
        ("0.0000000001", "nano-dollar"),
        ("1234567890", "too much"),
    ],
)
def test_what_is_no_amount_is_refused_with_the_reason(written: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_usd(written)
