"""Putting what is said into the form that was asked for."""

from __future__ import annotations

import json

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.schema.chat import (
    JsonObject,
    JsonObjectFormat,
    JsonSchemaFormat,
    ResponseFormat,
)

__all__ = ["formatted", "fulfilled"]

_SCHEMA_PARAM = "response_format.json_schema.schema"


def formatted(wanted: ResponseFormat | None, saying: str) -> str:
    """What is said, as `response_format` wants it.

    Raises:
        InvalidRequest: the schema is invalid or cannot be fulfilled.
    """
    if isinstance(wanted, JsonObjectFormat):
        return _json({"echo": saying})
    if isinstance(wanted, JsonSchemaFormat):
        schema = wanted.json_schema.schema_
        if schema is None:
            return _json({"echo": saying})
        return fulfilled(schema, saying, param=_SCHEMA_PARAM)
    return saying


def fulfilled(schema: JsonObject, text: str, *, param: str, only_objects: bool = False) -> str:
    """JSON that is valid against a schema, its strings filled with a text where they may be.

    Args:
        schema: a JSON Schema.
        text: what to fill strings with.
        param: the field of the request that holds the schema.
        only_objects: whether the instance must be an object, as tool arguments must.

    Raises:
        InvalidRequest: the schema is invalid or cannot be fulfilled; the message has the path.
    """
    # Imported on first use: a JSON Schema library is slow to import, and most requests have none.
    from miavo_gateway.local.schema_instance import NoInstance, make_instance

    try:
        instance = make_instance(schema, text, only_objects=only_objects)
    except NoInstance as problem:
        raise InvalidRequest(str(problem), param=param) from None
    return _json(instance)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
