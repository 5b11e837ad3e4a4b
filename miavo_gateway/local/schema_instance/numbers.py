"""Numbers that fit a schema."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

__all__ = ["numbers_for"]

_STEPS = 1_100


def numbers_for(schemas: Sequence[Mapping[str, Any]], *, integer: bool) -> Iterator[int | float]:
    """Numbers worth trying, the smallest and roundest first.

    Args:
        schemas: the keywords that hold at once.
        integer: whether only whole numbers will do.
    """
    try:
        bounds = _bounds(schemas, integer=integer)
    except (OverflowError, ValueError, ZeroDivisionError):
        return  # infinite or not a number
    for value in _values(bounds):
        if bounds.admits(value):
            plain = _plain(value)
            if plain is not None:
                yield plain


@dataclass(frozen=True, slots=True)
class _Bounds:
    low: Fraction | None
    high: Fraction | None
    step: Fraction | None
    """What the number is a multiple of; None for any number."""

    def admits(self, value: Fraction) -> bool:
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


def _bounds(schemas: Sequence[Mapping[str, Any]], *, integer: bool) -> _Bounds:
    steps = [_exact(s["multipleOf"]) for s in schemas if "multipleOf" in s]
    if integer:
        steps.append(Fraction(1))
    return _Bounds(
        low=max((_exact(v) for s in schemas for v in _limits(s, "inimum")), default=None),
        high=min((_exact(v) for s in schemas for v in _limits(s, "aximum")), default=None),
        step=_common_multiple(steps),
    )


def _limits(schema: Mapping[str, Any], stem: str) -> Iterator[float]:
    """Both limits at one end; the exclusive ones are left to the check of the instance."""
    for keyword in (f"m{stem}", f"exclusiveM{stem}"):
        if keyword in schema:
            yield schema[keyword]


def _values(bounds: _Bounds) -> Iterator[Fraction]:
    low, high, step = bounds.low, bounds.high, bounds.step
    grid = step or Fraction(1)
    if low is not None and high is not None and low > high:
        return
    if low is not None and low > 0:
        start = Fraction(math.ceil(low / grid))
        direction = 1
    elif high is not None and high < 0:
        start = Fraction(math.floor(high / grid))
        direction = -1
    else:
        start = Fraction(0)
        direction = 1
    for k in range(_STEPS):
        yield (start + k * direction) * grid
        if start == 0 and k:
            yield -k * grid
        if k == 2 and step is None and low is not None and high is not None:
            # No whole number may lie between limits that are close together.
            yield from (low, high, (low + high) / 2)
            yield from (low + (high - low) * Fraction(i, 1_024) for i in range(1, 1_024))


def _common_multiple(steps: Sequence[Fraction]) -> Fraction | None:
    if not steps:
        return None
    common = steps[0]
    for step in steps[1:]:
        numerator = math.lcm(
            common.numerator * step.denominator, step.numerator * common.denominator
        )
        common = Fraction(numerator, common.denominator * step.denominator)
    return common


def _exact(value: float) -> Fraction:
    """The number as it is written: 0.1 is a tenth."""
    return Fraction(value) if isinstance(value, int) else Fraction(repr(value))


def _plain(value: Fraction) -> int | float | None:
    if value.denominator == 1:
        return value.numerator
    try:
        return float(value)
    except OverflowError:
        return None
