"""JSON Schema in a few words: `list of UserMessage`, `whole number or null`, `from 1 to 500`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

__all__ = ["Part", "bounds_of", "type_of"]

_SCHEMAS = "#/components/schemas/"
_TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "object",
    "array": "list",
    "null": "null",
}
_FORMATS = {"date-time": "time", "binary": "file", "byte": "base64"}


@dataclass(frozen=True, slots=True)
class Part:
    """Some words of a type."""

    text: str
    schema: str = ""
    """The name of the schema that they stand for; empty if they stand for themselves."""
    literal: bool = False
    """Whether they are a value, to be written just so."""


def type_of(schema: Mapping[str, Any]) -> tuple[Part, ...]:
    """What a value is; empty if it may be anything."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_SCHEMAS)
        return (Part(name, schema=name),)
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return _joined([type_of(each) for each in schema[word]])
    if "allOf" in schema:
        return _joined([type_of(each) for each in schema["allOf"]])
    if "const" in schema:
        return (Part(json.dumps(schema["const"]), literal=True),)
    if "enum" in schema:
        return _joined([(Part(json.dumps(each), literal=True),) for each in schema["enum"]])
    kind = schema.get("type")
    if isinstance(kind, list):
        return _joined([type_of({**schema, "type": each}) for each in kind])
    if kind == "array":
        items = type_of(schema.get("items", {}))
        return (Part("list of "), *items) if items else (Part("list"),)
    extra = schema.get("additionalProperties")
    if kind == "object" and isinstance(extra, Mapping) and "properties" not in schema:
        values = type_of(extra)
        return (Part("object of "), *values) if values else (Part("object"),)
    if schema.get("format") in _FORMATS:
        return (Part(_FORMATS[schema["format"]]),)
    return (Part(_TYPES[kind]),) if kind else ()


def bounds_of(schema: Mapping[str, Any]) -> str:
    """How far a value may go, and what it is if it is left out; empty if nothing is said of it."""
    words = []
    members = [
        each
        for each in chain([schema], schema.get("anyOf", ()), schema.get("oneOf", ()))
        if each.get("type") != "null"
    ]
    for each in members:
        least = each.get("minimum", each.get("exclusiveMinimum"))
        most = each.get("maximum", each.get("exclusiveMaximum"))
        if least is not None and most is not None:
            words.append(f"from {_written(least)} to {_written(most)}")
        elif least is not None:
            words.append(f"from {_written(least)}")
        elif most is not None:
            words.append(f"up to {_written(most)}")
        if "maxLength" in each:
            words.append(f"at most {each['maxLength']:,} characters")
        if "maxItems" in each:
            words.append(f"at most {each['maxItems']:,}")
    if schema.get("default") is not None and schema["default"] != {} and schema["default"] != "":
        words.append(f"{json.dumps(schema['default'])} if left out")
    return ", ".join(words)


def _written(number: float) -> str:
    return f"{int(number):,}" if number == int(number) else f"{number:,}"


def _joined(alternatives: list[tuple[Part, ...]]) -> tuple[Part, ...]:
    parts: list[Part] = []
    for number, each in enumerate(alternatives):
        if number:
            parts.append(Part(" or " if number == len(alternatives) - 1 else ", "))
        parts += each or (Part("anything"),)
    return tuple(parts)
