from __future__ import annotations

import json
import time
from enum import Enum
from typing import Any

import jsonschema
import pydantic
import pytest

from miavo_gateway.local.schema_instance import NoInstance, make_instance

DRAFT_4 = "http://json-schema.org/draft-04/schema#"
TEXT = "What is the weather in Paris, in celsius?"


class Unit(Enum):
    FAHRENHEIT = "fahrenheit"
    CELSIUS = "celsius"


class Leaf(pydantic.BaseModel):
    name: str = pydantic.Field(min_length=3, max_length=12)
    code: str = pydantic.Field(pattern=r"^[A-Z]{2}-\d{4}$")
    children: list[Leaf] = []
    parent: Leaf | None


class Report(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")

    unit: Unit
    share: float = pydantic.Field(gt=0, lt=1)
    count: int = pydantic.Field(ge=10, multiple_of=7)
    days: set[str] = pydantic.Field(min_length=3)
    pair: tuple[int, str]
    leaf: Leaf
    note: str | None
    either: int | list[Unit]
    by_name: dict[str, int]


def valid(schema: dict[str, Any], instance: object) -> bool:
    dialect = jsonschema.validators.validator_for(schema, jsonschema.Draft202012Validator)
    checker = dialect(schema, format_checker=dialect.FORMAT_CHECKER)
    return bool(checker.is_valid(instance))


def test_a_model_of_pydantic_reads_what_was_made_from_its_own_schema() -> None:
    made = make_instance(Report.model_json_schema(), TEXT)
    report = Report.model_validate_json(json.dumps(made))
    assert report.unit is Unit.CELSIUS  # the text names it
    assert report.note == TEXT
    assert report.leaf.name == TEXT[:12]
    assert report.leaf.parent is None  # recursion ends as early as it can


DEFINED: dict[str, Any] = {
    "$ref": "#/$defs/node",
    "$defs": {
        "node": {
            "type": "object",
            "properties": {
                "value": {"type": "integer"},
                "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
            },
            "required": ["value", "next"],
            "additionalProperties": False,
        }
    },
}

FULFILLED: list[tuple[dict[str, Any], object]] = [
    ({}, TEXT),
    ({"type": "string"}, TEXT),
    ({"type": "string", "maxLength": 4}, "What"),
    ({"type": "string", "pattern": "^[a-z]+$"}, "is"),
    ({"type": "string", "pattern": r"^\d{3}-\d{2,}$"}, "000-00"),
    ({"type": "string", "pattern": r"^\u00e9{2}$"}, "éé"),
    ({"type": ["null", "integer"], "exclusiveMinimum": 4}, 5),
    ({"type": "integer", "multipleOf": 7, "minimum": 100, "maximum": 106}, 105),
    ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, 0.5),
    ({"enum": ["paris", "london"]}, "paris"),
    ({"enum": ["rome", "london"]}, "rome"),
    ({"const": {"a": [1]}}, {"a": [1]}),
    ({"not": {"type": "string"}, "type": ["string", "boolean"]}, True),
    ({"oneOf": [{"type": "integer"}, {"type": "integer", "minimum": 0}]}, -1),
    ({"allOf": [{"minimum": 3}, {"type": "integer"}, {"maximum": 3}]}, 3),
    ({"type": "array", "items": {"type": "boolean"}, "minItems": 2, "uniqueItems": True}, None),
    ({"type": "array", "prefixItems": [{"const": 1}], "items": False}, [1]),
    ({"type": "array", "contains": {"const": 9}, "prefixItems": [{"const": 1}]}, [1, 9]),
    (
        {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "items": [{"const": 1}, {"const": 2}],
            "additionalItems": False,
            "minItems": 2,
        },
        [1, 2],
    ),
    ({"minProperties": 1, "additionalProperties": {"const": 0}}, {"property_1": 0}),
    (
        {"required": ["x1"], "patternProperties": {"^x": {"const": 1}}, "properties": {}},
        {"x1": 1},
    ),
    (
        {
            "properties": {"a": {"const": 1}},
            "required": ["a"],
            "dependentRequired": {"a": ["b"]},
            "if": {"properties": {"a": {"const": 1}}},
            "then": {"properties": {"b": {"const": 2}}},
            "else": False,
        },
        {"a": 1, "b": 2},
    ),
    (DEFINED, {"value": 0, "next": None}),
]


@pytest.mark.parametrize(("schema", "expected"), FULFILLED)
def test_a_schema_is_fulfilled(schema: dict[str, Any], expected: object) -> None:
    made = make_instance(schema, TEXT)
    assert valid(schema, made)
    if expected is not None:
        assert made == expected


@pytest.mark.parametrize(
    "name",
    [
        *("date", "date-time", "time", "duration", "email", "hostname", "ipv4", "ipv6", "uri"),
        *("uuid", "json-pointer", "regex"),
    ],
)
def test_formats_are_kept_and_can_differ(name: str) -> None:
    schema = {
        "type": "array",
        "items": {"type": "string", "format": name},
        "minItems": 40,
        "uniqueItems": True,
    }
    made = make_instance(schema, TEXT)
    assert len(set(made)) == 40
    assert valid(schema, made)


def nested(depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "object", "properties": {"a": schema}, "required": ["a"]}
    return schema


def doubling(keyword: str) -> dict[str, Any]:
    """A schema of forty definitions that unfolds to a trillion."""
    definitions: dict[str, Any] = {
        f"d{i}": {keyword: [{"$ref": f"#/$defs/d{i + 1}"}, {"$ref": f"#/$defs/d{i + 1}"}]}
        for i in range(40)
    }
    return {"$ref": "#/$defs/d0", "$defs": {**definitions, "d40": {"type": "string", "not": {}}}}


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ({"type": "strin"}, "#/type"),
        ({"properties": {"a": {"minimum": "x"}}}, "#/properties/a/minimum"),
        ({"pattern": "["}, "#/pattern"),
        ({"pattern": "((a{999}){999}){999}"}, "#/pattern"),
        ({"type": "string", "pattern": "(?=a)a"}, "RE2"),
        ({"type": "array", "minItems": 10**9}, "#/minItems"),
        ({"type": "string", "minLength": 10**9}, "#/minLength"),
        ({"type": "object", "minProperties": 10**9}, "#/minProperties"),
        ({"type": "integer", "minimum": 2, "maximum": 1}, "#/minimum"),
        ({"type": "string", "pattern": r"^\d{3}$", "minLength": 5}, "#/pattern"),
        ({"properties": {"a": False}, "required": ["a"], "type": "object"}, "#/properties/a"),
        ({"properties": {"a": {"$ref": "#"}}, "required": ["a"], "type": "object"}, "#/"),
        (
            {
                "type": "array",
                "items": {"type": "boolean"},
                "minItems": 3,
                "uniqueItems": True,
            },
            "#/items",
        ),
        ({"not": {}}, "#/not"),
        ({"$ref": "https://example.com/schema.json"}, "nothing outside it is fetched"),
        ({"$ref": "#/$defs/missing"}, "#/$ref"),
        ({"x": {"type": 5}, "$ref": "#/x"}, "#/x/type"),
        ({"$schema": 5}, "$schema"),
        ({"$schema": "http://["}, "$schema"),
        ({"properties": {"a": {"$schema": DRAFT_4}}}, "$schema"),
        ({"$ref": "#"}, "nested too deeply"),
        (nested(400), "nested too deeply"),
        (doubling("allOf"), "too much work"),
        (doubling("anyOf"), "too much work"),
        ({"enum": list(range(5_000))}, "1,000 items"),
        ({"properties": {f"p{i}": {"type": "string"} for i in range(9_000)}}, "nodes"),
    ],
)
def test_what_cannot_be_fulfilled_says_where_and_soon(schema: dict[str, Any], says: str) -> None:
    before = time.monotonic()
    with pytest.raises(NoInstance) as refusal:
        make_instance(schema, "aaa")
    assert says in str(refusal.value)
    assert len(str(refusal.value)) < 500
    assert time.monotonic() - before < 10


def test_a_pattern_that_makes_backtracking_engines_hang_does_not() -> None:
    before = time.monotonic()
    assert make_instance({"type": "string", "pattern": "^(a|aa)+$"}, "a" * 60 + "!b") == "a"
    assert time.monotonic() - before < 1


def test_no_object_means_no_arguments() -> None:
    with pytest.raises(NoInstance):
        make_instance({"type": "array"}, TEXT, only_objects=True)
    assert make_instance({}, TEXT, only_objects=True) == {}
