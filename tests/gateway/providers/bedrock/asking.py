"""Requests to translate, as short as tests want to write them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from miavo_gateway.catalogue import Model, load_catalogue
from miavo_gateway.providers.adapter import Asked
from miavo_gateway.schema.chat import ChatCompletionRequest

__all__ = ["ASKED_WEATHER", "GIF", "PDF", "WEATHER", "asked", "call", "model", "user"]

GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
WEATHER: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tells the weather.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}
_CATALOGUE = load_catalogue()


def model(slug: str) -> Model:
    """A model of the catalogue, by its slug without `bedrock-claude-`."""
    found = _CATALOGUE.get(f"bedrock-claude-{slug}")
    assert found is not None
    return found


def asked(
    slug: str = "sonnet-4-5",
    *,
    recall: Callable[[str], Any] = lambda call_id: None,
    **fields: Any,
) -> Asked:
    """A request for a model; its messages are one greeting unless given."""
    fields.setdefault("messages", [user("Hi")])
    request = ChatCompletionRequest.model_validate({"model": slug, **fields})
    return Asked(request, model(slug), recall)


def user(*content: Any) -> dict[str, Any]:
    """A user message: a text, or parts, where a media type stands for an image or a file."""
    if len(content) == 1 and isinstance(content[0], str) and not _is_media(content[0]):
        return {"role": "user", "content": content[0]}
    return {"role": "user", "content": [_part(each) for each in content]}


def _is_media(text: str) -> bool:
    return text.startswith(("image/", "application/", "text/"))


def _part(content: Any) -> Any:
    if isinstance(content, dict):
        return content
    if not _is_media(content):
        return {"type": "text", "text": content}
    data = GIF if content.startswith("image/") else PDF
    url = f"data:{content};base64,{base64.b64encode(data).decode()}"
    if content.startswith("image/"):
        return {"type": "image_url", "image_url": {"url": url}}
    return {"type": "file", "file": {"filename": "Q3 report: final.pdf", "file_data": url}}


def call(*calls: tuple[str, str, str], text: str | None = None) -> dict[str, Any]:
    """An assistant message with calls, each an id, a name and arguments."""
    return {
        "role": "assistant",
        "content": text,
        "tool_calls": [
            {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
            for call_id, name, arguments in calls
        ],
    }


ASKED_WEATHER = [
    user("Weather in Rome and Oslo?"),
    call(("a", "weather", '{"city":"Rome"}'), ("b", "weather", '{"city":"Oslo"}'), text="Looking."),
    {"role": "tool", "tool_call_id": "a", "content": "sun"},
    {"role": "tool", "tool_call_id": "b", "content": ""},
]
