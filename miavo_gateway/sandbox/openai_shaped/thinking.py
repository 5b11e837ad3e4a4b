"""`thinking`, the switch that Moonshot, DeepSeek and Zhipu share."""

from __future__ import annotations

from typing import Any, Literal

from miavo_gateway.sandbox.openai_shaped.history import tool_turns_without_thought
from miavo_gateway.sandbox.openai_shaped.refusal import ProviderRefusal, unknown_field
from miavo_gateway.sandbox.openai_shaped.shape import check_fields, fields
from miavo_gateway.sandbox.openai_shaped.writing import Body

__all__ = ["Thinking", "check_thoughts_came_back", "thinks"]

Thinking = Literal["never", "always", "on", "off"]
"""How a model thinks; "on" and "off" are what it does unless it is told otherwise."""


def thinks(body: Body, model: Thinking, known: frozenset[str] = fields("type")) -> bool:
    """Whether a model thinks for this body.

    Args:
        body: the request.
        model: what the model does.
        known: the fields that `thinking` may have.

    Raises:
        ProviderRefusal: the model cannot be told to, or `thinking` is not understood.
    """
    wanted: Any = body.get("thinking")
    if wanted is None:
        return model in ("always", "on")
    if model == "never":
        raise unknown_field("thinking")
    kind = wanted.get("type") if isinstance(wanted, dict) else None
    if kind not in ("enabled", "disabled"):
        raise ProviderRefusal(
            "Invalid value for 'thinking.type': 'enabled' or 'disabled' is expected.",
            param="thinking.type",
        )
    check_fields(wanted, known, "thinking")
    if model == "always" and kind == "disabled":
        raise ProviderRefusal(
            f"{body['model']} always thinks: it cannot be disabled.", param="thinking.type"
        )
    return bool(kind == "enabled")


def check_thoughts_came_back(body: Body, words: str) -> None:
    """Check that every assistant message that calls tools has its `reasoning_content`.

    Args:
        body: the request.
        words: the provider's; `{}` becomes the position of the message.

    Raises:
        ProviderRefusal: one has not.
    """
    for position in tool_turns_without_thought(body["messages"]):
        raise ProviderRefusal(
            words.format(position), param=f"messages[{position}].reasoning_content"
        )
