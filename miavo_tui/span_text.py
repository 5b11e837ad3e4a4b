"""Lengths of time as they are written and read: `30d`, `in 29 days`, `3 s ago`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

__all__ = ["ago", "days_text", "read_span", "span_text"]

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_WORDS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def read_span(text: str) -> timedelta | None:
    """The length that `30d`, `12h` or `90m` says; None if it says none."""
    found = re.fullmatch(r"(\d{1,6})\s*([smhdw])", text.strip().lower())
    return None if found is None else timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def span_text(seconds: float) -> str:
    """The largest unit alone, as there is little room: `42 s`, `5 min`, `3 h`, `29 d`.

    >>> span_text(42), span_text(330), span_text(90_000)
    ('42 s', '5 min', '1 d')
    """
    whole = max(0, int(seconds))
    for word, size in _WORDS:
        if whole >= size or size == 1:
            return f"{whole // size} {word}"
    raise AssertionError("a second is the least")


def days_text(seconds: float) -> str:
    """The two largest units: `29 d 4 h`, `5 min 10 s`."""
    whole = max(0, int(seconds))
    parts: list[str] = []
    for word, size in _WORDS:
        if whole >= size or (size == 1 and not parts):
            parts.append(f"{whole // size} {word}")
        whole %= size
    return " ".join(parts[:2])


def ago(at: datetime, now: datetime) -> str:
    """`3 s ago`, `now`."""
    seconds = (now - at).total_seconds()
    return "now" if seconds < 1 else f"{span_text(seconds)} ago"
