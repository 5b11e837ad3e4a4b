"""OpenAI's rules for a schema that is `strict`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from miavo_gateway.sandbox.openai_shaped.refusal import ProviderRefusal

__all__ = ["check_strict_schemas"]

_NAMED = ("properties", "$defs", "definitions")
_LISTED = ("anyOf", "allOf")


def check_strict_schemas(body: Mapping[str, Any]) -> None:
    """Check the strict schemas of a body: closed objects, all of whose properties are required.

    Raises:
        ProviderRefusal: one is open, or has an optional property.
    """
    for where, param, schema in _strict_schemas(body):
        _check(schema, where, param, ())


def _strict_schemas(body: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    wanted = (body.get("response_format") or {}).get("json_schema") or {}
    if wanted.get("strict"):
        yield f"response_format '{wanted.get('name')}'", "response_format", wanted.get("schema")
    for i, tool in enumerate(body.get("tools") or ()):
        function = tool.get("function", tool)
        if function.get("strict"):
            param = f"tools[{i}].function.parameters"
            yield f"function '{function.get('name')}'", param, function.get("parameters")


def _check(schema: Any, where: str, param: str, path: tuple[str, ...]) -> None:
    if not isinstance(schema, Mapping):
        return
    if schema.get("type") == "object" or "properties" in schema:
        if schema.get("additionalProperties") is not False:
            raise _refusal(
                where,
                param,
                path,
                "'additionalProperties' is required to be supplied and to be false",
            )
        missing = sorted(set(schema.get("properties") or ()) - set(schema.get("required") or ()))
        if missing:
            raise _refusal(
                where,
                param,
                path,
                "'required' is required to be supplied and to be an array including every key in "
                f"properties. Missing '{missing[0]}'",
            )
    for name in _NAMED:
        for key, below in (schema.get(name) or {}).items():
            _check(below, where, param, (*path, name, key))
    for name in _LISTED:
        for number, below in enumerate(schema.get(name) or ()):
            _check(below, where, param, (*path, name, str(number)))
    _check(schema.get("items"), where, param, (*path, "items"))


def _refusal(where: str, param: str, path: tuple[str, ...], why: str) -> ProviderRefusal:
    return ProviderRefusal(
        f"Invalid schema for {where}: In context={path!r}, {why}.",
        code="invalid_function_parameters" if param != "response_format" else "invalid_json_schema",
        param=param,
    )
