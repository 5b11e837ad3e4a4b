"""Which tools a request makes the echo call, and with which arguments."""

from __future__ import annotations

import re

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.local.echo.conversation import Conversation
from miavo_gateway.local.echo.pieces import Call
from miavo_gateway.local.echo.structured import fulfilled
from miavo_gateway.schema.chat import ChatCompletionRequest, NamedToolChoice, Tool

__all__ = ["calls_wanted"]


def calls_wanted(request: ChatCompletionRequest, conversation: Conversation) -> tuple[Call, ...]:
    """The tool calls that the reply consists of; empty if it is a text.

    A named tool is called. With `required`, the tools that the last user text names are called,
    or the first one if it names none. With `auto`, the tools it names are called, but not again
    once they have answered. Without `parallel_tool_calls` only the first of them is.

    Raises:
        InvalidRequest: `tool_choice` comes without tools or names none of them, or the parameters
            of a tool to call are no valid schema or cannot be fulfilled.
    """
    tools = request.tools or []
    choice = request.tool_choice
    if not tools:
        if choice is not None:
            raise InvalidRequest("'tool_choice' needs 'tools'.", param="tool_choice")
        return ()
    if isinstance(choice, NamedToolChoice):
        return (_call(*_by_name(tools, choice.function.name), conversation),)
    if choice == "none" or (choice != "required" and conversation.answers_tools):
        return ()
    wanted = [
        (index, tool)
        for index, tool in enumerate(tools)
        if _names(conversation.user_text, tool.function.name)
    ]
    if choice == "required" and not wanted:
        wanted = [(0, tools[0])]
    if request.parallel_tool_calls is False:
        wanted = wanted[:1]
    return tuple(_call(index, tool, conversation) for index, tool in wanted)


def _by_name(tools: list[Tool], name: str) -> tuple[int, Tool]:
    for index, tool in enumerate(tools):
        if tool.function.name == name:
            return index, tool
    raise InvalidRequest("'tool_choice' names a tool that 'tools' lacks.", param="tool_choice")


def _names(text: str, name: str) -> bool:
    """Whether a text has the name as a word of its own: `get` is not named by `get_weather`."""
    return re.search(rf"(?<![\w.-]){re.escape(name)}(?!\w|[.-]\w)", text) is not None


def _call(index: int, tool: Tool, conversation: Conversation) -> Call:
    parameters = tool.function.parameters
    if not parameters:
        return Call(tool.function.name, "{}")
    arguments = fulfilled(
        parameters,
        conversation.user_text or conversation.saying,
        param=f"tools[{index}].function.parameters",
        only_objects=True,
    )
    return Call(tool.function.name, arguments)
