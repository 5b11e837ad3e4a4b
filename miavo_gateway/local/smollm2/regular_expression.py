"""JSON Schema's `pattern` as a grammar."""

from __future__ import annotations

import re
from collections.abc import Iterable
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser
from typing import Any

from miavo_gateway.local.smollm2.gbnf import char_class, either

__all__ = ["PatternError", "pattern_expression"]

LONGEST_PATTERN = 512
MOST_REPEATED = 64
"""Repetitions where the pattern sets no limit."""
MOST_CHARACTERS = 2000
"""Characters that a pattern may ask for at most, repetitions multiplied."""

_CLASSES: dict[Any, tuple[list[tuple[int, int]], bool]] = {
    codes.CATEGORY_DIGIT: ([(0x30, 0x39)], False),
    codes.CATEGORY_NOT_DIGIT: ([(0x30, 0x39)], True),
    codes.CATEGORY_WORD: ([(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)], False),
    codes.CATEGORY_NOT_WORD: ([(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)], True),
    codes.CATEGORY_SPACE: ([(0x20, 0x20)], False),
    codes.CATEGORY_NOT_SPACE: ([(0x09, 0x0D), (0x20, 0x20)], True),
}


class PatternError(Exception):
    """A pattern that is no regular expression, or uses what a grammar cannot say."""


def pattern_expression(pattern: str) -> str:
    """An expression for the inside of a JSON string that the pattern matches as a whole.

    A pattern without anchors would also match inside a longer text; a text that is the match and
    nothing more satisfies it.

    Raises:
        PatternError: the pattern is invalid, too large or beyond a grammar.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise PatternError(f"the pattern has more than {LONGEST_PATTERN} characters")
    try:
        parsed = _parser.parse(pattern)
    except (re.error, OverflowError, RecursionError) as failure:
        raise PatternError("the pattern is no regular expression") from failure
    if parsed.state.flags & ~re.UNICODE.value:
        raise PatternError("flags cannot be enforced")
    items = list(parsed)
    if _cost(items) > MOST_CHARACTERS:
        raise PatternError("the pattern asks for too long a text")
    try:
        return _sequence(items, first=True, last=True)
    except ValueError as failure:
        raise PatternError("the pattern asks for characters that no text has") from failure


def _cost(items: Iterable[tuple[Any, Any]]) -> int:
    """How many characters the items can stand for, at most."""
    total = 0
    for op, value in items:
        if op in (codes.MAX_REPEAT, codes.MIN_REPEAT):
            least, most, inner = value
            most = max(least, MOST_REPEATED) if most is codes.MAXREPEAT else most
            total += most * max(1, _cost(inner))
        elif op is codes.SUBPATTERN:
            total += _cost(value[3])
        elif op is codes.BRANCH:
            total += sum(_cost(branch) for branch in value[1])
        else:
            total += 1
    return total


def _sequence(items: list[tuple[Any, Any]], *, first: bool, last: bool) -> str:
    written = [
        _item(op, value, first=first and at == 0, last=last and at == len(items) - 1)
        for at, (op, value) in enumerate(items)
    ]
    return " ".join(part for part in written if part) or '""'


def _item(op: Any, value: Any, *, first: bool, last: bool) -> str:
    if op is codes.LITERAL:
        return char_class([(value, value)])
    if op is codes.NOT_LITERAL:
        return char_class([(value, value)], negated=True)
    if op is codes.ANY:
        return char_class([(0x0A, 0x0A)], negated=True)
    if op is codes.IN:
        return _set(value)
    if op in (codes.MAX_REPEAT, codes.MIN_REPEAT):
        least, most, inner = value
        most = max(least, MOST_REPEATED) if most is codes.MAXREPEAT else most
        if most == 0:
            return ""
        return f"({_sequence(list(inner), first=False, last=False)}){{{least},{most}}}"
    if op is codes.SUBPATTERN:
        if value[1] or value[2]:
            raise PatternError("flags cannot be enforced")
        return f"({_sequence(list(value[3]), first=first, last=last)})"
    if op is codes.BRANCH:
        branches = [_sequence(list(branch), first=first, last=last) for branch in value[1]]
        return either([f"({branch})" for branch in branches])
    if op is codes.AT and first and value in (codes.AT_BEGINNING, codes.AT_BEGINNING_STRING):
        return ""
    if op is codes.AT and last and value in (codes.AT_END, codes.AT_END_STRING):
        return ""
    raise PatternError("look-around, word boundaries and back-references cannot be enforced")


def _set(members: list[tuple[Any, Any]]) -> str:
    negated = members[0][0] is codes.NEGATE
    ranges: list[tuple[int, int]] = []
    for op, value in members[1:] if negated else members:
        if op is codes.LITERAL:
            ranges.append((value, value))
        elif op is codes.RANGE:
            ranges.append(value)
        else:
            inner, inner_negated = _CLASSES.get(value, ([], True))
            if inner_negated and (negated or len(members) > 1):
                raise PatternError("a negated class inside a set cannot be enforced")
            if inner_negated:
                return char_class(inner, negated=True)
            ranges += inner
    return char_class(ranges, negated=negated)
