"""Text from elsewhere, made safe to show in a terminal."""

from __future__ import annotations

__all__ = ["printable", "printable_line"]

_KEPT = {0x09, 0x0A}
_C0_AND_C1 = {code for code in (*range(0x20), *range(0x7F, 0xA0)) if code not in _KEPT}
# Marks that reorder or hide what follows them (Unicode TR 36): shown text must be the text sent.
_BIDI_AND_INVISIBLE = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x2028, 0x2029, 0xFEFF}
_DROPPED: dict[int, None] = dict.fromkeys(_C0_AND_C1 | _BIDI_AND_INVISIBLE)


def printable(text: str) -> str:
    """Drops control characters and bidirectional overrides; newlines and tabs stay.

    Without its ESC an escape sequence is ordinary text, so nothing a model, a user or a provider
    writes can move the cursor, set a title or reach the clipboard.
    """
    return text.translate(_DROPPED)


def printable_line(text: str) -> str:
    """As `printable`, on one line: every run of white space becomes one space."""
    return " ".join(printable(text).split())
