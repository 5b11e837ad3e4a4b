"""A place in a schema, and the ways a schema can fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

__all__ = ["Json", "NoInstance", "Node", "Schema", "pointer_part"]

_LONGEST_PATH = 200

Json: TypeAlias = Any
"""A JSON value; recursive, so mypy gets no more of it."""
Schema: TypeAlias = "dict[str, Any] | bool"


class NoInstance(Exception):
    """No instance can be made; the message says why, and where in the schema."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A schema inside the whole one."""

    schema: Schema
    resolver: Any
    """Resolves the references written in it; `referencing` gives its type no public name."""
    path: str
    """Its JSON pointer, `#/properties/city`."""
    dialect: frozenset[str]
    """The keywords of the draft it is written in."""
    keywords: Mapping[str, Any] = field(init=False)
    """The keywords it has; what its draft does not know is left out, as nothing checked it."""

    def __post_init__(self) -> None:
        schema = self.schema if isinstance(self.schema, dict) else {}
        known = {key: value for key, value in schema.items() if key in self.dialect}
        object.__setattr__(self, "keywords", known)

    def at(self, *steps: str | int) -> Node:
        """The schema found by these steps inside this one.

        Raises:
            NoInstance: its `$id` is no URI.
        """
        inner: Any = self.schema
        for step in steps:
            inner = inner[step]
        path = "/".join([self.path, *map(pointer_part, steps)])
        resolver = self.resolver
        if isinstance(inner, dict) and isinstance(inner.get("$id"), str):
            try:
                resolver = resolver.in_subresource(DRAFT202012.create_resource(inner))
            except ValueError:
                raise NoInstance(f"The '$id' at '{path}' is no URI.") from None
        return Node(inner, resolver, path, self.dialect)

    def referred(self, keyword: str) -> Node:
        """The schema that a reference here points to.

        Raises:
            NoInstance: it points outside the schema, or nowhere.
        """
        path = f"{self.path}/{keyword}"
        reference: str = self.keywords[keyword]
        try:
            found = self.resolver.lookup(reference)
        except (Unresolvable, ValueError, TypeError, AttributeError):
            raise NoInstance(
                f"The reference at '{path}' points to nothing inside the schema; "
                "nothing outside it is fetched."
            ) from None
        if not isinstance(found.contents, dict | bool):
            raise NoInstance(f"The reference at '{path}' points to what is no schema.")
        # The short way to the target reads better than the long way through every reference.
        target = reference if reference.startswith("#/") else path
        return Node(found.contents, found.resolver, target[:_LONGEST_PATH], self.dialect)


def pointer_part(step: object) -> str:
    """A part of a JSON pointer (RFC 6901), cut where somebody's name is long."""
    return str(step)[:60].replace("~", "~0").replace("/", "~1")
