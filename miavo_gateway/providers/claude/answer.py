"""`response_format`: how the answer is made to be JSON.

Claude enforces a schema by itself, if it is one of those that its grammar takes. Any other schema
becomes that of a tool which must be called, and whose arguments are the answer. JSON without a
schema is asked for in words.
"""

from __future__ import annotations

from dataclasses import dataclass

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.claude.grammar import fits_grammar
from miavo_gateway.providers.claude.rules import ClaudeRules, forces_tool
from miavo_gateway.providers.claude.tool_names import ToolNames
from miavo_gateway.schema.chat import (
    ChatCompletionRequest,
    FunctionDefinition,
    JsonObjectFormat,
    JsonSchema,
    JsonSchemaFormat,
    Tool,
)

__all__ = ["AnswerForm", "answer_form"]

_TOOL = "give_answer"
_TOOL_DESCRIPTION = "Give your answer to the user. Its arguments are the answer itself."
_INSTRUCTION = (
    "Answer with one JSON object and nothing else: no words before or after it, and no code fence."
)
_BRANCHES = ("anyOf", "oneOf", "allOf", "$ref")


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """How the answer's form is asked for; nothing is set for plain text."""

    schema: JsonSchema | None = None
    """What Claude enforces by itself; its `schema_` is set."""
    tool: Tool | None = None
    """A tool whose arguments are the answer."""
    instruction: str | None = None
    """Words for the system prompt."""

    @property
    def tool_name(self) -> str | None:
        """The name of the tool; None if there is none."""
        return self.tool.function.name if self.tool else None


def answer_form(request: ChatCompletionRequest, names: ToolNames, rules: ClaudeRules) -> AnswerForm:
    """How a request's `response_format` is met.

    Raises:
        InvalidRequest: the schema is for something other than an object, and not one that Claude
            enforces by itself.
    """
    wanted = request.response_format
    if isinstance(wanted, JsonObjectFormat):
        return AnswerForm(instruction=_INSTRUCTION)
    if not isinstance(wanted, JsonSchemaFormat):
        return AnswerForm()
    schema = wanted.json_schema.schema_
    if schema is None:
        return AnswerForm(instruction=_INSTRUCTION)
    if rules.schemas and fits_grammar(schema):
        return AnswerForm(schema=wanted.json_schema)
    if request.tools and forces_tool(request):
        return AnswerForm()  # The answer is a tool call and has no text.
    if schema.get("type", "object") != "object" or any(each in schema for each in _BRANCHES):
        param = "response_format.json_schema.schema"
        raise InvalidRequest(f"'{param}' must be of the type 'object' at its root.", param=param)
    function = FunctionDefinition(
        name=names.unused(_TOOL, request),
        description=wanted.json_schema.description or _TOOL_DESCRIPTION,
        parameters={"type": "object", **schema},
    )
    return AnswerForm(tool=Tool(type="function", function=function))
