"""The input items of a Responses request, as messages."""

from __future__ import annotations

import hashlib
from typing import Any

from miavo_gateway.sandbox.openai_shaped.refusal import ProviderRefusal
from miavo_gateway.sandbox.openai_shaped.shape import check_fields, fields
from miavo_gateway.sandbox.openai_shaped.writing import Body

__all__ = ["read_items", "sealed"]

_ITEMS = {
    "message": fields("type role content id status phase"),
    "function_call": fields("type call_id name arguments id status"),
    "function_call_output": fields("type call_id output id status"),
    "reasoning": fields("type id summary encrypted_content content status"),
}
_PARTS = {
    "input_text": fields("type text"),
    "input_image": fields("type image_url detail file_id"),
    "input_file": fields("type file_data filename file_id file_url detail"),
    "output_text": fields("type text annotations logprobs"),
    "refusal": fields("type refusal"),
}
_ROLES = ("system", "developer", "user", "assistant")
_SPOKEN = ("output_text", "refusal")


def sealed(reasoning_id: str) -> str:
    """The encrypted content of a reasoning item; nobody else can make it up."""
    return "gAAAAA" + hashlib.sha256(f"sandbox/{reasoning_id}".encode()).hexdigest()


def read_items(body: Body) -> list[dict[str, Any]]:
    """The messages of a request.

    Raises:
        ProviderRefusal: an item is not understood or out of place.
    """
    messages: list[dict[str, Any]] = []
    if body.get("instructions"):
        messages.append({"role": "system", "content": body["instructions"]})
    items = body["input"]
    if isinstance(items, str):
        return [*messages, {"role": "user", "content": items}]
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise _invalid("input", "a string or a list of items is expected")
    waiting: set[str] = set()
    for i, item in enumerate(items):
        at = f"input[{i}]"
        kind = item.get("type", "message")
        if kind not in _ITEMS:
            raise _invalid(f"{at}.type", f"'{kind}' is not simulated")
        check_fields(item, _ITEMS[kind], at)
        if kind == "reasoning":
            _check_reasoning(item, items[i + 1 :], at)
        elif kind == "function_call":
            waiting.add(_text(item, "call_id", at))
            _add_call(messages, item, at)
        elif kind == "function_call_output":
            call_id = _text(item, "call_id", at)
            if call_id not in waiting:
                raise ProviderRefusal(
                    f"No tool call found for function call output with call_id {call_id}.",
                    param="input",
                )
            waiting.discard(call_id)
            content = _content(item.get("output"), "user", f"{at}.output")
            messages.append({"role": "tool", "tool_call_id": call_id, "content": content})
        else:
            messages.append(_message(item, at))
    if waiting:
        raise ProviderRefusal(
            f"No tool output found for function call {min(waiting)}.", param="input"
        )
    return messages


def _message(item: dict[str, Any], at: str) -> dict[str, Any]:
    role = item.get("role")
    if role not in _ROLES:
        raise _invalid(f"{at}.role", f"one of {', '.join(_ROLES)} is expected")
    return {"role": role, "content": _content(item.get("content"), role, f"{at}.content")}


def _add_call(messages: list[dict[str, Any]], item: dict[str, Any], at: str) -> None:
    function = {"name": _text(item, "name", at), "arguments": _text(item, "arguments", at)}
    call = {"id": item["call_id"], "type": "function", "function": function}
    if messages and messages[-1]["role"] == "assistant":
        messages[-1].setdefault("tool_calls", []).append(call)
    else:
        messages.append({"role": "assistant", "content": None, "tool_calls": [call]})


def _check_reasoning(item: dict[str, Any], rest: list[dict[str, Any]], at: str) -> None:
    reasoning_id = _text(item, "id", at)
    if not isinstance(item.get("summary"), list):
        raise ProviderRefusal(
            f"Missing required parameter: '{at}.summary'.",
            code="missing_required_parameter",
            param=f"{at}.summary",
        )
    given = item.get("encrypted_content")
    if not given:
        raise ProviderRefusal(
            f"Item with id '{reasoning_id}' not found. Items are not persisted when `store` is "
            "set to false. Try again with `store` set to true, or remove this item from your "
            "input.",
            status=404,
            param="input",
        )
    if given != sealed(reasoning_id):
        raise ProviderRefusal(
            f"The encrypted content for item {reasoning_id} could not be verified.",
            code="invalid_encrypted_content",
        )
    following = rest[0] if rest else {}
    said = following.get("role") == "assistant" or following.get("type") in (
        "function_call",
        "reasoning",
    )
    if not said:
        raise ProviderRefusal(
            f"Item '{reasoning_id}' of type 'reasoning' was provided without its required "
            "following item.",
            param="input",
        )


def _content(content: Any, role: str, at: str) -> Any:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise _invalid(at, "a string or a list of parts is expected")
    return [_part(part, role, f"{at}[{j}]") for j, part in enumerate(content)]


def _part(part: Any, role: str, at: str) -> dict[str, Any]:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind not in _PARTS or (kind in _SPOKEN) != (role == "assistant"):
        wanted = _SPOKEN if role == "assistant" else sorted(set(_PARTS) - set(_SPOKEN))
        raise _invalid(f"{at}.type", f"one of {', '.join(wanted)} is expected, not '{kind}'")
    check_fields(part, _PARTS[kind], at)
    match kind:
        case "input_image":
            return {"type": "image_url", "image_url": {"url": _text(part, "image_url", at)}}
        case "input_file":
            names = ("file_data", "filename", "file_id")
            return {"type": "file", "file": {name: part.get(name) for name in names}}
        case "refusal":
            return {"type": "refusal", "refusal": _text(part, "refusal", at)}
        case _:
            return {"type": "text", "text": _text(part, "text", at)}


def _text(item: dict[str, Any], name: str, at: str) -> str:
    value = item.get(name)
    if not isinstance(value, str):
        raise _invalid(f"{at}.{name}", "a string is expected")
    return value


def _invalid(param: str, why: str) -> ProviderRefusal:
    return ProviderRefusal(
        f"Invalid value for '{param}': {why}.", code="invalid_value", param=param
    )
