"""`response_format`: how the answer is made to be JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.claude.grammar import fits_grammar
from miavo_gateway.providers.claude.rules import forces_tool
from miavo_gateway.providers.tool_names import ToolNames
from miavo_gateway.schema.chat import (
    ChatCompletionRequest,
    JsonObjectFormat,
    JsonSchema,
    JsonSchemaFormat,
)

__all__ = ["AnswerForm", "answer_form"]

_TOOL = "give_answer"
_TOOL_DESCRIPTION = "Give your answer to the user. Its arguments are the answer itself."
_INSTRUCTION = (
    "Answer with one JSON object and nothing else: no words before or after it, and no code fence."
)


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
