"""How full something is, as a bar of text that reads without colour too."""

from __future__ import annotations

from decimal import Decimal

__all__ = ["bar", "level", "percent_text"]

_NEARLY = 0.8


def bar(share: float, width: int) -> tuple[str, str]:
    """The full part and the empty part, `width` cells together.

    What is not nothing shows at least half a cell, and only what is full fills the bar.

    >>> bar(0.5, 4)
    ('━━', '──')
    """
    halves = round(max(0.0, min(share, 1.0)) * width * 2)
    if share > 0:
        halves = max(halves, 1)
    if share < 1:
        halves = min(halves, width * 2 - 1)
    full = "━" * (halves // 2) + ("╾" if halves % 2 else "")
    return full, "─" * (width - len(full))


def level(share: float) -> str:
    """The look of a share: `accent` with room, `warn` from four fifths on, `bad` when full."""
    return "bad" if share >= 1 else "warn" if share >= _NEARLY else "accent"


def percent_text(part: Decimal, whole: Decimal) -> str:
    """`24%`, never 0% of something and never 100% of less than all.

    >>> percent_text(Decimal("0.001"), Decimal(5)), percent_text(Decimal("4.999"), Decimal(5))
    ('<1%', '99%')
    """
    if whole <= 0:
        return "100%"
    share = part / whole * 100
    if 0 < share < 1:
        return "<1%"
    return f"{int(share)}%"
