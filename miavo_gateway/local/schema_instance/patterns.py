"""Regular expressions of strangers: matched in linear time, and turned into strings.

Matching is RE2's: no pattern makes it slow or hungry, which Python's own engine cannot say. In
return RE2 has no look-around, no back-references and no counts above 1,000.
"""

from __future__ import annotations

import random
import re
import string
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import re2  # type: ignore[import-untyped]
import rstr

from miavo_gateway.local.schema_instance.budget import spend

if TYPE_CHECKING:
    from _typeshed import SupportsLenAndGetItem

__all__ = ["is_supported", "matches", "strings_matching"]

_LONGEST_PATTERN = 1_000
_MATCHER_BYTES = 4 << 20
# A pattern of few characters can demand a string of any length: ((a{99}){99}){99}.
_MOST_REPEATS = 5_000
_EXTRA_REPEATS = (0, 1, 2, 4, 8, 16, 32, 64, 99)
_READABLE = string.ascii_lowercase + string.digits + string.ascii_uppercase + "_- "
_RANK = {character: rank for rank, character in enumerate(_READABLE)}
# One escape at a time, so that an escaped backslash before a "u" is not taken for one.
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|.)", re.DOTALL)

_T = TypeVar("_T")


@lru_cache(maxsize=128)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False  # it would write to the terminal, which the app draws on
    options.max_mem = _MATCHER_BYTES
    # JSON Schema's patterns are ECMAScript's, which write \u0041 where RE2 writes \x{0041}.
    return re2.compile(_ESCAPE.sub(lambda m: f"\\x{{{m[1]}}}" if m[1] else m[0], pattern), options)


def is_supported(pattern: str) -> bool:
    """Whether a pattern is one that RE2 takes, of at most 1,000 characters."""
    if len(pattern) > _LONGEST_PATTERN:
        return False
    try:
        _compiled(pattern)
    except (re2.error, UnicodeEncodeError):
        return False
    return True


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern is found in a text; as in JSON Schema, it need not cover the text."""
    spend(1 + len(text) // 200)
    try:
        return _compiled(pattern).search(text) is not None
    except UnicodeEncodeError:
        return False  # half a surrogate pair, which no JSON text can carry either


def strings_matching(pattern: str) -> Iterator[str]:
    """Strings that a pattern should match, the shortest first; none where it is beyond us.

    Look-around and back-references are not weighed, so the strings want checking.
    """
    for shift in range(24):
        for extra in _EXTRA_REPEATS if shift == 0 else _EXTRA_REPEATS[:2]:
            try:
                yield rstr.Rstr(_Chooser(extra, shift)).xeger(pattern)
            except (re.error, KeyError, IndexError, OverflowError, RecursionError, _TooLong):
                # rstr reads Python's own dialect and knows most of its constructs, not all.
                break


class _TooLong(Exception):
    """The string would be longer than anybody wants."""


class _Chooser(random.Random):
    """Stands where rstr expects chance: always chooses alike, the short and readable first.

    Args:
        extra: how many repeats to add where a pattern allows more than it demands.
        shift: how far down the order of preference to choose.
    """

    # random.Random seeds itself from what its class is called with, and takes one thing only.
    def __new__(cls, *_: int) -> _Chooser:
        return super().__new__(cls)

    def __init__(self, extra: int, shift: int) -> None:
        super().__init__(0)
        self._extra = extra
        self._shift = shift
        self._repeats = 0

    def randint(self, a: int, b: int) -> int:
        """How often to repeat."""
        times = max(a, min(b, a + self._extra))
        self._repeats += times + 1
        if self._repeats > _MOST_REPEATS:
            raise _TooLong
        spend(1 + times)
        return times

    def choice(self, seq: SupportsLenAndGetItem[_T]) -> _T:
        """One of several characters, or of several branches in the order they are written."""
        spend(1 + len(seq) // 100)
        options = [seq[i] for i in range(len(seq))]
        if all(isinstance(option, str) for option in options):
            # rstr hands over sets in an order that changes from run to run.
            options.sort(key=_preference)
        return options[self._shift % len(options)]


def _preference(item: object) -> tuple[int, str]:
    text = str(item)
    return _RANK.get(text, len(_RANK)), text
