"""Rules that all these providers have for a conversation with tools."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from miavo_gateway.sandbox.openai_shaped.refusal import ProviderRefusal

__all__ = ["check_tool_turns", "has_images", "parts_of", "tool_turns_without_thought"]

_Message = Mapping[str, Any]


def check_tool_turns(messages: Sequence[_Message]) -> None:
    """Check that each tool call is answered right after it, and each answer has its call.

    Raises:
        ProviderRefusal: one is missing, stands in the wrong place, or has broken arguments.
    """
    waiting: set[str] = set()
    for i, message in enumerate(messages):
        if message["role"] == "tool":
            call_id = message.get("tool_call_id")
            if call_id not in waiting:
                raise ProviderRefusal(
                    "Messages with role 'tool' must be a response to a preceding message with "
                    f"'tool_calls': tool result's tool id({call_id}) not found.",
                    param=f"messages[{i}].tool_call_id",
                )
            waiting.discard(str(call_id))
            continue
        _check_none_waits(waiting, i)
        for j, call in enumerate(message.get("tool_calls") or ()):
            _check_arguments(call, f"messages[{i}].tool_calls[{j}]")
            waiting.add(str(call.get("id")))
    _check_none_waits(waiting, len(messages))


def tool_turns_without_thought(messages: Sequence[_Message]) -> Iterator[int]:
    """The positions of assistant messages that call tools and have no `reasoning_content`."""
    for i, message in enumerate(messages):
        if message.get("tool_calls") and not message.get("reasoning_content"):
            yield i


def parts_of(message: _Message) -> list[Mapping[str, Any]]:
    """The parts of a message; none if its content is a string."""
    content = message.get("content")
    return content if isinstance(content, list) else []


def has_images(messages: Sequence[_Message]) -> bool:
    """Whether any message shows an image."""
    return any(part.get("type") == "image_url" for each in messages for part in parts_of(each))


def _check_none_waits(waiting: set[str], at: int) -> None:
    if waiting:
        raise ProviderRefusal(
            "An assistant message with 'tool_calls' must be followed by tool messages responding "
            "to each 'tool_call_id'. The following did not have response messages: "
            + ", ".join(sorted(waiting)),
            param=f"messages[{at}].role",
        )


def _check_arguments(call: Mapping[str, Any], at: str) -> None:
    if not call.get("id"):
        raise ProviderRefusal(f"'{at}.id' is missing.", param=f"{at}.id")
    try:
        json.loads(call["function"]["arguments"])
    except (KeyError, TypeError, ValueError):
        raise ProviderRefusal(
            "invalid function arguments json string", param=f"{at}.function.arguments"
        ) from None
