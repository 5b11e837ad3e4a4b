"""What holds for every schema, and for every schema that some value fulfils."""

from __future__ import annotations

import contextlib
import json
import time
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from miavo_gateway.local.schema_instance import NoInstance, make_instance
from tests.gateway.local.test_schema_instance import DRAFT_4, valid

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1_000, 1_000),
    st.floats(-1e6, 1e6, allow_nan=False),
    st.text(max_size=12),
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=10,
)


@st.composite
def schemas_of(draw: st.DrawFn, value: Any) -> dict[str, Any]:
    """A schema that a value is known to fulfil."""
    if draw(st.integers(0, 7)) == 0:
        other = draw(st.sampled_from([{"type": "null"}, {"const": 7}, {"minimum": 10**9}]))
        branches = draw(st.permutations([draw(schemas_of(value)), other]))
        return {"anyOf": branches}
    if draw(st.integers(0, 9)) == 0:
        return {"enum": draw(st.permutations([value, "something else"]))}
    match value:
        case None:
            return {"type": "null"}
        case bool():
            return draw(st.sampled_from([{"type": "boolean"}, {"const": value}]))
        case int():
            return {
                "type": "integer",
                "minimum": value - draw(st.integers(0, 20)),
                "maximum": value + draw(st.integers(0, 20)),
                **({"multipleOf": abs(value)} if value and draw(st.booleans()) else {}),
            }
        case float():
            return {
                "type": "number",
                "minimum": value,
                "maximum": value + draw(st.sampled_from([0, 1, 1e3])),
            }
        case str():
            return {
                "type": "string",
                "minLength": max(len(value) - draw(st.integers(0, 5)), 0),
                "maxLength": len(value) + draw(st.integers(0, 5)),
            }
        case list():
            prefix = [draw(schemas_of(item)) for item in value]
            return {
                "type": "array",
                **({"prefixItems": prefix} if prefix else {}),
                "minItems": len(value),
                "items": False,
            }
    properties = {key: draw(schemas_of(item)) for key, item in value.items()}
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(draw(st.sets(st.sampled_from(sorted(value)))) if value else []),
        "additionalProperties": draw(st.booleans()),
        "minProperties": len(value),
    }


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(values.flatmap(schemas_of), st.text(max_size=30))
def test_a_schema_that_some_value_fulfils_is_fulfilled(schema: dict[str, Any], text: str) -> None:
    made = make_instance(schema, text)
    assert valid(schema, made)
    assert make_instance(schema, text) == made


sizes = st.integers(0, 6) | st.just(10**9)
numbers = st.integers(-50, 50) | st.floats(allow_nan=False)
names = st.sampled_from(["a", "b", "xa", "c d"])
patterns = st.sampled_from(["^x", r"\d{2}", "^(a|b)*$", "[^a]", "(", r"(a)\1", "^$", ".", "a{5}"])


def keywords(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    several = st.lists(inner, min_size=1, max_size=3)
    named = st.dictionaries(names, inner, max_size=3)
    kinds = ["null", "boolean", "integer", "number", "string", "array", "object"]
    return st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(kinds)
            | st.lists(st.sampled_from(kinds), min_size=1, unique=True),
            "enum": st.lists(values, min_size=1, max_size=3),
            "const": values,
            "minimum": numbers,
            "exclusiveMaximum": numbers,
            "multipleOf": st.integers(1, 9) | st.floats(1e-9, 1e9),
            "minLength": sizes,
            "maxLength": sizes,
            "pattern": patterns,
            "format": st.sampled_from(["date", "email", "ipv4", "regex", "unheard-of"]),
            "properties": named,
            "patternProperties": st.dictionaries(patterns, inner, max_size=1),
            "additionalProperties": inner,
            "propertyNames": inner,
            "required": st.lists(names, unique=True, max_size=3),
            "minProperties": sizes,
            "maxProperties": sizes,
            "items": inner,
            "prefixItems": several,
            "contains": inner,
            "minContains": sizes,
            "minItems": sizes,
            "maxItems": sizes,
            "uniqueItems": st.booleans(),
            "allOf": several,
            "anyOf": several,
            "oneOf": several,
            "not": inner,
            "if": inner,
            "then": inner,
            "else": inner,
            "$defs": named,
            "$ref": st.sampled_from(
                ["#", "#/$defs/a", "#/properties/b", "#/const", "x", "http://["]
            ),
            "$id": st.sampled_from(["http://example.com/", "http://[", "a"]),
            "dependentRequired": st.dictionaries(names, st.lists(names, unique=True), max_size=2),
            "unevaluatedProperties": inner,
            "default": values,
        },
    )


schemas = st.recursive(st.booleans() | keywords(st.booleans()), keywords, max_leaves=8).filter(
    lambda schema: isinstance(schema, dict)
)

# Under an older draft, a keyword of a newer one may have any value.
dialects = st.one_of(
    st.just({}),
    st.sampled_from(
        [{"$schema": f"http://json-schema.org/draft-0{number}/schema#"} for number in (3, 4, 6, 7)]
    ),
    st.just({"$schema": "https://json-schema.org/draft/2019-09/schema", "prefixItems": 5}),
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(schemas, st.text(max_size=30), dialects)
@example({"$ref": "#/const", "const": {"pattern": 5}}, "", {})
@example({"prefixItems": 5, "const": 1, "if": 2, "then": 3}, "", {"$schema": DRAFT_4})
@example({"allOf": [{"$id": "http://["}]}, "", {})
@example({"type": "number", "minimum": float("inf")}, "", {})
@example({"multipleOf": 5e-324, "minimum": 1e308}, "", {})
def test_any_schema_is_fulfilled_or_refused(
    schema: dict[str, Any], text: str, dialect: dict[str, str]
) -> None:
    schema = {**schema, **dialect}
    before = time.monotonic()
    with contextlib.suppress(NoInstance):
        made = make_instance(schema, text)
        assert valid(schema, made)
        json.dumps(made, allow_nan=False)
    assert time.monotonic() - before < 10
