"""Trying values for a schema until one is valid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from miavo_gateway.local.schema_instance import arrays, objects
from miavo_gateway.local.schema_instance.budget import spend
from miavo_gateway.local.schema_instance.node import Json, Node
from miavo_gateway.local.schema_instance.numbers import numbers_for
from miavo_gateway.local.schema_instance.strings import strings_for
from miavo_gateway.local.schema_instance.validation import Checker
from miavo_gateway.local.schema_instance.variants import Variant, Variants

__all__ = ["Maker", "Place", "Unfulfilled"]

_DEEPEST = 40
_MOST_TRIES = 1_500
_TURN = 40

_TYPES = ("string", "object", "array", "integer", "number", "boolean", "null")
_NUMERIC = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
# What a schema without a type is most likely about, by the keywords it has.
_TELLING: Mapping[str, tuple[str, ...]] = {
    "object": ("properties", "required", "patternProperties", "minProperties", "propertyNames"),
    "array": ("items", "prefixItems", "minItems", "contains", "uniqueItems"),
    "string": ("pattern", "format", "minLength", "maxLength"),
    "integer": _NUMERIC,
    "number": _NUMERIC,
}


class Unfulfilled(Exception):
    """No value was found.

    Attributes:
        path: the keyword that stood in the way.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


@dataclass(slots=True)
class Place:
    """Where in the value under construction something is made."""

    depth: int = 0
    above: Counter[int] = field(default_factory=Counter)
    """How often each reference target was entered on the way here."""
    trouble: str | None = None
    """The first thing that stood in the way here."""

    def note(self, path: str) -> None:
        """Keep the path of what stands in the way, if it is the first."""
        self.trouble = self.trouble or path


class Maker:
    """Makes values for the schemas of one document.

    Args:
        checker: checks them.
        text: what strings say.
        full_depth: down to which depth optional parts are made as well; 0 for nowhere.
        reentry: how often a recursive reference may be entered again below itself.
    """

    def __init__(self, checker: Checker, text: str, *, full_depth: int, reentry: int) -> None:
        self.text = text
        self._checker = checker
        self._full_depth = full_depth
        self._folded = text.casefold()
        self._variants = Variants(checker, reentry)

    def full_at(self, place: Place) -> bool:
        """Whether optional parts are made at this depth."""
        return place.depth < self._full_depth

    def value(self, nodes: tuple[Node, ...], place: Place | None = None) -> Json:
        """The first value that is valid against all of these schemas.

        Raises:
            Unfulfilled: none was found.
        """
        place = place or Place()
        for value in self.values(nodes, place):
            return value
        raise Unfulfilled(place.trouble or nodes[0].path)

    def values(self, nodes: tuple[Node, ...], place: Place) -> Iterator[Json]:
        """Values that are valid against all of these schemas, the best ones first."""
        if place.depth > _DEEPEST:
            place.note(nodes[0].path)
            return
        for candidate in islice(self._candidates(nodes, place), _MOST_TRIES):
            problem = next(
                filter(None, (self._checker.problem(node, candidate) for node in nodes)), None
            )
            if problem is None:
                yield candidate
            else:
                place.note(problem)

    def _candidates(self, nodes: tuple[Node, ...], place: Place) -> Iterator[Json]:
        variants = self._variants.of(nodes, place.above, place.note)
        return _in_turns(self._of_variant(variant, place) for variant in variants)

    def _of_variant(self, variant: Variant, place: Place) -> Iterator[Json]:
        leaves = variant.leaves
        schemas = [leaf.keywords for leaf in leaves]
        for schema in schemas:
            if "const" in schema or "enum" in schema:
                yield from self._listed([schema["const"]] if "const" in schema else schema["enum"])
                return
        kinds = _types(schemas)
        if not kinds:
            place.note(next(f"{leaf.path}/type" for leaf in leaves if "type" in leaf.keywords))
        inside = Place(place.depth, place.above + Counter(variant.entered))
        yield from _in_turns(self._of_kind(kind, leaves, schemas, inside) for kind in kinds)
        if inside.trouble:
            place.note(inside.trouble)

    def _of_kind(
        self,
        kind: str,
        leaves: tuple[Node, ...],
        schemas: list[Mapping[str, Any]],
        inside: Place,
    ) -> Iterator[Json]:
        match kind:
            case "object":
                return objects.objects_for(self, leaves, inside)
            case "array":
                return arrays.arrays_for(self, leaves, inside)
            case "string":
                return _noting_none(strings_for(schemas, self.text), kind, leaves, inside)
            case "integer" | "number":
                numbers = numbers_for(schemas, integer=kind == "integer")
                return _noting_none(numbers, kind, leaves, inside)
            case "boolean":
                return iter((True, False))
            case _:
                return iter((None,))

    def _listed(self, values: list[Json]) -> list[Json]:
        """The members of an enumeration, those that the text names first."""
        return sorted(
            values,
            key=lambda value: (
                not (isinstance(value, str) and value and value.casefold() in self._folded)
            ),
        )


def _in_turns(sources: Iterable[Iterator[Json]]) -> Iterator[Json]:
    """All values of all sources, some from each in turn, so that a long one holds up no other."""
    going: list[Iterator[Json]] = []
    for source in sources:
        spend()
        yield from islice(source, _TURN)
        going.append(source)
    while going:
        spend()
        source = going.pop(0)
        values = list(islice(source, _TURN))
        yield from values
        if values:
            going.append(source)


def _noting_none(
    values: Iterator[Json], kind: str, leaves: tuple[Node, ...], place: Place
) -> Iterator[Json]:
    """The same values; where there are none, the keywords that may be why are noted."""
    none = True
    for value in values:
        none = False
        yield value
    if none:
        for leaf in leaves:
            for keyword in _TELLING[kind]:
                if keyword in leaf.keywords:
                    place.note(f"{leaf.path}/{keyword}")


def _types(schemas: list[Mapping[str, Any]]) -> list[str]:
    """The types that all schemas allow, the one to try first first."""
    allowed = list(_TYPES)
    for schema in schemas:
        if "type" not in schema:
            continue
        stated = [schema["type"]] if isinstance(schema["type"], str) else list(schema["type"])
        if "number" in stated:
            stated.append("integer")
        allowed = [kind for kind in stated if kind in allowed]
    if "number" in allowed and "integer" in allowed:
        allowed.remove("integer")
    keys = {key for schema in schemas for key in schema}
    return sorted(
        dict.fromkeys(allowed),
        key=lambda kind: (kind == "null", keys.isdisjoint(_TELLING.get(kind, ()))),
    )
