"""JSON Schemas of single values: enumerations, strings and numbers."""

from __future__ import annotations

from miavo_gateway.local.smollm2.gbnf import (
    FORMATS,
    Rules,
    either,
    json_literal,
    number,
    string,
    whole_number,
)
from miavo_gateway.local.smollm2.regular_expression import PatternError, pattern_expression
from miavo_gateway.local.smollm2.schema_reading import (
    Path,
    Schema,
    SchemaError,
    Unfulfillable,
    fits_type,
    types_of,
    whole,
)

__all__ = ["bounded_number", "bounded_string", "bounds", "enumeration"]

FRACTION = 0.000001
"""The smallest step of the fractions that are written."""
LARGEST_BOUND = 1000
"""For lengths: llama.cpp writes repetitions out, and refuses more than 2000."""


def enumeration(schema: Schema, path: Path) -> str:
    """An expression for the values that `enum` or `const` lists.

    Raises:
        SchemaError: the list is none, or nothing in it fits.
    """
    values = schema["enum"] if "enum" in schema else [schema["const"]]
    if not isinstance(values, list):
        raise SchemaError("enum is no list", path)
    if "const" in schema:
        values = [value for value in values if value == schema["const"]]
    if "type" in schema:
        kinds = types_of(schema, path)
        values = [value for value in values if any(fits_type(value, kind) for kind in kinds)]
    if not values:
        raise Unfulfillable(path)
    return either([json_literal(value) for value in values])


def bounded_string(rules: Rules, schema: Schema, path: Path, *, strict: bool, open_end: int) -> str:
    """An expression for the strings that a schema allows.

    Args:
        rules: of the grammar.
        schema: with the keywords for strings.
        path: its place, for errors.
        strict: refuse what cannot be enforced.
        open_end: the most characters where the schema sets no limit.

    Raises:
        SchemaError: no string fits, or the schema is invalid.
    """
    if "pattern" in schema:
        if strict and ("minLength" in schema or "maxLength" in schema):
            raise SchemaError("pattern together with a length cannot be enforced", path)
        try:
            return f'"\\x22" {pattern_expression(str(schema["pattern"]))} "\\x22"'
        except PatternError as problem:
            if strict:
                raise SchemaError(str(problem), path) from problem
    elif (inside := FORMATS.get(str(schema.get("format")))) is not None:
        return f'"\\x22" ({inside}) "\\x22"'
    least = whole(schema, "minLength", path) or 0
    most = whole(schema, "maxLength", path)
    if most is None:
        most = max(open_end, least)
    return string(rules, *bounds(least, most, path))


def bounded_number(kind: str, schema: Schema, path: Path) -> str:
    """An expression for the numbers, or `integer`s only, that a schema allows.

    Raises:
        SchemaError: none fits, or a bound is no number.
    """
    low, high = _limits(schema, kind, path)
    try:
        if kind == "number":
            return number(low, high)
        return whole_number(
            None if low is None else -int(-low // 1), None if high is None else int(high // 1)
        )
    except ValueError as problem:
        raise SchemaError("no whole number lies within its bounds", path) from problem


def _limits(schema: Schema, kind: str, path: Path) -> tuple[float | None, float | None]:
    for key in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
        limit = schema.get(key)
        if limit is not None and (not isinstance(limit, int | float) or not -1e300 < limit < 1e300):
            raise SchemaError(f"{key} is no number", path)
    low, high = schema.get("minimum"), schema.get("maximum")
    # Draft 4 wrote `exclusiveMinimum: true` beside `minimum`.
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    above, below = (low if above is True else above), (high if below is True else below)
    # The next whole number for integers; a fraction may come closer.
    if above is not None and above is not False:
        above = above // 1 + 1 if kind == "integer" else above + FRACTION
        low = above if low is None else max(low, above)
    if below is not None and below is not False:
        below = -(-below // 1) - 1 if kind == "integer" else below - FRACTION
        high = below if high is None else min(high, below)
    return low, high


def bounds(least: int, most: int, path: Path) -> tuple[int, int]:
    """The least and the most of something, brought within what a grammar can count.

    Raises:
        SchemaError: the least is more than the most, or than a grammar can count.
    """
    if least > most:
        raise Unfulfillable(path)
    if least > LARGEST_BOUND:
        raise SchemaError(f"lengths above {LARGEST_BOUND} cannot be enforced", path)
    return least, min(most, LARGEST_BOUND)
