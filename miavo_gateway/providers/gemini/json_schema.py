"""JSON Schemas in the subset that Gemini's `…JsonSchema` fields understand.

The subset, by Google's reference of `GenerationConfig.responseJsonSchema`: `$defs`, `$ref` (with
nothing beside it), `type` (or several), `description`, `enum` of strings and numbers, `items`,
`prefixItems`, `minItems`, `maxItems`, `minimum`, `maximum`, `anyOf`, `oneOf` (read as `anyOf`),
`properties`, `additionalProperties`, `required`, `propertyOrdering`; google-genai 3.4.0 has
`pattern` and the lengths besides. Titles and formats of strings are known to trip it, and so is an
empty string in an `enum` (pydantic-ai-slim 2.68.0, profiles/google.py; litellm 1.109.1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["gemini_schema"]

_Schema = dict[str, Any]

_AS_THEY_ARE: Final = frozenset(
    {
        "maxItems",
        "maxLength",
        "maximum",
        "maxProperties",
        "minItems",
        "minLength",
        "minimum",
        "minProperties",
        "pattern",
        "propertyOrdering",
        "required",
        "type",
    }
)
_NAMED: Final[Mapping[str, str]] = {
    "$defs": "$defs",
    "definitions": "$defs",
    "properties": "properties",
}
"""Keywords that hold schemas by name, and what Gemini calls them."""
_LISTED: Final[Mapping[str, str]] = {
    "anyOf": "anyOf",
    "oneOf": "anyOf",
    "prefixItems": "prefixItems",
}
_TYPE_NAMES: Final[Mapping[type, str]] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
}


def gemini_schema(schema: Mapping[str, Any]) -> _Schema:
    """A schema that says the same, as far as Gemini's subset can say it."""
    definitions = schema.get("$defs") or schema.get("definitions")
    known = definitions if isinstance(definitions, Mapping) else {}
    translated: _Schema = _Translation(known).of(schema)
    return translated


@dataclass(frozen=True, slots=True)
class _Translation:
    definitions: Mapping[str, Any]

    def of(self, schema: object) -> Any:
        """A schema or, for `additionalProperties`, a flag."""
        if not isinstance(schema, Mapping):
            return schema
        if "allOf" in schema:
            schema = self._taken_in(schema, frozenset())
        if "$ref" in schema:
            return self._reference(schema)
        said: _Schema = {}
        notes = [schema["description"]] if schema.get("description") else []
        for name, value in schema.items():
            if name == "default" or (name in _AS_THEY_ARE and _is_plain(value)):
                said[name] = value
            elif name in _NAMED and isinstance(value, Mapping):
                said[_NAMED[name]] = {key: self._inner(each) for key, each in value.items()}
            elif name in _LISTED and isinstance(value, list):
                listed = [self._inner(each) for each in value if each is not False]
                said[_LISTED[name]] = [*said.get(_LISTED[name], ()), *listed]
            elif name == "items" and isinstance(value, list):  # Draft 7's tuples.
                said["prefixItems"] = [self._inner(each) for each in value]
            elif name == "items":
                said["items"] = self._inner(value)
            elif name == "additionalProperties":
                said[name] = self.of(value)
        notes += _bounds(said, schema)
        if notes:
            said["description"] = "; ".join(map(str, notes))
        return _with_values(said, schema)

    def _inner(self, schema: object) -> Any:
        # `true` lets anything pass. `false` cannot be said, and hardly is.
        return self.of(schema) if isinstance(schema, Mapping) else {}

    def _reference(self, schema: Mapping[str, Any]) -> _Schema:
        target = str(schema["$ref"]).replace("#/definitions/", "#/$defs/", 1)
        rest: _Schema = self.of({name: each for name, each in schema.items() if name != "$ref"})
        definitions = rest.pop("$defs", None)
        said: _Schema = {"$ref": target}
        if rest:  # Nothing may stand beside a reference, so that goes around it.
            said = {"anyOf": [said], **rest}
        return said if definitions is None else {**said, "$defs": definitions}

    def _taken_in(self, schema: Mapping[str, Any], seen: frozenset[str]) -> Mapping[str, Any]:
        """A schema with the members of its `allOf` in it, which Gemini has no word for."""
        members = schema["allOf"]
        rest = {name: each for name, each in schema.items() if name != "allOf"}
        if not isinstance(members, list):
            return rest
        if len(members) == 1 and isinstance(members[0], Mapping) and "$ref" in members[0]:
            return {**members[0], **rest}
        merged: _Schema = {}
        for member in (*members, rest):
            for name, value in self._resolved(member, seen).items():
                before = merged.get(name)
                if isinstance(before, dict) and isinstance(value, Mapping):
                    merged[name] = {**before, **value}
                elif name == "required" and isinstance(before, list) and isinstance(value, list):
                    merged[name] = [*before, *(each for each in value if each not in before)]
                else:
                    merged[name] = value
        return merged

    def _resolved(self, schema: object, seen: frozenset[str]) -> Mapping[str, Any]:
        """A member of an `allOf` without a reference; a circle of them ends in anything."""
        if not isinstance(schema, Mapping):
            return {}
        if "$ref" in schema:
            target = str(schema["$ref"])
            definition = self.definitions.get(target.rpartition("/")[2])
            if target in seen or not isinstance(definition, Mapping):
                return {}
            rest = {name: each for name, each in schema.items() if name != "$ref"}
            return {**self._resolved(definition, seen | {target}), **rest}
        return self._taken_in(schema, seen) if "allOf" in schema else schema


def _is_plain(value: object) -> bool:
    """Whether a value is of a kind that a plain keyword can have: an object there went astray."""
    parts = value if isinstance(value, list) else [value]
    return not any(isinstance(each, Mapping | list) for each in parts)


def _bounds(said: _Schema, schema: Mapping[str, Any]) -> Iterator[str]:
    """What has no keyword, as words; an exclusive bound of whole numbers has the next one."""
    if isinstance(schema.get("format"), str):
        yield f"format: {schema['format']}"
    for name, kind, step, words in (
        ("exclusiveMinimum", "minimum", 1, "more than"),
        ("exclusiveMaximum", "maximum", -1, "less than"),
    ):
        bound = schema.get(name)
        if isinstance(bound, bool) or not isinstance(bound, int | float):
            continue
        if said.get("type") == "integer" and isinstance(bound, int):
            said.setdefault(kind, bound + step)
        else:
            yield f"{words} {bound}"


def _with_values(said: _Schema, schema: Mapping[str, Any]) -> _Schema:
    """The schema with its `enum` or `const`, as far as it has strings and numbers."""
    if "const" in schema:
        values = [schema["const"]]
        said.setdefault("type", _TYPE_NAMES.get(type(schema["const"]), "object"))
    elif isinstance(schema.get("enum"), list):
        values = schema["enum"]
    else:
        return said
    kept = [
        each
        for each in values
        if isinstance(each, str | int | float) and not isinstance(each, bool) and each != ""
    ]
    if not kept:
        return said
    if None not in values:
        return {**said, "enum": kept}
    kinds = said.pop("type", None)
    described = {"description": said.pop("description")} if "description" in said else {}
    if isinstance(kinds, list):
        kinds = [kind for kind in kinds if kind != "null"]
        kinds = kinds[0] if len(kinds) == 1 else kinds
    choice = {**({"type": kinds} if kinds else {}), "enum": kept, **said}
    return {"anyOf": [choice, {"type": "null"}], **described}
