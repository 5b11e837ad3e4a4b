"""Amounts of money as they are read and written."""

from __future__ import annotations

import re
from decimal import Decimal

__all__ = ["read_usd", "usd"]

# With commas between thousands or without, and a point before the cents.
_AMOUNT = re.compile(r"([+-]?)\s*\$?\s*((?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?)")
_MOST_DECIMALS = 9
_MOST_DIGITS = 18 - _MOST_DECIMALS


def usd(amount: Decimal) -> str:
    """At least cents, then only the digits that count.

    >>> usd(Decimal("5.000000000")), usd(Decimal("-1234.5")), usd(Decimal("0.000120000"))
    ('$5.00', '-$1,234.50', '$0.00012')
    """
    whole, _, fraction = f"{abs(amount):,f}".partition(".")
    sign = "-" if amount < 0 else ""
    return f"{sign}${whole}.{fraction.rstrip('0').ljust(2, '0')}"


def read_usd(text: str) -> Decimal:
    """The amount that a person wrote: `5`, `2.50`, `$1,234.5`, `-0.01`.

    Raises:
        ValueError: it is none, or finer or greater than the gateway keeps; the message is a
            sentence for that person.
    """
    given = text.strip()
    found = _AMOUNT.fullmatch(given)
    digits = "" if found is None else found[2].replace(",", "")
    if found is None or not digits.strip("."):
        hint = " Cents stand behind a point." if re.fullmatch(r"\D*\d+,\d{1,2}", given) else ""
        raise ValueError(f"'{given[:40]}' is not an amount of dollars, such as 5 or 2.50.{hint}")
    whole, _, fraction = digits.partition(".")
    if len(fraction.rstrip("0")) > _MOST_DECIMALS:
        raise ValueError(
            f"'{given[:40]}' has more than {_MOST_DECIMALS} decimals: the least there is is a "
            "nano-dollar, $0.000000001."
        )
    if len(whole.lstrip("0")) > _MOST_DIGITS:
        raise ValueError(f"'{given[:40]}' is too much: at most $999,999,999.")
    return Decimal(found[1] + (digits if not digits.endswith(".") else digits[:-1]))
