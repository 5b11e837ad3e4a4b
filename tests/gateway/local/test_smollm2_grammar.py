"""Schemas become grammars that llama.cpp obeys: whatever the model says fits, or is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.local.smollm2.json_schema import ARGUMENTS, grammar_for
from miavo_gateway.local.smollm2.runtime import Runtime


def nested(depth: int) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": nested(depth - 1)}} if depth else {}


TREE = {
    "$defs": {
        "node": {
            "type": "object",
            "properties": {
                "v": {"type": "integer", "minimum": -5, "maximum": 250},
                "kids": {"type": "array", "items": {"$ref": "#/$defs/node"}, "maxItems": 2},
            },
            "required": ["v"],
            "additionalProperties": False,
        }
    },
    "$ref": "#/$defs/node",
}
FITTING = {
    "anything": True,
    "tree": TREE,
    "escapes": {
        "type": "object",
        "properties": {'a"b\\\n': {"const": 'ü"\\\n'}, "": {"enum": [None, 1.5, {"x": [1]}]}},
        "required": ["", 'a"b\\\n'],
    },
    "optional members": {
        "type": "object",
        "properties": {name: {"type": "boolean"} for name in "abcdef"},
        "required": ["c", "z"],
    },
    "merged": {
        "allOf": [
            {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
            {"properties": {"b": {"type": ["integer", "null"]}}, "required": ["b"]},
        ],
        "anyOf": [{"required": ["a"]}, {"properties": {"a": {"const": "x"}}}],
    },
    "map": {"type": "object", "additionalProperties": {"type": "number", "maximum": -0.5}},
    "tuple": {"prefixItems": [{"type": "string", "maxLength": 4}, {"exclusiveMinimum": 7}]},
    "whole numbers": {"type": "integer", "exclusiveMinimum": 0, "maximum": 1234},
    "pattern": {"type": "string", "pattern": r'^(\d{2,3}|[^a-z"]x){1,4}(-[\w.]{0,6}|\s)?"$'},
    "formats": {
        "type": "object",
        "properties": {
            name: {"type": "string", "format": name} for name in ("date-time", "email", "ipv4")
        },
        "required": ["date-time", "email", "ipv4"],
    },
    "deep": nested(12),
    "many": {"enum": [f"value {number}" for number in range(300)]},
}
REFUSED = {
    "no type": {"type": "florb"},
    "false": {"type": "object", "properties": {"a": False}, "required": ["a"]},
    "endless": {"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}]}}, "$ref": "#/$defs/a"},
    "remote reference": {"$ref": "https://example.com/schema.json"},
    "file reference": {"$ref": "file:///etc/passwd"},
    "dangling reference": {"$ref": "#/$defs/nothing"},
    "too deep": nested(300),
    "too many values": {"enum": [f"value {number}" for number in range(10_000)]},
    "too many merges": {"allOf": [{"anyOf": [{}, {"minimum": n}]} for n in range(30)]},
    "too long": {"type": "string", "minLength": 10**9},
    "empty range": {"type": "integer", "minimum": 5, "maximum": 2},
    "empty enumeration": {"type": "string", "enum": [1, None]},
    "members no object": {"type": "object", "properties": [1]},
    "member no schema": {"type": "object", "properties": {"a": 3}},
}
UNENFORCEABLE = {
    "unfinished pattern": {"type": "string", "pattern": "^(a"},
    "look-ahead": {"type": "string", "pattern": "^(?=x)y$"},
    "repetitions": {"type": "string", "pattern": "^(a{1000}){1000}$"},
    "not": {"type": "string", "not": {"const": "a"}},
    "unique": {"type": "array", "uniqueItems": True},
}


def grammar(schema: object, *, strict: bool = True) -> str:
    return grammar_for(schema, strict=strict, narrowing=ARGUMENTS, param="place")


@pytest.fixture(scope="module")
def runtime() -> Iterator[Runtime]:
    runtime = Runtime()
    yield runtime
    runtime.close()


def written(runtime: Runtime, schema: object, seed: int) -> tuple[str, str]:
    """What the model writes under a grammar of its own accord, and why it ended."""
    text, finish = "", ""

    def read(chunk: dict[str, Any]) -> bool:
        nonlocal text, finish
        assert "error" not in chunk
        text += chunk["choices"][0]["text"]
        finish = chunk["choices"][0]["finish_reason"] or finish
        return False

    body = {
        "prompt": "<|im_start|>user\nAn example<|im_end|>\n<|im_start|>assistant\n",
        "grammar": grammar(schema),
        "temperature": 0.8,
        "seed": seed,
        "max_tokens": 120,
        "stream": True,
    }
    runtime.complete(body, read)
    return text, finish


@pytest.mark.parametrize("name", FITTING)
def test_what_the_model_writes_fits_the_schema(
    runtime: Runtime, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    schema = FITTING[name]
    ended = 0
    for seed in range(2):
        text, finish = written(runtime, schema, seed)
        if finish == "stop":
            ended += 1
            jsonschema.validate(
                json.loads(text),
                schema,
                jsonschema.Draft202012Validator,
                format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
            )
    assert ended, "no text came to its end"
    assert capfd.readouterr() == ("", ""), "llama.cpp complains of a grammar on stderr"


@pytest.mark.parametrize("name", REFUSED)
def test_invalid_unfulfillable_and_oversized_schemas_are_refused(name: str) -> None:
    for strict in (True, False):
        with pytest.raises(InvalidRequest) as refusal:
            grammar(REFUSED[name], strict=strict)
        assert refusal.value.param == "place"


@pytest.mark.parametrize("name", UNENFORCEABLE)
def test_what_no_grammar_enforces_is_refused_where_strict_and_else_ignored(name: str) -> None:
    with pytest.raises(InvalidRequest, match="JSON Schema"):
        grammar(UNENFORCEABLE[name])
    assert grammar(UNENFORCEABLE[name], strict=False).startswith("root ::= ")


def test_an_error_says_where_in_the_schema_it_is() -> None:
    schema = {"type": "object", "properties": {"age": {"type": "years"}}}
    with pytest.raises(InvalidRequest, match="at properties/age: there is no type years"):
        grammar(schema)
