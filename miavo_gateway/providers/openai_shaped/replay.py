"""Reasoning that has to come back with the next turn, and that OpenAI's clients lose."""

from __future__ import annotations

from miavo_gateway.providers.adapter import Asked
from miavo_gateway.schema.chat import AssistantMessage

__all__ = ["reasoning_of"]


def reasoning_of(message: AssistantMessage, asked: Asked) -> str | None:
    """The reasoning that led to an earlier reply: as the caller kept it, or as it is kept here."""
    if message.reasoning_content:
        return message.reasoning_content
    for call in message.tool_calls or ():
        state = asked.recall(call.id)
        if isinstance(state, dict) and isinstance(state.get("reasoning"), str):
            return str(state["reasoning"])
    return None
