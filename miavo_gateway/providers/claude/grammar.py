"""Which JSON Schemas Claude's grammar takes, at Anthropic and on Bedrock alike."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

__all__ = ["fits_grammar"]

# What Anthropic's grammar refuses with a 400 (anthropic 2.12.0, lib/_parse/_transform.py).
_REFUSED: Final = frozenset({
    "oneOf", "not", "if", "then", "else", "minimum", "maximum", "exclusiveMinimum",
    "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "maxItems", "uniqueItems",
    "contains", "prefixItems", "minProperties", "maxProperties", "patternProperties",
    "propertyNames", "dependentRequired", "dependentSchemas", "dependencies",
    "unevaluatedProperties", "unevaluatedItems", "$dynamicRef", "$recursiveRef",
})  # fmt: skip
_FORMATS: Final = frozenset({
    "date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid",
})  # fmt: skip
_HARD_PATTERN = re.compile(r"\(\?|\\[1-9bB]")
_MOST_OPTIONAL = 24
_MOST_UNIONS = 16
_MOST_NODES = 5_000
_DEEPEST = 100


def fits_grammar(schema: Mapping[str, Any]) -> bool:
    """Whether Claude's own structured output takes a schema; it refuses what it cannot enforce."""
    optional = unions = 0
    for count, node in enumerate(_nodes(schema)):
        if node is None or count > _MOST_NODES or not _node_fits(node):
            return False
        properties = node.get("properties")
        if isinstance(properties, dict):
            required = node.get("required")
            named = {str(name) for name in required} if isinstance(required, list) else set()
            optional += len(properties.keys() - named)
        unions += "anyOf" in node or isinstance(node.get("type"), list)
    return optional <= _MOST_OPTIONAL and unions <= _MOST_UNIONS


def _node_fits(node: Mapping[str, Any]) -> bool:
    if node.keys() & _REFUSED:
        return False
    is_object = node.get("type") == "object" or "properties" in node
    if is_object and node.get("additionalProperties") is not False:
        return False
    if node.get("minItems", 0) not in (0, 1):
        return False
    if "format" in node and str(node["format"]) not in _FORMATS:
        return False
    return not _HARD_PATTERN.search(str(node.get("pattern", "")))


def _nodes(
    schema: Mapping[str, Any],
) -> Iterator[Mapping[str, Any] | None]:
    """Every schema inside a schema, itself first; None where one is recursive or no schema."""
    definitions = {**_table(schema, "definitions"), **_table(schema, "$defs")}
    todo: list[tuple[Any, frozenset[str], int]] = [(schema, frozenset(), 0)]
    while todo:
        node, within, depth = todo.pop()
        if not isinstance(node, dict) or depth > _DEEPEST:
            yield None
            return
        yield node
        reference = node.get("$ref")
        if reference is not None:
            name = str(reference).rpartition("/")[2]
            if name in within or name not in definitions:
                yield None
                return
            todo.append((definitions[name], within | {name}, depth + 1))
        children = [*_table(node, "properties").values()]
        for keyword in ("anyOf", "allOf"):
            if isinstance(node.get(keyword), list):
                children += node[keyword]
        if "items" in node:
            children.append(node["items"])
        todo += [(child, within, depth + 1) for child in children]


def _table(node: Mapping[str, Any], keyword: str) -> dict[str, Any]:
    value = node.get(keyword)
    return value if isinstance(value, dict) else {}
