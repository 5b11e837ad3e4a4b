"""Writing grammars in GBNF, the notation of llama.cpp's sampler, for pieces of JSON.

llama.cpp writes a grammar that it cannot read to stderr, and its own translation of JSON Schema
lets a schema it cannot enforce pass unenforced; so the grammars are written here. Everything that
JSON leaves open is bounded: a model this small would otherwise fill a string until its window is
full.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

__all__ = [
    "FORMATS",
    "Rules",
    "char_class",
    "either",
    "json_literal",
    "literal",
    "number",
    "string",
    "whole_number",
]

LARGEST = 10**15
"""Integers stay exact in every reader of JSON up to 2**53, about 9 * 10**15."""
FRACTION = "[0-9]{1,6}"

CHAR = r'[^"\\\x00-\x1F\x7F] | "\\" ["\\nt]'
"""One character inside a JSON string, escaped if it has to be."""

_DIGIT = "[0-9]"
_DATE = '[12] [0-9]{3} "-" ("0" [1-9] | "1" [0-2]) "-" ("0" [1-9] | "1" [0-9] | "2" [0-8])'
_TIME = '([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9] "Z"'
_OCTET = '("25" [0-5] | "2" [0-4] [0-9] | "1" [0-9]{2} | [1-9]? [0-9])'
_LABEL = "[a-z] [a-z0-9]{0,23}"
_HOST = f'{_LABEL} ("." {_LABEL}){{0,2}} "." [a-z]{{2,6}}'

FORMATS = {
    "date": _DATE,
    "date-time": f'{_DATE} "T" {_TIME}',
    "duration": '"P" [1-9] [0-9]{0,2} "D" | "PT" [1-9] [0-9]{0,2} [HMS]',
    "email": f'{_LABEL} ("." {_LABEL}){{0,1}} "@" {_HOST}',
    "hostname": _HOST,
    "ipv4": f'{_OCTET} "." {_OCTET} "." {_OCTET} "." {_OCTET}',
    "time": _TIME,
    "uri": f'"https://" {_HOST} ("/" [a-zA-Z0-9_-]{{1,32}}){{0,4}}',
    "uuid": '[0-9a-f]{8} "-" [0-9a-f]{4} "-4" [0-9a-f]{3} "-" [89ab] [0-9a-f]{3} "-" [0-9a-f]{12}',
}
"""JSON Schema's formats as the inside of a string; each is a part of what the format allows."""


class Rules:
    """The rules of one grammar. An expression that occurs twice is one rule."""

    def __init__(self, most: int) -> None:
        """Start empty.

        Args:
            most: how many characters the grammar may have.
        """
        self._names: dict[str, str] = {}
        self._reserved: dict[str, str] = {}
        self._left = most

    def add(self, expression: str) -> str:
        """The name of a rule for an expression.

        Raises:
            OverflowError: the grammar has become too large.
        """
        if expression not in self._names:
            self._spend(expression)
            self._names[expression] = f"r{len(self._names)}"
        return self._names[expression]

    def define(self, name: str, expression: str) -> None:
        """Give a rule a name of one's own, for rules that refer to themselves."""
        self._spend(expression)
        self._reserved[name] = expression

    def text(self, root: str) -> str:
        """The whole grammar, beginning at an expression."""
        lines = [f"root ::= {root}"]
        lines += (f"{name} ::= {body}" for name, body in self._reserved.items())
        lines += (f"{name} ::= {body}" for body, name in self._names.items())
        return "\n".join(lines) + "\n"

    def _spend(self, expression: str) -> None:
        self._left -= len(expression) + 10
        if self._left < 0:
            raise OverflowError


def literal(text: str) -> str:
    """An expression for exactly this text."""
    escaped = "".join(
        f"\\x{ord(char):02X}" if char in '"\\' or ord(char) < 0x20 or ord(char) == 0x7F else char
        for char in text
    )
    return f'"{escaped}"'


def json_literal(value: object) -> str:
    """An expression for one JSON value."""
    return literal(json.dumps(value, ensure_ascii=False))


def either(options: Sequence[str]) -> str:
    """An expression for any of several."""
    return options[0] if len(options) == 1 else "(" + " | ".join(options) + ")"


def string(rules: Rules, least: int, most: int) -> str:
    """An expression for a string of so many characters, quotes included."""
    char = rules.add(CHAR)
    return f'"\\x22" {char}{{{least},{most}}} "\\x22"'


def char_class(ranges: Sequence[tuple[int, int]], *, negated: bool = False) -> str:
    """An expression for one character of (or not of) some ranges, as JSON writes it.

    Raises:
        ValueError: no character that JSON can write unescaped, nor a quote or a backslash, fits.
    """

    def fits(code: int) -> bool:
        return any(low <= code <= high for low, high in ranges) != negated

    options = []
    shown = [(low, high) for low, high in ranges if high >= 0x20]
    if negated:
        inside = "".join(_span(low, high) for low, high in shown)
        options.append(f'[^"\\\\\\x00-\\x1F\\x7F{inside}]')
    else:
        pieces = [piece for low, high in shown for piece in _without_escaped(max(low, 0x20), high)]
        if pieces:
            options.append("[" + "".join(_span(low, high) for low, high in pieces) + "]")
    escapes = {0x22: r"\"", 0x5C: "\\\\", 0x0A: r"\n", 0x09: r"\t"}
    # A negated class could have any control character; none is offered that was not asked for.
    options += [
        literal(escape)
        for code, escape in escapes.items()
        if fits(code) and (code >= 0x20 or not negated)
    ]
    if not options:
        raise ValueError
    return either(options)


def _without_escaped(low: int, high: int) -> list[tuple[int, int]]:
    """A range without the characters that JSON escapes, and without DEL."""
    pieces = [(low, high)]
    for code in (0x22, 0x5C, 0x7F):
        pieces = [
            part
            for start, end in pieces
            for part in ((start, min(end, code - 1)), (max(start, code + 1), end))
            if part[0] <= part[1]
        ]
    return pieces


def _span(low: int, high: int) -> str:
    start, end = (f"\\U{code:08X}" for code in (low, high))
    return start if low == high else f"{start}-{end}"


def whole_number(low: int | None, high: int | None) -> str:
    """An expression for the integers between two bounds, both included.

    Raises:
        ValueError: there are none within 15 digits.
    """
    low = -LARGEST + 1 if low is None else max(low, -LARGEST + 1)
    high = LARGEST - 1 if high is None else min(high, LARGEST - 1)
    if low > high:
        raise ValueError
    options = []
    if high >= 0:
        options.append(_digits_between(max(low, 0), high))
    if low < 0:
        options.append(f'"-" {_digits_between(max(1, -high), -low)}')
    return either(options)


def number(low: float | None, high: float | None) -> str:
    """An expression for the numbers between two bounds, written without an exponent.

    Raises:
        ValueError: no whole number lies between the bounds.
    """
    least = None if low is None else -int(-low // 1)
    most = None if high is None else int(high // 1)
    options = [whole_number(least, most)]
    # With a fraction, a number lies between its whole part and the next one away from zero.
    if most is None or most > 0:
        floor = max(least or 0, 0)
        if most is None or floor <= most - 1:
            whole = whole_number(floor, None if most is None else most - 1)
            options.append(f'{whole} "." {FRACTION}')
    if least is None or least < 0:
        floor = max(-(most or 0) if most is not None else 0, 0)
        if least is None or floor <= -least - 1:
            whole = whole_number(floor, None if least is None else -least - 1)
            options.append(f'"-" {whole} "." {FRACTION}')
    return either(options)


def _digits_between(low: int, high: int) -> str:
    options = []
    for length in range(len(str(low)), len(str(high)) + 1):
        start = max(low, 10 ** (length - 1) if length > 1 else 0)
        end = min(high, 10**length - 1)
        options.append(_same_length(str(start), str(end)))
    return either(options)


def _same_length(low: str, high: str) -> str:
    if low == "0" * len(low) and high == "9" * len(high):
        return _DIGIT if len(low) == 1 else f"{_DIGIT}{{{len(low)}}}"
    if len(low) == 1:
        return f"[{low}-{high}]"
    first, last, rest = int(low[0]), int(high[0]), len(low) - 1
    if first == last:
        return f'"{first}" {_same_length(low[1:], high[1:])}'
    options = []
    if low[1:] != "0" * rest:
        options.append(f'"{first}" {_same_length(low[1:], "9" * rest)}')
        first += 1
    upper = None
    if high[1:] != "9" * rest:
        upper = f'"{last}" {_same_length("0" * rest, high[1:])}'
        last -= 1
    if first <= last:
        options.append(f"[{first}-{last}] {_same_length('0' * rest, '9' * rest)}")
    if upper is not None:
        options.append(upper)
    return either(options)
