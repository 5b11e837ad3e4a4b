"""Anthropic's rules for schemas that Claude is held to: the answer's, and those of strict tools."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from miavo_gateway.sandbox.anthropic.refusals import invalid
from miavo_gateway.sandbox.anthropic.shapes import Tool

__all__ = ["check_schemas"]

_MOST_STRICT_TOOLS = 20
_MOST_OPTIONAL = 24
_MOST_UNIONS = 16
_REFUSED: Final[Mapping[str, tuple[str, ...]]] = {
    "object": ("minProperties", "maxProperties", "patternProperties", "propertyNames"),
    "array": ("maxItems", "uniqueItems", "contains", "prefixItems"),
    "string": ("minLength", "maxLength"),
    "integer": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}
_REFUSED_ANYWHERE: Final = ("oneOf", "not", "if", "then", "else", "dependentSchemas")
_FORMATS: Final = frozenset(
    {"date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"}
)


def check_schemas(tools: Sequence[Tool], answer: Mapping[str, Any] | None) -> None:
    """Check the schemas of a request.

    Raises:
        AnthropicRefusal: one is not in the subset, or together they are too complex.
    """
    named: list[tuple[str, Mapping[str, Any]]] = [
        (f"tools.{index}.custom.input_schema", tool.input_schema)
        for index, tool in enumerate(tools)
        if tool.strict
    ]
    if len(named) > _MOST_STRICT_TOOLS:
        raise invalid(f"tools: At most {_MOST_STRICT_TOOLS} strict tools may be provided.")
    if answer is not None:
        named.append(("output_config.format.schema", answer))
    optional = unions = 0
    for place, schema in named:
        _check_is_schema(schema, place)
        for node in _nodes(schema, schema, place, ()):
            _check_node(node, place)
            properties = node.get("properties") or {}
            optional += len(properties.keys() - set(node.get("required") or ()))
            unions += sum(_is_union(each) for each in properties.values())
    if optional > _MOST_OPTIONAL or unions > _MOST_UNIONS:
        raise invalid("Schema is too complex. Please simplify your schemas and try again.")


def _check_is_schema(schema: Mapping[str, Any], place: str) -> None:
    try:
        Draft202012Validator.check_schema(dict(schema))
    except SchemaError as error:
        raise invalid(f"{place}: JSON schema is invalid: {error.message[:200]}") from None


def _is_union(node: Any) -> bool:
    return isinstance(node, dict) and ("anyOf" in node or isinstance(node.get("type"), list))


def _check_node(node: Mapping[str, Any], place: str) -> None:
    for keyword in _REFUSED_ANYWHERE:
        if keyword in node:
            raise invalid(f"{place}: Schema keyword '{keyword}' is not supported.")
    kinds = node.get("type")
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        bad = sorted(set(_REFUSED.get(str(kind), ())) & node.keys())
        if bad:
            raise invalid(
                f"{place}: For '{kind}' type, properties {', '.join(bad)} are not supported"
            )
    if kinds == "object" and node.get("additionalProperties") is not False:
        raise invalid(
            f"{place}: For 'object' type, 'additionalProperties' must be explicitly set to false"
        )
    if node.get("minItems", 0) not in (0, 1):
        raise invalid(
            f"{place}: For 'array' type, 'minItems' values other than 0 or 1 are not supported"
        )
    if kinds == "string" and node.get("format", "date") not in _FORMATS:
        raise invalid(f"{place}: String format '{node['format']}' is not supported.")


def _nodes(
    node: Any, root: Mapping[str, Any], place: str, within: tuple[str, ...]
) -> Iterator[Mapping[str, Any]]:
    """Every schema inside a schema, itself first."""
    if not isinstance(node, dict):
        return
    yield node
    if (reference := node.get("$ref")) is not None:
        kind, _, name = str(reference).removeprefix("#/").partition("/")
        target = (root.get(kind) or {}).get(name)
        if target is None or name in within:
            raise invalid(f"{place}: Recursive or unresolved reference '{reference}'.")
        yield from _nodes(target, root, place, (*within, name))
    children = [*(node.get("properties") or {}).values(), node.get("items")]
    for keyword in ("anyOf", "allOf"):
        children += node.get(keyword) or []
    for child in children:
        yield from _nodes(child, root, place, within)
