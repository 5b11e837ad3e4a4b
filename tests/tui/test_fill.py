"""Bars of text: what is not nothing is seen, and only what is full looks full."""

from __future__ import annotations

from decimal import Decimal

import pytest

from miavo_tui.fill import bar, column_cell, eighths_of, percent_text


@pytest.mark.parametrize(
    ("share", "looks"),
    [(0, "────"), (0.001, "╾───"), (0.5, "━━──"), (0.999, "━━━╾"), (1, "━━━━"), (7, "━━━━")],
)
def test_a_bar(share: float, looks: str) -> None:
    assert "".join(bar(share, 4)) == looks


@pytest.mark.parametrize(
    ("height", "looks"),
    [(0, "   "), (0.001, "▁  "), (1, "█  "), (1.5, "█▄ "), (3, "███"), (9, "███")],
)
def test_a_column(height: float, looks: str) -> None:
    eighths = eighths_of(height)
    assert "".join(column_cell(eighths, below) for below in range(3)) == looks


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [("0", "5", "0%"), ("0.001", "5", "<1%"), ("4.999", "5", "99%"), ("5", "5", "100%")],
)
def test_a_percentage_never_rounds_to_nothing_or_all(part: str, whole: str, text: str) -> None:
    assert percent_text(Decimal(part), Decimal(whole)) == text
