from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miavo_gateway.providers.claude.grammar import fits_grammar

STRING = {"type": "string"}


def closed(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    "schema",
    [
        closed(),
        closed(a=STRING, b={"type": ["integer", "null"]}, c={"enum": ["x", 1]}),
        closed(a={"type": "array", "items": closed(b=STRING), "minItems": 1}),
        closed(a={"anyOf": [closed(b=STRING), {"type": "null"}]}),
        closed(a={"type": "string", "format": "date", "pattern": "^[a-z]+$"}),
        {**closed(a={"$ref": "#/$defs/point"}), "$defs": {"point": closed(x={"type": "number"})}},
        closed(minimum=STRING, oneOf=STRING),
    ],
)
def test_schemas_that_claude_enforces_itself(schema: dict[str, Any]) -> None:
    assert fits_grammar(schema)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"a": STRING}},
        closed(a={"type": "integer", "minimum": 1}),
        closed(a={"oneOf": [STRING, {"type": "null"}]}),
        closed(a={"type": "array", "items": STRING, "minItems": 2}),
        closed(a={"type": "string", "format": "regex"}),
        closed(a={"type": "string", "pattern": "(?=a)"}),
        {
            **closed(a={"$ref": "#/$defs/node"}),
            "$defs": {"node": closed(b={"$ref": "#/$defs/node"})},
        },
        closed(a={"$ref": "https://example.com/schema"}),
        closed(a=True),
        {**closed(**{f"p{i}": STRING for i in range(25)}), "required": []},
        closed(**{f"p{i}": {"anyOf": [STRING, {"type": "null"}]} for i in range(17)}),
    ],
)
def test_schemas_that_it_would_refuse(schema: dict[str, Any]) -> None:
    assert not fits_grammar(schema)


KEYWORDS = st.sampled_from(
    [
        "type",
        "properties",
        "required",
        "items",
        "anyOf",
        "$ref",
        "$defs",
        "format",
        "minItems",
        "pattern",
    ]
)


@given(
    st.dictionaries(
        KEYWORDS,
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.sampled_from(["object", "#/$defs/type"]),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(KEYWORDS, inner, max_size=3)
            ),
        ),
    )
)
def test_no_schema_is_too_odd_to_be_judged(schema: dict[str, Any]) -> None:
    assert fits_grammar(schema) in (True, False)
