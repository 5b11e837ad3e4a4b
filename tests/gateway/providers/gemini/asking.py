"""Requests to translate, as short as tests want to write them, and their bodies, checked."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import orjson
from google.genai import types

from miavo_gateway.catalogue import Kind, Model, load_catalogue
from miavo_gateway.providers.adapter import Access, Asked
from miavo_gateway.providers.gemini import GeminiAdapter
from miavo_gateway.schema.chat import ChatCompletionRequest

__all__ = [
    "PNG",
    "WEATHER",
    "added",
    "asked",
    "body",
    "called",
    "checked",
    "result",
    "tool",
    "user",
]

PNG = base64.b64encode(
    base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
        "rkJggg=="
    )
).decode()
WEATHER: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
}
_CATALOGUE = load_catalogue()


def tool(name: str = "weather", parameters: Any = WEATHER, **more: Any) -> dict[str, Any]:
    """A function."""
    return {"type": "function", "function": {"name": name, "parameters": parameters, **more}}


def user(*content: Any) -> dict[str, Any]:
    """A user message: a text, or parts, where `image/…` and `application/…` stand for data URLs."""
    if len(content) == 1 and isinstance(content[0], str) and "/" not in content[0]:
        return {"role": "user", "content": content[0]}
    return {"role": "user", "content": [_part(each) for each in content]}


def _part(each: Any) -> Any:
    if not isinstance(each, str) or "/" not in each:
        return {"type": "text", "text": each} if isinstance(each, str) else each
    url = f"data:{each};base64,{PNG}"
    if each.startswith("image/"):
        return {"type": "image_url", "image_url": {"url": url}}
    return {"type": "file", "file": {"file_data": url, "filename": "a"}}


def called(*ids: str, name: str = "weather", text: str | None = None) -> dict[str, Any]:
    """An assistant message with a call for each id."""
    calls = [
        {"id": each, "type": "function", "function": {"name": name, "arguments": '{"city":"Oslo"}'}}
        for each in ids
    ]
    return {"role": "assistant", "content": text, "tool_calls": calls}


def result(call_id: str, content: Any = "sunny") -> dict[str, Any]:
    """A tool's result."""
    return {"role": "tool", "tool_call_id": call_id, "content": content}


def added(upstream: str, **traits: str | int | bool) -> Model:
    """A model that an operator added."""
    return Model("added", "Added", "google", Kind.CHAT, upstream, traits=traits)


def asked(
    model: str | Model = "gemini-3.1-pro",
    *,
    recall: Callable[[str], Any] = lambda call_id: None,
    **fields: Any,
) -> Asked:
    """A request for a model; its messages are one greeting unless given."""
    found = _CATALOGUE.get(model) if isinstance(model, str) else model
    assert found is not None
    fields.setdefault("messages", [user("Hi")])
    request = ChatCompletionRequest.model_validate({"model": found.slug, **fields})
    return Asked(request, found, recall)


def body(*args: Any, **fields: Any) -> dict[str, Any]:
    """The body of a request, which Google's own client has to understand in every field."""
    wire = GeminiAdapter().chat_request(asked(*args, **fields), Access("a-key"))
    return checked(orjson.loads(wire.body))


def checked(made: dict[str, Any]) -> dict[str, Any]:
    """A body, checked against the types of google-genai, which know no other fields."""
    known = {"contents", "systemInstruction", "tools", "toolConfig", "generationConfig"}
    assert made.keys() <= known
    for content in made["contents"]:
        types.Content.model_validate(content)
    if "systemInstruction" in made:
        types.Content.model_validate(made["systemInstruction"])
    for each in made.get("tools", ()):
        types.Tool.model_validate(each)
        for function in each["functionDeclarations"]:
            types.JSONSchema.model_validate(
                _without_references(function.get("parametersJsonSchema", {}))
            )
    types.ToolConfig.model_validate(made.get("toolConfig", {}))
    types.GenerationConfig.model_validate(made.get("generationConfig", {}))
    return made


def _without_references(schema: Any) -> Any:
    """A schema without what google-genai leaves to the server: references and tuples."""
    if isinstance(schema, list):
        return [_without_references(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: _without_references(each)
        for name, each in schema.items()
        if not name.startswith("$") and name not in ("prefixItems", "propertyOrdering")
    }
