"""`toolConfig`: which tools are offered, and whether one must be called.

Converse knows `auto`, `any` and one named tool, but no `none`; and it wants tools defined as soon
as the conversation holds a call of one. Claude's own `tool_choice`, which says the rest, goes
beside them in `additionalModelRequestFields` (litellm 1.109.1, pydantic-ai-slim 2.68.0).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.claude.answer import AnswerForm
from miavo_gateway.providers.claude.tool_names import ToolNames, called_names
from miavo_gateway.providers.tool_calls import fitting_id
from miavo_gateway.schema.chat import ChatCompletionRequest, NamedToolChoice, Tool, ToolMessage

__all__ = ["Toolbox", "call_id", "toolbox"]

_CALL_ID = re.compile(r"[a-zA-Z0-9_.:-]{1,64}", re.ASCII)
_EARLIER = "Was called earlier in the conversation; cannot be called any more."


@dataclass(frozen=True, slots=True)
class Toolbox:
    """The tools of a request."""

    config: dict[str, Any] | None = None
    """`toolConfig`."""
    native_choice: dict[str, Any] | None = None
    """Claude's own `tool_choice`."""

    @property
    def forced(self) -> bool:
        """Whether a tool must be called."""
        return self.config is not None and "toolChoice" in self.config


def toolbox(
    request: ChatCompletionRequest, names: ToolNames, form: AnswerForm, *, parallel_switch: bool
) -> Toolbox:
    """The tools of a request.

    Args:
        request: the request.
        names: its tools' names.
        form: how its answer's form is asked for; may need a tool.
        parallel_switch: whether the model can be kept from several calls at once.

    Raises:
        InvalidRequest: `tool_choice` needs a tool that is not there, or the model cannot be kept
            from calling several.
    """
    specs = [_tool_spec(tool, names) for tool in request.tools or ()]
    choice = _choice(request, names)
    if not specs or request.tool_choice == "none":
        return _without_calls(request, names, specs, form)
    if form.tool is not None:
        specs.append(_tool_spec(form.tool, names))
        choice = {"any": {}}
    config: dict[str, Any] = {"tools": specs}
    if choice is not None:
        config["toolChoice"] = choice
    if request.parallel_tool_calls is not False:
        return Toolbox(config)
    if not parallel_switch:
        raise InvalidRequest(
            "'parallel_tool_calls' cannot be false: this model may always call several tools.",
            param="parallel_tool_calls",
        )
    # Converse takes Claude's type of choice only where its own says nothing.
    kind = {} if choice else {"type": "auto"}
    return Toolbox(config, {**kind, "disable_parallel_tool_use": True})


def _choice(request: ChatCompletionRequest, names: ToolNames) -> dict[str, Any] | None:
    choice = request.tool_choice
    if choice is None or choice in ("auto", "none"):
        return None
    if not request.tools:
        raise InvalidRequest(
            "'tool_choice' asks for a call, but there are no tools.", param="tool_choice"
        )
    if not isinstance(choice, NamedToolChoice):
        return {"any": {}}
    name = choice.function.name
    if name not in {tool.function.name for tool in request.tools}:
        raise InvalidRequest(
            f"'tool_choice' names '{name[:80]}', which is none of the tools.", param="tool_choice"
        )
    return {"tool": {"name": names.wire(name)}}


def _without_calls(
    request: ChatCompletionRequest,
    names: ToolNames,
    specs: list[dict[str, Any]],
    form: AnswerForm,
) -> Toolbox:
    """No tool may be called, but for one that carries the answer."""
    if form.tool is not None:
        choice = {"tool": {"name": form.tool_name}}
        return Toolbox({"tools": [_tool_spec(form.tool, names)], "toolChoice": choice})
    called = dict.fromkeys(map(names.wire, called_names(request)))
    if not called and not any(isinstance(each, ToolMessage) for each in request.messages):
        return Toolbox()
    if not specs:
        specs = [_earlier_tool(name) for name in called or ("earlier_tool",)]
    return Toolbox({"tools": specs}, {"type": "none"})


def _earlier_tool(name: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": {}}
    return {"toolSpec": {"name": name, "description": _EARLIER, "inputSchema": {"json": schema}}}


def call_id(original: str) -> str:
    """A tool call's id; one that Converse does not take becomes a hash of it, always the same."""
    return fitting_id(original, _CALL_ID)


def _tool_spec(tool: Tool, names: ToolNames) -> dict[str, Any]:
    """A tool's definition. `strict` is left out: not every Claude on Bedrock takes it."""
    function = tool.function
    parameters = function.parameters or {}
    if "type" not in parameters:
        parameters = {"type": "object", "properties": {}, **parameters}
    spec: dict[str, Any] = {
        "name": names.wire(function.name),
        "inputSchema": {"json": parameters},
    }
    if function.description and function.description.strip():
        spec["description"] = function.description
    return {"toolSpec": spec}
