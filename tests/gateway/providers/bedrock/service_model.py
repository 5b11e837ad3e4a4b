"""botocore's own model of Bedrock: what it would take, send and read."""

from __future__ import annotations

import json
from base64 import b64decode
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from botocore.serialize import create_serializer
from botocore.validate import ParamValidator

__all__ = ["operation", "sample", "sent_by_botocore", "validation_report"]


@cache
def operation(name: str) -> OperationModel:
    """An operation of bedrock-runtime."""
    return botocore.session.Session().get_service_model("bedrock-runtime").operation_model(name)


def _as_arguments(body: Any) -> Any:
    """A JSON body as the arguments that botocore takes: base64 becomes bytes."""
    if isinstance(body, list):
        return [_as_arguments(each) for each in body]
    if not isinstance(body, dict):
        return body
    return {
        name: b64decode(value)
        if name in ("bytes", "redactedContent") and isinstance(value, str)
        else _as_arguments(value)
        for name, value in body.items()
    }


def validation_report(model_id: str, body: dict[str, Any]) -> str:
    """What botocore finds wrong with a request; empty if nothing."""
    shape = operation("ConverseStream").input_shape
    arguments = {"modelId": model_id, **_as_arguments(body)}
    return str(ParamValidator().validate(arguments, shape).generate_report())


def sent_by_botocore(model_id: str, body: dict[str, Any]) -> tuple[str, Any]:
    """The path and the body that botocore's client sends for the same request."""
    made = create_serializer("rest-json").serialize_to_request(
        {"modelId": model_id, **_as_arguments(body)}, operation("ConverseStream")
    )
    return made["url_path"], json.loads(made["body"])


def sample(shape: Shape, depth: int = 0) -> Any:
    """A JSON value of a shape, with all that it can have; of a union, the last member."""
    if depth > 12:
        return None
    if getattr(shape, "is_document_type", False):
        return {"any": ["thing", 1, None]}
    if isinstance(shape, StructureShape):
        members = {name: sample(member, depth + 1) for name, member in shape.members.items()}
        if getattr(shape, "is_tagged_union", False):
            return dict([list(members.items())[-1]])
        return members
    if isinstance(shape, ListShape):
        return [sample(shape.member, depth + 1)]
    if isinstance(shape, MapShape):
        return {"key": sample(shape.value, depth + 1)}
    match shape.type_name:
        case "string":
            return shape.enum[0] if shape.enum else "text"
        case "blob":
            return "QUJD"
        case "boolean":
            return True
        case "float" | "double":
            return 0.5
        case _:
            return 7
