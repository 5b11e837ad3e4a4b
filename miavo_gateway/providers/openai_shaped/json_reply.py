"""Replies that are JSON, by the provider's own means or by asking for them.

A schema that a provider does not know is put into the instructions; its JSON mode, where it has
one, sees to it that the reply is JSON at least.
"""

from __future__ import annotations

from enum import StrEnum

import orjson

from miavo_gateway.providers.adapter import Asked
from miavo_gateway.providers.openai_shaped.messages import Body, add_instruction
from miavo_gateway.schema.chat import JsonObjectFormat, JsonSchema, JsonSchemaFormat

__all__ = ["JsonSupport", "json_support", "put_format", "schema_instruction"]

_BARE = "and nothing else: no prose, no code fence."


class JsonSupport(StrEnum):
    """What a provider, or one of its models, can do by itself."""

    SCHEMA = "schema"
    """Any object, and any that fits a schema."""
    SCHEMA_ONLY = "schema_only"
    """One that fits a schema; LM Studio knows no JSON mode beside it."""
    OBJECT = "object"
    """Any object, if the prompt asks for JSON."""
    NOTHING = "nothing"


def json_support(asked: Asked, usual: JsonSupport) -> JsonSupport:
    """What the model can do: its trait `json`, or what is usual at its provider."""
    own = asked.model.traits.get("json")
    return JsonSupport(own) if own in set(JsonSupport) else usual


def put_format(body: Body, asked: Asked, support: JsonSupport) -> None:
    """Put the wanted form of the reply into a body, or into the instructions in it."""
    wanted = asked.request.response_format
    match wanted:
        case JsonSchemaFormat() if support in (JsonSupport.SCHEMA, JsonSupport.SCHEMA_ONLY):
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": _schema(wanted.json_schema),
            }
        case JsonObjectFormat() if support is JsonSupport.SCHEMA:
            body["response_format"] = {"type": "json_object"}
        case JsonObjectFormat() if support is JsonSupport.SCHEMA_ONLY:
            schema = {"name": "object", "schema": {"type": "object"}}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        case JsonSchemaFormat() | JsonObjectFormat():
            if support is JsonSupport.OBJECT:
                body["response_format"] = {"type": "json_object"}
            if isinstance(wanted, JsonSchemaFormat):
                add_instruction(body["messages"], schema_instruction(wanted.json_schema))
            elif support is JsonSupport.NOTHING or not _says_json(body["messages"]):
                add_instruction(body["messages"], f"Answer with one JSON object {_BARE}")


def _schema(schema: JsonSchema) -> Body:
    body: Body = {"name": schema.name}
    if schema.description is not None:
        body["description"] = schema.description
    if schema.schema_ is not None:
        body["schema"] = schema.schema_
    if schema.strict is not None:
        body["strict"] = schema.strict
    return body


def schema_instruction(schema: JsonSchema) -> str:
    """What asks for JSON that fits a schema."""
    text = f"Answer with one JSON value that fits this JSON Schema, {_BARE}\n"
    if schema.description:
        text += f"{schema.description}\n"
    return text + orjson.dumps(schema.schema_ or {"type": "object"}).decode()


def _says_json(messages: list[Body]) -> bool:
    """Whether the prompt has the word: DeepSeek and Zhipu want it there."""
    return any("json" in str(body["content"]).lower() for body in messages)
