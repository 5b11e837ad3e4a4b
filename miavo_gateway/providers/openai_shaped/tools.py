"""The tools of a request, and which of them have to be called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.openai_shaped.messages import Body
from miavo_gateway.schema.chat import ChatCompletionRequest, NamedToolChoice, Tool

__all__ = ["ToolRules", "forces_a_call", "put_tools"]

_NO_PARAMETERS: dict[str, Any] = {"type": "object", "properties": {}}


@dataclass(frozen=True, slots=True)
class ToolRules:
    """What a provider takes."""

    strict: bool = False
    """A function may be `strict`."""
    choice: bool = True
    """`tool_choice` is obeyed. Where it is not, "none" sends no tools and a forced call is
    refused: what the model does would be luck."""
    named: bool = True
    """A function may be forced by name. Where it may not, it goes alone, and a call is required."""


def forces_a_call(request: ChatCompletionRequest) -> bool:
    """Whether the model has to call a tool."""
    return bool(request.tools) and (
        request.tool_choice == "required" or isinstance(request.tool_choice, NamedToolChoice)
    )


def put_tools(body: Body, request: ChatCompletionRequest, rules: ToolRules) -> None:
    """Put the tools, and the choice among them, into a body.

    Raises:
        InvalidRequest: a call is forced, and the provider cannot force one.
    """
    choice, tools = request.tool_choice, request.tools
    if not tools:
        return
    if not rules.choice:
        if forces_a_call(request):
            raise InvalidRequest(
                "'tool_choice' cannot be used here: this provider forces no calls; "
                "'auto' and 'none' are taken.",
                param="tool_choice",
            )
        if choice == "none":
            return
        choice = None
    if isinstance(choice, NamedToolChoice) and not rules.named:
        tools = [tool for tool in tools if tool.function.name == choice.function.name]
        choice = "required"
    body["tools"] = [_tool(tool, strict=rules.strict) for tool in tools]
    if isinstance(choice, NamedToolChoice):
        named = {"name": choice.function.name}
        body["tool_choice"] = {"type": "function", "function": named}
    elif choice is not None:
        body["tool_choice"] = choice


def _tool(tool: Tool, *, strict: bool) -> Body:
    function: Body = {"name": tool.function.name}
    if tool.function.description is not None:
        function["description"] = tool.function.description
    # MiniMax and Moonshot refuse a function without parameters.
    function["parameters"] = tool.function.parameters or _NO_PARAMETERS
    if strict and tool.function.strict is not None:
        function["strict"] = tool.function.strict
    return {"type": "function", "function": function}
