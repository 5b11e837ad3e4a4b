"""The hints that fit, the most useful first, help always among them."""

from __future__ import annotations

from miavo_tui.widgets.key_hints import Hint, fitting

HINTS = tuple(Hint(key, f"do {key}", key) for key in "abcdef")
HELP = Hint("?", "help", "question_mark")


def test_help_stays_when_others_no_longer_fit() -> None:
    assert fitting(HINTS, (HELP,), 200) == (*HINTS, HELP)
    assert fitting(HINTS, (HELP,), HELP.width + HINTS[0].width) == (HINTS[0], HELP)
    assert fitting(HINTS, (HELP,), 3) == (HELP,)


def test_the_first_that_does_not_fit_ends_the_line() -> None:
    long = Hint("l", "a long hint that has no room", "l")
    assert fitting((HINTS[0], long, HINTS[1]), (), 20) == (HINTS[0],)
