"""How full something is, as a bar or a column of text that reads without colour too."""

from __future__ import annotations

from decimal import Decimal

__all__ = ["bar", "column_cell", "eighths_of", "level", "percent_text"]

_EIGHTHS = " ▁▂▃▄▅▆▇█"
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


def eighths_of(height: float) -> int:
    """A column's height in eighths of a row; what is more than nothing has at least one.

    >>> eighths_of(1.5), eighths_of(0.001), eighths_of(0)
    (12, 1, 0)
    """
    return max(1, round(height * 8)) if height > 0 else 0


def column_cell(eighths: int, below: int) -> str:
    """One cell of a column.

    Args:
        eighths: the column's height, in eighths of a row.
        below: how many rows are under this cell.

    >>> column_cell(12, 0), column_cell(12, 1), column_cell(12, 2)
    ('█', '▄', ' ')
    """
    return _EIGHTHS[max(0, min(8, eighths - below * 8))]


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
