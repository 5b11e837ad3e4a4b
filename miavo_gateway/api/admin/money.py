"""Dollars on the wire and nano-dollars inside, exactly."""

from __future__ import annotations

from decimal import Decimal

__all__ = ["to_nano", "to_usd"]

_NANO = 1_000_000_000


def to_nano(amount: Decimal) -> int:
    """Dollars as nano-dollars; the schema has refused anything finer."""
    return int(amount.scaleb(9))


def to_usd(nano: int) -> str:
    """Nano-dollars as dollars with nine decimals."""
    sign = "-" if nano < 0 else ""
    return f"{sign}{abs(nano) // _NANO}.{abs(nano) % _NANO:09d}"
