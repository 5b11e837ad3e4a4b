"""The body of a chat completions request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from miavo_tui.conversations.records import Turn
from miavo_tui.conversations.settings import ChatSettings
from miavo_tui.conversations.store import ConversationStore
from miavo_tui.conversations.tool_box import Tool

__all__ = ["request_body", "request_fields"]

_SPOKEN: dict[str, dict[str, Any]] = {
    "speech": {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}},
    "music": {"modalities": ["text", "audio"]},
}


def request_fields(
    settings: ChatSettings, tools: Sequence[Tool], kind: str = "chat"
) -> dict[str, Any]:
    """What goes with the messages: the settings, and the tools they offer.

    Args:
        settings: of the conversation.
        tools: all that are defined.
        kind: of the model, as the catalogue has it: one that speaks is asked for its voice.
    """
    fields: dict[str, Any] = {**_SPOKEN.get(kind, {}), **settings.fields()}
    offered = [tool.to_wire() for tool in tools if tool.name in settings.tools]
    if offered:
        fields["tools"] = offered
        if settings.tool_choice in ("auto", "none", "required"):
            fields["tool_choice"] = settings.tool_choice
        elif settings.tool_choice in {tool["function"]["name"] for tool in offered}:
            named = {"name": settings.tool_choice}
            fields["tool_choice"] = {"type": "function", "function": named}
    return fields


async def request_body(
    store: ConversationStore, turn: Turn, settings: ChatSettings, *, lane: int, kind: str = "chat"
) -> dict[str, Any]:
    """What is sent for one reply of a turn."""
    reply = next((each for each in turn.lanes if each.lane == lane), turn.reply)
    tools = await store.tools.all() if settings.tools else []
    fields = request_fields(settings, tools, kind)
    if turn.results and fields.get("tool_choice") not in (None, "auto", "none"):
        # A call that is forced once more, after its result, would never come to an end.
        fields["tool_choice"] = "auto"
    messages = await store.messages(turn, system=settings.system, lane=lane)
    return {"model": reply.model, "messages": messages, **fields}
