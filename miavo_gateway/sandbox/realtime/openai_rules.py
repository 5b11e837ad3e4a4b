"""The rules of OpenAI's realtime events, as its API holds clients to them."""

from __future__ import annotations

from typing import Any, Final

__all__ = ["CONTENT_KINDS", "Wrong", "check_response", "check_session", "merged"]

_SESSION_FIELDS: Final = frozenset(
    {"type", "audio", "include", "instructions", "max_output_tokens", "output_modalities"}
    | {"parallel_tool_calls", "prompt", "reasoning", "tool_choice", "tools", "tracing"}
    | {"truncation", "model"}
)
_RESPONSE_FIELDS: Final = frozenset(
    {"audio", "conversation", "input", "instructions", "max_output_tokens", "metadata"}
    | {"output_modalities", "parallel_tool_calls", "prompt", "reasoning", "tool_choice", "tools"}
)
CONTENT_KINDS: Final = {
    "user": ("input_text", "input_audio", "input_image"),
    "system": ("input_text",),
    "assistant": ("output_text", "output_audio"),
}
"""The parts that a message may have, by its role."""


class Wrong(Exception):
    """What is answered with an `error` event."""

    def __init__(self, message: str, code: str | None = None, param: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.param = param


def check_session(given: Any, model: str) -> None:
    """Check what is to change in a session.

    Raises:
        Wrong: it may not.
    """
    if not isinstance(given, dict) or given.get("type") != "realtime":
        raise Wrong(
            "Missing required parameter: 'session.type'.",
            "missing_required_parameter",
            "session.type",
        )
    _known(given, _SESSION_FIELDS, "session")
    if given.get("model", model) != model:
        raise Wrong("Cannot update a session's model.", "cannot_update_model", "session.model")
    _check_modalities(given, "session")
    for number, tool in enumerate(given.get("tools") or ()):
        if tool.get("type") != "function" or "function" in tool or not tool.get("name"):
            where = f"session.tools[{number}]"
            raise Wrong(f"Invalid value: '{where}'.", "invalid_value", where)


def check_response(given: dict[str, Any]) -> None:
    """Check what is to be different in one response.

    Raises:
        Wrong: it may not.
    """
    _known(given, _RESPONSE_FIELDS, "response")
    _check_modalities(given, "response")


def merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The old with what is new; objects within, field by field."""
    both = dict(old)
    for name, value in new.items():
        held = both.get(name)
        if isinstance(held, dict) and isinstance(value, dict):
            value = merged(held, value)
        both[name] = value
    return both


def _known(given: dict[str, Any], fields: frozenset[str], where: str) -> None:
    for name in given:
        if name not in fields:
            raise Wrong(
                f"Unknown parameter: '{where}.{name}'.", "unknown_parameter", f"{where}.{name}"
            )


def _check_modalities(given: dict[str, Any], where: str) -> None:
    modalities = given.get("output_modalities")
    if modalities not in (None, ["text"], ["audio"]):
        raise Wrong(
            f"Invalid modalities: {modalities}. Supported are: ['text'] and ['audio'].",
            "invalid_value",
            f"{where}.output_modalities",
        )
