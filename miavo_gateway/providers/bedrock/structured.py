"""`response_format`: how the answer is made to be JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import orjson

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.bedrock.tools import ToolNames
from miavo_gateway.providers.claude import forces_tool
from miavo_gateway.schema.chat import (
    ChatCompletionRequest,
    JsonObjectFormat,
    JsonSchema,
    JsonSchemaFormat,
)

__all__ = ["AnswerForm", "answer_form", "fits_grammar"]

_TOOL = "give_answer"
_TOOL_DESCRIPTION = "Give your answer to the user. Its arguments are the answer itself."
_INSTRUCTION = (
    "Answer with one JSON object and nothing else: no words before or after it, and no code fence."
)
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


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """How the answer's form is asked for; all None for plain text."""

    way: Literal["text", "native", "tool", "words"] = "text"
    output_config: dict[str, Any] | None = None
    tool: dict[str, Any] | None = None
    """The definition of a tool whose arguments are the answer."""
    tool_name: str | None = None
    instruction: str | None = None


def answer_form(request: ChatCompletionRequest, names: ToolNames, *, native: bool) -> AnswerForm:
    """How a request's `response_format` is met.

    Args:
        request: the request.
        names: its tools' names.
        native: whether the model takes a schema in `outputConfig`.

    Raises:
        InvalidRequest: the schema is for something other than an object, which no Claude takes.
    """
    wanted = request.response_format
    if isinstance(wanted, JsonObjectFormat):
        return AnswerForm("words", instruction=_INSTRUCTION)
    if not isinstance(wanted, JsonSchemaFormat):
        return AnswerForm()
    schema = wanted.json_schema.schema_
    if schema is None:
        return AnswerForm("words", instruction=_INSTRUCTION)
    if native and fits_grammar(schema):
        return AnswerForm("native", output_config=_output_config(wanted.json_schema, schema))
    if request.tools and forces_tool(request):
        return AnswerForm()  # The answer is a tool call and has no text.
    if schema.get("type", "object") != "object" or not _plain_root(schema):
        raise InvalidRequest(
            "'response_format.json_schema.schema' must be of the type 'object' at its root.",
            param="response_format.json_schema.schema",
        )
    name = names.unused(_TOOL, request)
    spec = {
        "name": name,
        "description": wanted.json_schema.description or _TOOL_DESCRIPTION,
        "inputSchema": {"json": {"type": "object", **schema}},
    }
    return AnswerForm("tool", tool={"toolSpec": spec}, tool_name=name)


def _plain_root(schema: Mapping[str, Any]) -> bool:
    return not schema.keys() & {"anyOf", "oneOf", "allOf", "$ref"}


def _output_config(wanted: JsonSchema, schema: Mapping[str, Any]) -> dict[str, Any]:
    definition = {"schema": orjson.dumps(schema).decode(), "name": wanted.name}
    if wanted.description:
        definition["description"] = wanted.description
    return {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": definition}}}


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
