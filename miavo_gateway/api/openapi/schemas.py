"""The schemas of bodies: from the wire models, with the words that stand under their fields."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterable
from typing import Any, Literal, TypeAlias

import msgspec
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from miavo_gateway.schema.chunk import ChatCompletionChunk

__all__ = ["Mode", "Schemas"]

Mode: TypeAlias = Literal["validation", "serialization"]

_TEMPLATE = "#/components/schemas/{model}"


class Schemas:
    """Schemas of some models, each once, and where each is."""

    def __init__(self, wanted: Iterable[tuple[type[BaseModel], Mode]]) -> None:
        places, document = models_json_schema(list(dict.fromkeys(wanted)), ref_template=_TEMPLATE)
        self._places = places
        schemas: dict[str, Any] = document.get("$defs", {})
        classes = {each.__name__: each for each in _subclasses(BaseModel)}
        for name, schema in schemas.items():
            model = classes.get(name.removesuffix("-Input").removesuffix("-Output"))
            if model is not None:
                _describe_fields(schema, model)
        # The chunks of a stream are structs, for their speed.
        _, chunks = msgspec.json.schema_components(
            [ChatCompletionChunk], ref_template="#/components/schemas/{name}"
        )
        self.components = dict(sorted({**chunks, **schemas}.items()))

    def place(self, model: type[BaseModel], mode: Mode) -> dict[str, Any]:
        """A reference to a model's schema."""
        return dict(self._places[model, mode])


def _subclasses(of: type[BaseModel]) -> Iterable[type[BaseModel]]:
    for each in of.__subclasses__():
        if each.__module__.startswith("miavo_gateway."):
            yield each
        yield from _subclasses(each)


def _describe_fields(schema: dict[str, Any], model: type[BaseModel]) -> None:
    properties: dict[str, Any] = schema.get("properties", {})
    for each in reversed(model.__mro__):
        if issubclass(each, BaseModel) and each is not BaseModel:
            for name, words in _words_under_fields(each).items():
                if name in properties:
                    properties[name]["description"] = words


def _words_under_fields(model: type[BaseModel]) -> dict[str, str]:
    """The string under each field of a class; none where its source is not at hand."""
    try:
        source = textwrap.dedent(inspect.getsource(model))
    except (OSError, TypeError):
        return {}
    [definition] = ast.parse(source).body
    assert isinstance(definition, ast.ClassDef), "the source of a class is a class"
    found: dict[str, str] = {}
    for field, below in zip(definition.body, definition.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            match below:
                case ast.Expr(ast.Constant(str(words))):
                    found[field.target.id] = inspect.cleandoc(words)
                case _:
                    pass
    return found
