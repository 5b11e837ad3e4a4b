"""Amounts fit their columns and lose no digit that counts."""

from __future__ import annotations

import pytest

from miavo_tui.amount_text import (
    brief_milliseconds,
    bytes_text,
    count_text,
    counted,
    milliseconds_text,
    seconds_text,
)


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0"),
        (0.5, "0.5"),
        (999, "999"),
        (999.6, "1.00k"),
        (1_000, "1.00k"),
        (99_960, "100k"),
        (999_700, "1.00M"),
        (12_345_678, "12.3M"),
        (2_000_000_000, "2.00G"),
    ],
)
def test_counts_keep_three_digits(count: float, shown: str) -> None:
    assert count_text(count) == shown


@pytest.mark.parametrize(
    ("ms", "shown", "brief"),
    [
        (0.42, "0.4 ms", "0.4ms"),
        (9.96, "10 ms", "10ms"),
        (999.6, "1.00 s", "1.00s"),
        (12_340, "12.3 s", "12.3s"),
        (99_960, "1 min 40 s", "1m40s"),
        (3_725_000, "1 h 2 min", "1h02m"),
    ],
)
def test_durations_change_their_unit_where_they_are_rounded_up(
    ms: float, shown: str, brief: str
) -> None:
    assert milliseconds_text(ms) == shown
    assert brief_milliseconds(ms) == brief
    assert len(brief) <= 6


def test_long_times_and_sizes() -> None:
    assert seconds_text(59.7) == "1 min 0 s"
    assert seconds_text(93_784) == "1 d 2 h"
    assert bytes_text(1_023.7) == "1.0 KiB"
    assert bytes_text(48_500_000) == "46.3 MiB"
    assert bytes_text(3 * 2**40) == "3072 GiB"


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0 requests"), (1, "1 request"), (1_200, "1,200 requests")]
)
def test_one_is_not_told_as_several(count: int, shown: str) -> None:
    assert counted(count, "request") == shown
