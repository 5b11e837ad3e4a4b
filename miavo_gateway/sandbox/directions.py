"""Stage directions: words in the last user text that tell a simulated model how to act."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Directions", "read_directions", "without_directions"]

_DIRECTION = re.compile(
    r"[ \t]*\[\[(?:(?P<word>refuse|empty|length)|long (?P<tokens>\d{1,6}))\]\]", re.IGNORECASE
)
_MOST_TOKENS = 100_000


@dataclass(frozen=True, slots=True)
class Directions:
    """What the directions of a text ask for."""

    refuse: bool = False
    """`[[refuse]]`: the model will not talk about this."""
    empty: bool = False
    """`[[empty]]`: the reply has no text."""
    length: bool = False
    """`[[length]]`: the reply is cut in the middle, as by an output limit."""
    long: int | None = None
    """`[[long N]]`: the text has N tokens, 100,000 at most."""


def read_directions(text: str) -> Directions:
    """The directions in a text."""
    words: set[str] = set()
    long: int | None = None
    for match in _DIRECTION.finditer(text):
        if (word := match["word"]) is not None:
            words.add(word.lower())
        else:
            long = min(int(match["tokens"]), _MOST_TOKENS)
    return Directions("refuse" in words, "empty" in words, "length" in words, long)


def without_directions(text: str) -> str:
    """A text without its directions."""
    return _DIRECTION.sub("", text).strip()
