"""Money as it is read: cents always, finer digits only where they count."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miavo_tui.money_text import usd


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
