"""Which fields a provider knows, at every level of a chat request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from miavo_gateway.sandbox.openai_shaped.refusal import ProviderRefusal, unknown_field

__all__ = ["BodyShape", "check_fields", "fields"]


def fields(names: str) -> frozenset[str]:
    """The names of fields, written one after the other."""
    return frozenset(names.split())


_CALL = fields("id type function index")
_CALLED = fields("name arguments")
_TOOL = fields("type function")


@dataclass(frozen=True, slots=True)
class BodyShape:
    """The fields of a body, its messages and its tools."""

    body: frozenset[str]
    roles: Mapping[str, frozenset[str]] = field(
        default_factory=lambda: {
            "system": fields("role content name"),
            "user": fields("role content name"),
            "assistant": fields("role content name tool_calls reasoning_content"),
            "tool": fields("role content tool_call_id"),
        }
    )
    """The fields of a message, by its role."""
    parts: Mapping[str, frozenset[str]] = field(
        default_factory=lambda: {
            "text": fields("type text"),
            "image_url": fields("type image_url"),
        }
    )
    """The fields of a part of a message, by its type."""
    image: frozenset[str] = fields("url")
    function: frozenset[str] = fields("name description parameters")

    def check(self, body: Mapping[str, Any]) -> None:
        """Check that a body has no field that the provider does not know.

        Raises:
            ProviderRefusal: it has one, or lacks what every chat request has.
        """
        check_fields(body, self.body)
        for name in ("model", "messages"):
            if not body.get(name):
                raise ProviderRefusal(
                    f"Missing required parameter: '{name}'.",
                    code="missing_required_parameter",
                    param=name,
                )
        for i, message in enumerate(_objects(body["messages"], "messages")):
            self._check_message(message, f"messages[{i}]")
        for i, tool in enumerate(_objects(body.get("tools") or [], "tools")):
            check_fields(tool, _TOOL, f"tools[{i}]")
            if tool.get("type") != "function" or not isinstance(tool.get("function"), dict):
                raise _invalid(f"tools[{i}].type", "only 'function' is supported")
            check_fields(tool["function"], self.function, f"tools[{i}].function")

    def _check_message(self, message: Mapping[str, Any], at: str) -> None:
        allowed = self.roles.get(str(message.get("role")))
        if allowed is None:
            raise _invalid(f"{at}.role", f"one of {', '.join(self.roles)} is expected")
        check_fields(message, allowed, at)
        content = message.get("content")
        if isinstance(content, list):
            for j, part in enumerate(_objects(content, f"{at}.content")):
                self._check_part(part, f"{at}.content[{j}]")
        for j, call in enumerate(_objects(message.get("tool_calls") or [], f"{at}.tool_calls")):
            check_fields(call, _CALL, f"{at}.tool_calls[{j}]")
            if isinstance(call.get("function"), dict):
                check_fields(call["function"], _CALLED, f"{at}.tool_calls[{j}].function")

    def _check_part(self, part: Mapping[str, Any], at: str) -> None:
        allowed = self.parts.get(str(part.get("type")))
        if allowed is None:
            raise _invalid(f"{at}.type", f"one of {', '.join(self.parts)} is expected")
        check_fields(part, allowed, at)
        if isinstance(part.get("image_url"), dict):
            check_fields(part["image_url"], self.image, f"{at}.image_url")


def check_fields(value: Mapping[str, Any], allowed: frozenset[str], at: str = "") -> None:
    """Check that an object has no field but those allowed.

    Raises:
        ProviderRefusal: it has another; names it with the path `at`.
    """
    for name in value:
        if name not in allowed:
            raise unknown_field(f"{at}.{name}" if at else name)


def _objects(value: Any, at: str) -> Iterable[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise _invalid(at, "a list of objects is expected")
    return value


def _invalid(param: str, why: str) -> ProviderRefusal:
    return ProviderRefusal(
        f"Invalid value for '{param}': {why}.", code="invalid_value", param=param
    )
