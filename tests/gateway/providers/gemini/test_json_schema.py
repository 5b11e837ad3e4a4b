"""JSON Schemas in Gemini's subset."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miavo_gateway.providers.gemini.json_schema import gemini_schema
from miavo_gateway.sandbox.gemini.settings import schema_problems


@pytest.mark.parametrize(
    ("schema", "translated"),
    [
        (
            {"$schema": "x", "title": "T", "type": "object", "examples": [1], "discriminator": {}},
            {"type": "object"},
        ),
        ({"const": "a"}, {"type": "string", "enum": ["a"]}),
        ({"const": True}, {"type": "boolean"}),
        ({"type": "string", "enum": ["a", ""]}, {"type": "string", "enum": ["a"]}),
        (
            {"type": ["string", "null"], "enum": ["a", None], "description": "d"},
            {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}], "description": "d"},
        ),
        (
            {"type": "string", "format": "date", "description": "The day"},
            {"type": "string", "description": "The day; format: date"},
        ),
        (
            {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 10},
            {"type": "integer", "minimum": 1, "maximum": 9},
        ),
        (
            {"type": "number", "exclusiveMinimum": 0},
            {"type": "number", "description": "more than 0"},
        ),
        (
            {"oneOf": [{"type": "string"}, {"const": 1}]},
            {"anyOf": [{"type": "string"}, {"type": "integer", "enum": [1]}]},
        ),
        (
            {"$ref": "#/definitions/A", "definitions": {"A": {"type": "string"}}},
            {"$ref": "#/$defs/A", "$defs": {"A": {"type": "string"}}},
        ),
        (
            {"$ref": "#/$defs/A", "description": "why"},
            {"anyOf": [{"$ref": "#/$defs/A"}], "description": "why"},
        ),
        (
            {"allOf": [{"$ref": "#/$defs/A"}], "description": "why"},
            {"anyOf": [{"$ref": "#/$defs/A"}], "description": "why"},
        ),
        (
            {
                "allOf": [
                    {"$ref": "#/$defs/A"},
                    {"properties": {"b": {"type": "integer"}}, "required": ["b"]},
                ],
                "$defs": {"A": {"type": "object", "properties": {"a": {}}, "required": ["a"]}},
            },
            {
                "type": "object",
                "properties": {"a": {}, "b": {"type": "integer"}},
                "required": ["a", "b"],
                "$defs": {"A": {"type": "object", "properties": {"a": {}}, "required": ["a"]}},
            },
        ),
        (
            {"type": "array", "items": [{"type": "string"}, True]},
            {"type": "array", "prefixItems": [{"type": "string"}, {}]},
        ),
        (
            {"type": "object", "additionalProperties": {"const": 1}},
            {"type": "object", "additionalProperties": {"type": "integer", "enum": [1]}},
        ),
        (
            {"type": "object", "properties": {"format": {"type": "string"}}},
            {"type": "object", "properties": {"format": {"type": "string"}}},
        ),
    ],
)
def test_a_schema_says_the_same_in_the_subset(
    schema: dict[str, Any], translated: dict[str, Any]
) -> None:
    assert gemini_schema(schema) == translated


def test_a_circle_of_references_ends() -> None:
    circle = {"allOf": [{"$ref": "#/$defs/A"}, {"type": "object"}]}
    made = gemini_schema({**circle, "$defs": {"A": circle}})
    assert made["type"] == "object"


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
_WORDS = st.sampled_from(
    [
        "type",
        "enum",
        "const",
        "properties",
        "items",
        "anyOf",
        "allOf",
        "oneOf",
        "$ref",
        "$defs",
        "description",
        "format",
        "required",
        "additionalProperties",
        "exclusiveMinimum",
        "other",
    ]
)
_ANYTHING = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(_WORDS, _ANYTHING, max_size=5))
def test_anything_becomes_a_schema_that_the_simulated_gemini_takes(schema: dict[str, Any]) -> None:
    assert not list(schema_problems(gemini_schema(schema), "schema"))
