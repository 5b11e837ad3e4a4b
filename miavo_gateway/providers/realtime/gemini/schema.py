"""JSON Schemas as the Live API takes them: in the subset of OpenAPI 3.0 that is Gemini's `Schema`.

It knows no `$ref`, so what is referred to is written in its place; null is `nullable`
(google-genai 3.4.0, `types.Schema`; pydantic-ai-slim 2.68.0, profiles/google.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["live_schema"]

_AS_THEY_ARE: Final = (
    "description",
    "title",
    "format",
    "pattern",
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "minProperties",
    "maxProperties",
    "required",
)
_FORMATS: Final = frozenset({"date-time", "enum", "int32", "int64", "float", "double"})
_DEEPEST: Final = 12
"""A schema that refers to itself is cut there: any object fits."""


def live_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema that says the same, as far as can be said."""
    known = schema.get("$defs") or schema.get("definitions")
    return _translated(schema, known if isinstance(known, Mapping) else {}, 0)


def _translated(schema: Any, known: Mapping[str, Any], depth: int) -> dict[str, Any]:
    if not isinstance(schema, Mapping) or depth > _DEEPEST:
        return {"type": "OBJECT"}
    if isinstance(reference := schema.get("$ref"), str):
        return _translated(known.get(reference.rpartition("/")[2]), known, depth + 1)
    for part in schema.get("allOf") or ():
        if isinstance(part, Mapping):
            inner = {name: value for name, value in schema.items() if name != "allOf"}
            return _translated({**_resolved(part, known), **inner}, known, depth + 1)
    said = {name: schema[name] for name in _AS_THEY_ARE if schema.get(name) is not None}
    if said.get("format") not in _FORMATS:
        said.pop("format", None)
    _put_type(said, schema)
    _put_choices(said, schema, known, depth)
    if isinstance(properties := schema.get("properties"), Mapping):
        said["properties"] = {
            name: _translated(inner, known, depth + 1) for name, inner in properties.items()
        }
        said.setdefault("type", "OBJECT")
    if "items" in schema:
        said["items"] = _translated(schema["items"], known, depth + 1)
        said.setdefault("type", "ARRAY")
    elif said.get("type") == "ARRAY":
        said["items"] = {"type": "STRING"}
    return said


def _resolved(part: Mapping[str, Any], known: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = part.get("$ref")
    found = known.get(reference.rpartition("/")[2]) if isinstance(reference, str) else part
    return found if isinstance(found, Mapping) else {}


def _put_type(said: dict[str, Any], schema: Mapping[str, Any]) -> None:
    kinds = schema.get("type")
    listed = [kinds] if isinstance(kinds, str) else kinds if isinstance(kinds, list) else []
    if "null" in listed:
        said["nullable"] = True
    real = [str(each).upper() for each in listed if each != "null"]
    if len(real) == 1:
        said["type"] = real[0]
    elif real:
        said["anyOf"] = [{"type": each} for each in real]
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    if isinstance(values, list):
        if None in values:
            said["nullable"] = True
        # Gemini's enumerations are of strings.
        said["enum"] = [str(value) for value in values if value not in (None, "")]
        said["type"] = "STRING"


def _put_choices(
    said: dict[str, Any], schema: Mapping[str, Any], known: Mapping[str, Any], depth: int
) -> None:
    choices = schema.get("anyOf") or schema.get("oneOf")
    if not isinstance(choices, list):
        return
    real = [each for each in choices if not (isinstance(each, Mapping) and _is_null(each))]
    if len(real) < len(choices):
        said["nullable"] = True
    translated = [_translated(each, known, depth + 1) for each in real]
    if len(translated) == 1:
        said |= {**translated[0], **said}
    elif translated:
        said["anyOf"] = translated


def _is_null(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "null"
