"""Text from elsewhere, made safe to show in a terminal."""

from __future__ import annotations

import re

__all__ = ["pasted", "printable", "printable_line", "storable"]

_KEPT = {0x09, 0x0A}
_C0_AND_C1 = {code for code in (*range(0x20), *range(0x7F, 0xA0)) if code not in _KEPT}
# Marks that reorder or hide what follows them (Unicode TR 36): shown text must be the text sent.
_BIDI_AND_INVISIBLE = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x2028, 0x2029, 0xFEFF}
# ECMA-48, 5.3 to 5.6: control strings with their end, control sequences, the other escapes.
_ESCAPES = re.compile(
    r"""
    (?: \x1b[PX\]^_] | [\x90\x98\x9d-\x9f] ) [^\x07\x1b\x9c]* (?: \x07 | \x1b\\ | \x9c )
    | (?: \x1b\[ | \x9b ) [0-?]* [ -/]* [@-~]
    | \x1b [ -/]* [0-~]
    """,
    re.VERBOSE,
)
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


def storable(text: str) -> str:
    """As `printable`, and text that any encoding and SQLite can take.

    JSON may carry half a surrogate pair.
    """
    return printable(text).encode("utf-8", "replace").decode("utf-8")


def pasted(text: str) -> str:
    """What a paste is meant to say: its lines and characters, without escape sequences.

    A terminal may send the ends of lines as it likes, and coloured text with its colours.
    """
    lines = _ESCAPES.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return printable(lines)
