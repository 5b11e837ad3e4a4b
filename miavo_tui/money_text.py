"""Amounts of money as they are read."""

from __future__ import annotations

from decimal import Decimal

__all__ = ["usd"]


def usd(amount: Decimal) -> str:
    """At least cents, then only the digits that count.

    >>> usd(Decimal("5.000000000")), usd(Decimal("-1234.5")), usd(Decimal("0.000120000"))
    ('$5.00', '-$1,234.50', '$0.00012')
    """
    whole, _, fraction = f"{abs(amount):,f}".partition(".")
    sign = "-" if amount < 0 else ""
    return f"{sign}${whole}.{fraction.rstrip('0').ljust(2, '0')}"
