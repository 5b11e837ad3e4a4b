"""Checks of everything beside the conversation, in the words of Anthropic's refusals."""

from __future__ import annotations

import re
from typing import Any, Final

from miavo_gateway.sandbox.anthropic.models import Claude
from miavo_gateway.sandbox.anthropic.refusals import invalid
from miavo_gateway.sandbox.anthropic.schemas import check_schemas
from miavo_gateway.sandbox.anthropic.shapes import (
    AnyTool,
    MessagesRequest,
    NamedTool,
    ThinkingAdaptive,
    ThinkingEnabled,
)

__all__ = ["check_settings", "forces_call"]

_LATER_VERSION: Final = "2026-10-21"
_MOST_CACHE_POINTS = 4
_LEAST_TOP_P = 0.95
_A_PERSON = re.compile(r"[^@\s]+@[^@\s]+|\+?[\d\s().-]{7,}")


def forces_call(request: MessagesRequest) -> bool:
    """Whether a tool has to be called."""
    return isinstance(request.tool_choice, AnyTool | NamedTool)


def check_settings(request: MessagesRequest, model: Claude, version: str) -> None:
    """Check the settings.

    Args:
        request: the request.
        model: the rules of its model.
        version: the header `anthropic-version`.

    Raises:
        AnthropicRefusal: the API would refuse them.
    """
    if request.max_tokens > model.max_output:
        raise invalid(
            f"max_tokens: {request.max_tokens} > {model.max_output}, which is the maximum allowed "
            f"number of output tokens for {request.model}"
        )
    if any(not each.strip() for each in request.stop_sequences):
        raise invalid("stop_sequences: each stop sequence must contain non-whitespace")
    if request.metadata.user_id and _A_PERSON.fullmatch(request.metadata.user_id):
        raise invalid("metadata.user_id: user_id appears to contain an email or a phone number")
    _check_sampling(request, model, version)
    _check_thinking(request, model)
    _check_tools(request)
    answer = request.output_config.format
    check_schemas(request.tools, answer.schema_ if answer else None)
    _check_cache(request)


def _check_sampling(request: MessagesRequest, model: Claude, version: str) -> None:
    given = [
        name for name in ("temperature", "top_p", "top_k") if getattr(request, name) is not None
    ]
    for name in given:
        if version == _LATER_VERSION:
            raise invalid(f"{name}: Extra inputs are not permitted")
        if not model.sampling:
            raise invalid(f"`{name}` is deprecated for this model.")
    if {"temperature", "top_p"} <= set(given):
        raise invalid(
            "`temperature` and `top_p` cannot both be specified for this model. Please use only "
            "one."
        )


def _check_thinking(request: MessagesRequest, model: Claude) -> None:
    thinking, effort = request.thinking, request.output_config.effort
    if effort is not None and not model.efforts:
        raise invalid("This model does not support the effort parameter.")
    if effort is not None and effort not in model.efforts:
        raise invalid(f"This model does not support effort level '{effort}'.")
    if isinstance(thinking, ThinkingAdaptive) and not model.adaptive:
        raise invalid("adaptive thinking is not supported on this model")
    if isinstance(thinking, ThinkingEnabled):
        if not model.manual:
            raise invalid(
                '"thinking.type.enabled" is not supported for this model. Use '
                '"thinking.type.adaptive" and "output_config.effort" to control thinking behavior.'
            )
        if thinking.budget_tokens >= request.max_tokens:
            raise invalid("`max_tokens` must be greater than `thinking.budget_tokens`.")
        if forces_call(request):
            raise invalid("Thinking may not be enabled when tool_choice forces tool use.")
        if request.messages[-1].role == "assistant":
            raise invalid("Thinking may not be enabled when the response is pre-filled.")
    if isinstance(thinking, ThinkingEnabled | ThinkingAdaptive):
        if request.temperature not in (None, 1.0):
            raise invalid("`temperature` may only be set to 1 when thinking is enabled.")
        if request.top_k is not None:
            raise invalid("`top_k` must be unset when thinking is enabled.")
        if request.top_p is not None and request.top_p < _LEAST_TOP_P:
            raise invalid(
                "`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled."
            )


def _check_tools(request: MessagesRequest) -> None:
    names = [tool.name for tool in request.tools]
    if len(set(names)) < len(names):
        raise invalid("tools: Tool names must be unique.")
    for index, tool in enumerate(request.tools):
        if tool.input_schema.get("type") != "object":
            raise invalid(f"tools.{index}.custom.input_schema.type: Input should be 'object'")
    choice = request.tool_choice
    if choice is not None and not names:
        raise invalid("tool_choice: tool_choice may only be specified while providing tools")
    if isinstance(choice, NamedTool) and choice.name not in names:
        raise invalid(f"tool_choice: Tool '{choice.name}' not found in provided tools")


def _check_cache(request: MessagesRequest) -> None:
    blocks: list[Any] = [*request.system, *request.tools]
    blocks += [block for turn in request.messages for block in turn.content]
    points = sum(getattr(block, "cache_control", None) is not None for block in blocks)
    points += request.cache_control is not None
    if points > _MOST_CACHE_POINTS:
        raise invalid(
            f"A maximum of {_MOST_CACHE_POINTS} blocks with cache_control may be provided. Found "
            f"{points}."
        )
