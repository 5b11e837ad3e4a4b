"""A simulated model does as its instructions say, where they want JSON.

Providers without a JSON mode or without schemas get the wish in the system message; a real model
follows it, most of the time.
"""

from __future__ import annotations

import json
import re
from typing import Any

from miavo_gateway.schema.chat import (
    ChatCompletionRequest,
    DeveloperMessage,
    JsonObjectFormat,
    JsonSchema,
    JsonSchemaFormat,
    ResponseFormat,
    SystemMessage,
)

__all__ = ["wanted_format"]

_WANTS_JSON = re.compile(r"\bJSON (object|value)\b", re.IGNORECASE)
_KEYWORDS = frozenset({"type", "properties", "$ref", "anyOf", "oneOf", "allOf", "enum", "const"})


def wanted_format(request: ChatCompletionRequest) -> ResponseFormat | None:
    """The format that the request wants, by its field or by its instructions."""
    field = request.response_format
    if isinstance(field, JsonSchemaFormat):
        return field
    instructions = "\n".join(
        _text(message)
        for message in request.messages
        if isinstance(message, SystemMessage | DeveloperMessage)
    )
    if not _WANTS_JSON.search(instructions):
        return field
    schema = _schema_in(instructions)
    if schema is None:
        return field or JsonObjectFormat(type="json_object")
    return JsonSchemaFormat(
        type="json_schema", json_schema=JsonSchema(name="instructed", schema=schema)
    )


def _text(message: SystemMessage | DeveloperMessage) -> str:
    content = message.content
    return content if isinstance(content, str) else "\n".join(part.text for part in content)


def _schema_in(text: str) -> dict[str, Any] | None:
    """The last JSON Schema in a text; none if it has none."""
    decoder = json.JSONDecoder()
    found: dict[str, Any] | None = None
    position = text.find("{")
    while position >= 0:
        try:
            value, end = decoder.raw_decode(text, position)
        except ValueError:
            end = position + 1
        else:
            if isinstance(value, dict) and not _KEYWORDS.isdisjoint(value):
                found = value
        position = text.find("{", end)
    return found
