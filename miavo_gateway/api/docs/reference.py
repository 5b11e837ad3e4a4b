"""The reference page, from the description in `/openapi.json`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from miavo_gateway.api.docs.environment import environment
from miavo_gateway.api.docs.schema_words import Part, bounds_of, type_of

__all__ = ["render_reference"]

_ACCESS = {
    "": "Anybody may call it.",
    "key": "Takes a key of this gateway.",
    "admin": "Takes the admin token.",
    "-admin": "Takes the admin token, or a call from this machine by a loopback name.",
}


@dataclass(frozen=True, slots=True)
class _Field:
    """A parameter, or a property of an object."""

    name: str
    type: tuple[Part, ...]
    bounds: str
    required: bool
    words: str
    place: str = ""
    """`path` or `query`, of a parameter."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a status means."""

    status: str
    words: str
    types: tuple[tuple[str, tuple[Part, ...]], ...]
    """By media type."""


@dataclass(frozen=True, slots=True)
class _Operation:
    """One method of one path."""

    id: str
    method: str
    path: str
    summary: str
    words: tuple[str, ...]
    """Paragraphs."""
    access: str
    parameters: tuple[_Field, ...]
    body: tuple[Part, ...]
    body_type: str
    body_fields: tuple[_Field, ...]
    answers: tuple[_Answer, ...]


@dataclass(frozen=True, slots=True)
class _Schema:
    """A named object or value."""

    name: str
    words: tuple[str, ...]
    fields: tuple[_Field, ...]
    type: tuple[Part, ...]


def render_reference(document: Mapping[str, Any]) -> str:
    """The page."""
    operations = list(_operations(document))
    tags = [
        (
            tag["name"],
            tag["description"],
            [each for name, each in operations if name == tag["name"]],
        )
        for tag in document["tags"]
    ]
    return (
        environment()
        .get_template("reference.html")
        .render(
            tags=[tag for tag in tags if tag[2]],
            schemas=[
                _schema(name, schema) for name, schema in document["components"]["schemas"].items()
            ],
        )
    )


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, _Operation]]:
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            yield described["tags"][0], _operation(document, method, path, described)


def _operation(
    document: Mapping[str, Any], method: str, path: str, described: Mapping[str, Any]
) -> _Operation:
    names = [name for each in described["security"] for name in each]
    optional = "-" if {} in described["security"] else ""
    [(body_type, body)] = list(described.get("requestBody", {}).get("content", {}).items()) or [
        ("", {"schema": {}})
    ]
    schema = _resolved(document, body["schema"])
    return _Operation(
        id=described["operationId"],
        method=method.upper(),
        path=path,
        summary=described["summary"],
        words=_paragraphs(described.get("description", "")),
        access=_ACCESS[optional + "".join(names[:1])],
        parameters=tuple(
            _Field(
                each["name"],
                type_of(each["schema"]),
                bounds_of(each["schema"]),
                each.get("required", False),
                each["description"],
                each["in"],
            )
            for each in described.get("parameters", ())
        ),
        body=type_of(body["schema"]) if body_type else (),
        body_type=body_type,
        body_fields=_fields(schema),
        answers=tuple(
            _answer(document, status, each) for status, each in described["responses"].items()
        ),
    )


def _answer(document: Mapping[str, Any], status: str, answer: Mapping[str, Any]) -> _Answer:
    found = _resolved(document, answer)
    types = tuple(
        (media_type, type_of(content.get("schema", {})))
        for media_type, content in found.get("content", {}).items()
    )
    return _Answer(status, found["description"], types)


def _schema(name: str, schema: Mapping[str, Any]) -> _Schema:
    return _Schema(
        name, _paragraphs(schema.get("description", "")), _fields(schema), type_of(schema)
    )


def _fields(schema: Mapping[str, Any]) -> tuple[_Field, ...]:
    required = schema.get("required", ())
    return tuple(
        _Field(name, type_of(each), bounds_of(each), name in required, each.get("description", ""))
        for name, each in schema.get("properties", {}).items()
    )


def _resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a reference leads to."""
    while "$ref" in schema:
        found: Any = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        schema = found
    return schema


def _paragraphs(words: str) -> tuple[str, ...]:
    return tuple(each.replace("\n", " ") for each in words.split("\n\n") if each)
