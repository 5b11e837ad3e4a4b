"""Tool calls of OpenAI's history, as the native adapters need them."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import orjson

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.schema.chat import ToolCall

__all__ = ["arguments_of", "fitting_id", "json_object"]


def json_object(text: str) -> dict[str, Any] | None:
    """The JSON object that a text is; None if it is none."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def arguments_of(call: ToolCall, path: str) -> dict[str, Any]:
    """A call's arguments; empty text counts as none.

    Args:
        call: the call.
        path: where it stands in the request, for the error.

    Raises:
        InvalidRequest: they are no JSON object.
    """
    arguments = json_object(call.function.arguments or "{}")
    if arguments is None:
        param = f"{path}.function.arguments"
        raise InvalidRequest(f"'{param}' is no JSON object.", param=param)
    return arguments


def fitting_id(original: str, allowed: re.Pattern[str]) -> str:
    """A tool call's id; one that a provider does not take becomes a hash of it, always the same."""
    if allowed.fullmatch(original):
        return original
    return "call_" + hashlib.sha256(original.encode(errors="replace")).hexdigest()[:32]
