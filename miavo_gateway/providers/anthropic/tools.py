"""Tools: their definitions, the ids of their calls, and which of them must be called."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.anthropic.caching import cache_control
from miavo_gateway.providers.claude.grammar import fits_grammar
from miavo_gateway.providers.claude.tool_names import ToolNames, called_names
from miavo_gateway.providers.tool_calls import fitting_id
from miavo_gateway.schema.chat import ChatCompletionRequest, NamedToolChoice, Tool, ToolMessage

__all__ = ["call_id", "definition", "tool_choice", "tool_definitions"]

_CALL_ID = re.compile(r"[a-zA-Z0-9_-]+", re.ASCII)
_MOST_STRICT = 20
"""Strict tools that a request may have."""
_NO_PARAMETERS: Final[Mapping[str, Any]] = {"type": "object", "properties": {}}
_EARLIER = "Was called earlier in the conversation; cannot be called any more."


def call_id(original: str) -> str:
    """A tool call's id; one that Claude does not take becomes a hash of it, always the same."""
    return fitting_id(original, _CALL_ID)


def tool_definitions(
    request: ChatCompletionRequest, names: ToolNames, *, strict: bool
) -> list[dict[str, Any]]:
    """The tools to offer.

    A conversation that holds calls is refused without tools, so those it has called are offered
    where the caller offers none; `tool_choice` then forbids them.

    Args:
        request: the request.
        names: its tools' names.
        strict: whether the model can be held to a tool's schema.
    """
    if request.tools:
        held = _held_to_schema(request.tools) if strict else set()
        return [
            definition(tool, names, strict=tool.function.name in held) for tool in request.tools
        ]
    called = dict.fromkeys(map(names.wire, called_names(request)))
    if not called and any(isinstance(each, ToolMessage) for each in request.messages):
        called = {"earlier_tool": None}
    return [
        {"name": name, "description": _EARLIER, "input_schema": _NO_PARAMETERS} for name in called
    ]


def definition(tool: Tool, names: ToolNames, *, strict: bool = False) -> dict[str, Any]:
    """A tool's definition.

    Args:
        tool: the tool.
        names: the names of all.
        strict: whether the model is held to its schema.
    """
    function = tool.function
    schema = function.parameters or _NO_PARAMETERS
    if "type" not in schema:
        schema = {**_NO_PARAMETERS, **schema}
    made: dict[str, Any] = {"name": names.wire(function.name), "input_schema": schema}
    if function.description and not function.description.isspace():
        made["description"] = function.description
    if strict:
        made["strict"] = True
    return made | cache_control(tool)


def _held_to_schema(tools: Sequence[Tool]) -> set[str]:
    """The names of the strict tools, if Claude can enforce the schemas of all of them at once."""
    wanted = {
        tool.function.name: tool.function.parameters or {**_NO_PARAMETERS, **_CLOSED}
        for tool in tools
        if tool.function.strict
    }
    together = {"type": "object", "properties": wanted, "required": list(wanted), **_CLOSED}
    return set(wanted) if len(wanted) <= _MOST_STRICT and fits_grammar(together) else set()


_CLOSED: Final = {"additionalProperties": False}


def tool_choice(
    request: ChatCompletionRequest, names: ToolNames, answer_tool: str | None
) -> dict[str, Any] | None:
    """`tool_choice`; None where it is left out.

    Args:
        request: the request.
        names: its tools' names.
        answer_tool: the tool whose arguments are the answer, if there is one.

    Raises:
        InvalidRequest: it asks for a tool that is not there.
    """
    choice = _choice(request, names, answer_tool)
    if request.parallel_tool_calls is False and request.tools:
        choice = choice or {"type": "auto"}
        if choice["type"] != "none":
            choice["disable_parallel_tool_use"] = True
    return choice


def _choice(
    request: ChatCompletionRequest, names: ToolNames, answer_tool: str | None
) -> dict[str, Any] | None:
    wanted = request.tool_choice
    if isinstance(wanted, NamedToolChoice):
        name = wanted.function.name
        if name not in {tool.function.name for tool in request.tools or ()}:
            raise InvalidRequest(
                f"'tool_choice' names '{name[:80]}', which is none of the tools.",
                param="tool_choice",
            )
        return {"type": "tool", "name": names.wire(name)}
    if wanted == "required":
        if not request.tools:
            raise InvalidRequest(
                "'tool_choice' asks for a call, but there are no tools.", param="tool_choice"
            )
        return {"type": "any"}
    if answer_tool is not None:
        alone = not request.tools or wanted == "none"
        return {"type": "tool", "name": answer_tool} if alone else {"type": "any"}
    if wanted == "none" or not request.tools:
        return {"type": "none"}
    return {"type": "auto"} if wanted == "auto" else None
