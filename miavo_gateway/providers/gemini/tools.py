"""Functions and the choice between them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.gemini.json_schema import gemini_schema
from miavo_gateway.schema.chat import ChatCompletionRequest, NamedToolChoice, Tool

__all__ = ["FunctionNames", "function_declarations", "function_mode"]

_FIT = re.compile(r"[A-Za-z_]", re.ASCII)


class FunctionNames:
    """The names of a request's functions as Gemini takes them, and back.

    OpenAI's alphabet is Gemini's, but Gemini's names begin with a letter or an underscore
    (google-genai 3.4.0, `FunctionDeclaration.name`).
    """

    def __init__(self, tools: Iterable[Tool]) -> None:
        names = [tool.function.name for tool in tools]
        self._wire: dict[str, str] = {}
        taken = {name for name in names if _FIT.match(name)}
        for name in names:
            if name not in taken:
                wire = f"_{name}"
                while wire in taken:
                    wire = f"_{wire}"
                taken.add(wire)
                self._wire[name] = wire
        self._original = {wire: name for name, wire in self._wire.items()}

    def wire(self, name: str) -> str:
        """The name to send; a function of the history need not be declared any more."""
        return self._wire.get(name) or (name if _FIT.match(name) else f"_{name}")

    def original(self, name: str) -> str:
        """The caller's name of a function that was called."""
        return self._original.get(name, name)


def function_declarations(tools: Iterable[Tool], names: FunctionNames) -> list[dict[str, Any]]:
    """The value of `functionDeclarations`."""
    return [_declaration(tool, names) for tool in tools]


def _declaration(tool: Tool, names: FunctionNames) -> dict[str, Any]:
    function = tool.function
    declaration: dict[str, Any] = {"name": names.wire(function.name)}
    if function.description:
        declaration["description"] = function.description
    if function.parameters and not _is_empty(function.parameters):
        declaration["parametersJsonSchema"] = gemini_schema(function.parameters)
    return declaration


def _is_empty(parameters: Mapping[str, Any]) -> bool:
    """Whether a function takes nothing; the field is left out then."""
    return not parameters.get("properties") and not parameters.keys() & {"$ref", "anyOf", "allOf"}


def function_mode(request: ChatCompletionRequest, names: FunctionNames) -> dict[str, Any] | None:
    """The value of `functionCallingConfig`; None where it is left out.

    A `strict` function asks for the mode `VALIDATED`, in which calls fit their schema.

    Raises:
        InvalidRequest: a function has to be called, and there is none or not that one.
    """
    choice, tools = request.tool_choice, request.tools or []
    if not tools:
        if choice == "required" or isinstance(choice, NamedToolChoice):
            raise InvalidRequest("'tool_choice' needs 'tools'.", param="tool_choice")
        return None
    if isinstance(choice, NamedToolChoice):
        name = choice.function.name
        if all(tool.function.name != name for tool in tools):
            raise InvalidRequest(
                "'tool_choice' names a function that 'tools' lacks.", param="tool_choice"
            )
        return {"mode": "ANY", "allowedFunctionNames": [names.wire(name)]}
    if choice == "required":
        return {"mode": "ANY"}
    if choice == "none":
        return {"mode": "NONE"}
    if any(tool.function.strict for tool in tools):
        return {"mode": "VALIDATED"}
    return {"mode": "AUTO"} if choice == "auto" else None
