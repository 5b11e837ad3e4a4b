"""Amounts of money under each other, their points in one column."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from miavo_tui.money_text import usd

__all__ = ["aligned_usd", "decimals_of"]


def decimals_of(amounts: Iterable[Decimal]) -> int:
    """How many decimals the finest of the amounts has, cents at least."""
    return max((len(usd(amount).partition(".")[2]) for amount in amounts), default=2)


def aligned_usd(amount: Decimal, decimals: int, *, sign: bool = False) -> str:
    """The amount, with blanks in place of the decimals that it has not.

    Args:
        amount: exact; nothing is rounded.
        decimals: for how many there is room.
        sign: whether a plus stands before what is above zero.
    """
    text = usd(amount)
    missing = decimals - len(text.partition(".")[2])
    return f"{'+' if sign and amount > 0 else ''}{text}{' ' * missing}"
