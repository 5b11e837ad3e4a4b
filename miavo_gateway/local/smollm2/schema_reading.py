"""Reading JSON Schemas: types, references, merging, and what no grammar can enforce."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import unquote

__all__ = [
    "Narrowing",
    "Path",
    "Schema",
    "SchemaError",
    "Unfulfillable",
    "fits_type",
    "follow",
    "merged",
    "types_of",
    "unenforceable",
    "whole",
]

Schema: TypeAlias = dict[str, Any]
Path: TypeAlias = tuple[str, ...]
"""Where in a schema something is."""

_TYPES = ("object", "array", "string", "integer", "number", "boolean", "null")
_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
_HINTS = {
    "object": {"properties", "required", "additionalProperties"},
    "array": {"items", "prefixItems", "minItems", "maxItems"},
    "string": {"pattern", "minLength", "maxLength", "format"},
    "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"},
}
"""Keywords that tell the type meant where none is given."""
_UNENFORCEABLE = (
    "not",
    "if",
    "patternProperties",
    "propertyNames",
    "minProperties",
    "maxProperties",
    "dependentRequired",
    "dependentSchemas",
    "dependencies",
    "contains",
    "uniqueItems",
    "multipleOf",
    "unevaluatedItems",
    "unevaluatedProperties",
    "$dynamicRef",
    "$recursiveRef",
)
_DEEPEST_MERGE = 40


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Where what a schema leaves open ends."""

    characters: int
    """Of a string."""
    items: int
    """Of an array."""


class SchemaError(Exception):
    """What is wrong with a schema, and where in it."""

    def __init__(self, reason: str, path: Path) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = path


class Unfulfillable(SchemaError):
    """No JSON value fits the schema."""

    def __init__(self, path: Path) -> None:
        super().__init__("nothing can fit it", path)


def unenforceable(schema: Schema) -> str | None:
    """The first keyword of a schema that a grammar cannot enforce; None if there is none."""
    return next((key for key in _UNENFORCEABLE if schema.get(key, False) is not False), None)


def types_of(schema: Schema, path: Path) -> list[str]:
    """The types that a schema allows, guessed from its keywords where it names none.

    Raises:
        SchemaError: there is no such type.
    """
    given = schema.get("type")
    if given is None:
        hinted = [kind for kind, keys in _HINTS.items() if keys & schema.keys()]
        return hinted or ["object", "array", "string", "number", "boolean", "null"]
    kinds = given if isinstance(given, list) else [given]
    if not kinds:
        raise Unfulfillable(path)
    for kind in kinds:
        if kind not in _TYPES:
            raise SchemaError(f"there is no type {str(kind)[:40]}", path)
    return list(dict.fromkeys(kinds))


def fits_type(value: object, kind: str) -> bool:
    """Whether a JSON value is of a JSON Schema type."""
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _PYTHON_TYPES[kind])


def whole(schema: Schema, key: str, path: Path) -> int | None:
    """A length that a schema sets; None if it does not.

    Raises:
        SchemaError: it is not a whole number from zero on.
    """
    value = schema.get(key)
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise SchemaError(f"{key} is no whole number from 0 on", path)
    return value


def follow(root: object, ref: object, path: Path) -> object:
    """What a reference inside the same schema points to (RFC 6901).

    Raises:
        SchemaError: it points elsewhere, or at nothing.
    """
    if not isinstance(ref, str) or not (ref == "#" or ref.startswith("#/")):
        raise SchemaError("only references inside the schema, such as #/$defs/name, work", path)
    at = root
    for step in ref.split("/")[1:]:
        key = unquote(step).replace("~1", "/").replace("~0", "~")
        if isinstance(at, dict) and key in at:
            at = at[key]
        elif isinstance(at, list) and key.isdecimal() and len(key) < 6 and int(key) < len(at):
            at = at[int(key)]
        else:
            raise SchemaError(f"{ref[:80]} points at nothing", path)
    return at


def merged(one: object, other: object, path: Path, depth: int = 0) -> Schema:
    """A schema for what fits both.

    Raises:
        SchemaError: the two cannot be joined.
    """
    if depth > _DEEPEST_MERGE:
        raise OverflowError
    if one is False or other is False:
        raise Unfulfillable(path)
    one = {} if one is True else one
    other = {} if other is True else other
    if not isinstance(one, dict) or not isinstance(other, dict):
        raise SchemaError("no schema", path)
    one, other = _closed(one, other), _closed(other, one)
    result = dict(one)
    for key, value in other.items():
        if key not in result or result[key] == value:
            result[key] = value
            continue
        mine = result[key]
        if key == "properties" and isinstance(mine, dict) and isinstance(value, dict):
            result[key] = {
                **mine,
                **{
                    name: merged(mine[name], held, path, depth + 1) if name in mine else held
                    for name, held in value.items()
                },
            }
        elif key == "required" and isinstance(mine, list) and isinstance(value, list):
            result[key] = [*mine, *(name for name in value if name not in mine)]
        elif key == "enum" and isinstance(mine, list) and isinstance(value, list):
            result[key] = [held for held in mine if held in value]
        elif key == "const":
            raise Unfulfillable(path)
        elif key == "type":
            result[key] = _common_types(mine, value, path)
        elif key in ("minimum", "exclusiveMinimum", "minLength", "minItems"):
            result[key] = max(mine, value) if _comparable(mine, value) else value
        elif key in ("maximum", "exclusiveMaximum", "maxLength", "maxItems"):
            result[key] = min(mine, value) if _comparable(mine, value) else value
        elif key == "additionalProperties" and (mine is False or value is False):
            result[key] = False
        elif key == "allOf" and isinstance(mine, list) and isinstance(value, list):
            result[key] = [*mine, *value]
        elif key in ("anyOf", "oneOf"):
            rest = result.pop("allOf", [])
            result["allOf"] = [*(rest if isinstance(rest, list) else []), {key: value}]
        elif key == "items":
            result[key] = merged(mine, value, path, depth + 1)
        else:
            result[key] = value
    return result


def _closed(one: Schema, by: Schema) -> Schema:
    """The schema without the members that another one does not allow."""
    members, allowed = one.get("properties"), by.get("properties", {})
    if by.get("additionalProperties") is not False or not isinstance(members, dict):
        return one
    return {**one, "properties": {name: held for name, held in members.items() if name in allowed}}


def _comparable(one: object, other: object) -> bool:
    return isinstance(one, int | float) and isinstance(other, int | float)


def _common_types(one: object, other: object, path: Path) -> list[str]:
    first = types_of({"type": one}, path)
    second = types_of({"type": other}, path)
    both = [kind for kind in first if kind in second]
    # Every integer is a number.
    if ("integer" in first and "number" in second) or ("number" in first and "integer" in second):
        both.append("integer")
    if not both:
        raise Unfulfillable(path)
    return list(dict.fromkeys(both))
