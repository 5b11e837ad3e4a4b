"""Objects that fit a schema."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from miavo_gateway.local.schema_instance.node import Json, Node
from miavo_gateway.local.schema_instance.patterns import matches, strings_matching

if TYPE_CHECKING:
    from miavo_gateway.local.schema_instance.values import Maker, Place

__all__ = ["objects_for"]

_MOST_PROPERTIES = 1_000
_ALTERNATIVES = 40


def objects_for(maker: Maker, leaves: tuple[Node, ...], place: Place) -> Iterator[dict[str, Json]]:
    """Objects worth trying.

    Args:
        maker: makes the properties.
        leaves: the schemas that hold at once.
        place: where the object stands.
    """
    yield from _Objects(maker, leaves, place).candidates()


class _Objects:
    def __init__(self, maker: Maker, leaves: tuple[Node, ...], place: Place) -> None:
        self._maker = maker
        self._leaves = leaves
        self._place = place
        self._made: dict[str, tuple[bool, Json]] = {}
        schemas = [leaf.keywords for leaf in leaves]
        self._fewest = int(max((s.get("minProperties", 0) for s in schemas), default=0))
        self._most = int(
            min((s["maxProperties"] for s in schemas if "maxProperties" in s), default=10**9)
        )
        required = [key for schema in schemas for key in schema.get("required", ())]
        declared = [key for schema in schemas for key in schema.get("properties", ())]
        self._required = _with_dependents(schemas, required)
        self._declared = _with_dependents(schemas, declared)

    def candidates(self) -> Iterator[dict[str, Json]]:
        if self._fewest > _MOST_PROPERTIES:
            self._note("minProperties")
            return
        if len(self._required) > self._most:
            self._note("maxProperties")
            return
        optional = [key for key in self._declared if key not in self._required]
        room = self._most - len(self._required)
        full, bare = optional[:room], optional[: max(self._fewest - len(self._required), 0)]
        plans = [full, bare] if self._maker.full_at(self._place) else [bare, full]
        for plan in plans if full != bare else plans[:1]:
            made = self._make(plan)
            if made is None:
                return
            yield made
            yield from self._alternatives(made)

    def _make(self, optional: Iterable[str]) -> dict[str, Json] | None:
        """The object with these optional properties, as far as they can be made."""
        made: dict[str, Json] = {}
        wanted = {*self._required, *optional}
        in_order = dict.fromkeys((*self._declared, *self._required))
        for key in in_order:
            if key not in wanted:
                continue
            possible, value = self._property(key)
            if possible:
                made[key] = value
            elif key in self._required:
                return None
        for key in self._further_names(made):
            if len(made) >= self._fewest:
                break
            possible, value = self._property(key)
            if possible:
                made[key] = value
        return made

    def _alternatives(self, made: dict[str, Json]) -> Iterator[dict[str, Json]]:
        """The same with one property fewer, or with another value in one of them."""
        for key in made:
            if key not in self._required:
                yield {other: value for other, value in made.items() if other != key}
        for key in made:
            values = self._maker.values(self._nodes(key), self._inside())
            for value in islice(values, 1, _ALTERNATIVES):
                yield {**made, key: value}

    def _property(self, key: str) -> tuple[bool, Json]:
        if key not in self._made:
            inside = self._inside()
            nodes = self._nodes(key)
            values = list(islice(self._maker.values(nodes, inside), 1))
            self._made[key] = (bool(values), values[0] if values else None)
            if not values:
                self._place.note(inside.trouble or (nodes[0].path if nodes else "#"))
        return self._made[key]

    def _nodes(self, key: str) -> tuple[Node, ...]:
        """The schemas that hold for a property."""
        nodes: list[Node] = []
        for leaf in self._leaves:
            schema = leaf.keywords
            before = len(nodes)
            if key in schema.get("properties", ()):
                nodes.append(leaf.at("properties", key))
            nodes += [
                leaf.at("patternProperties", pattern)
                for pattern in schema.get("patternProperties", ())
                if matches(pattern, key)
            ]
            if len(nodes) == before and "additionalProperties" in schema:
                nodes.append(leaf.at("additionalProperties"))
        return tuple(nodes)

    def _further_names(self, made: dict[str, Json]) -> Iterator[str]:
        """Names for properties that are demanded in number only."""
        fixed = [leaf for leaf in self._leaves if "propertyNames" in leaf.keywords]
        patterns = [p for leaf in self._leaves for p in leaf.keywords.get("patternProperties", ())]
        if fixed:
            names = tuple(leaf.at("propertyNames") for leaf in fixed)
            yield from (
                name
                for name in self._maker.values(names, self._inside())
                if isinstance(name, str) and name not in made
            )
        for pattern in patterns:
            yield from (name for name in strings_matching(pattern) if name not in made)
        yield from (
            name
            for n in range(1, _MOST_PROPERTIES + len(made) + 1)
            if (name := f"property_{n}") not in made
        )

    def _inside(self) -> Place:
        return type(self._place)(self._place.depth + 1, Counter(self._place.above))

    def _note(self, keyword: str) -> None:
        path = next(leaf.path for leaf in self._leaves if keyword in leaf.keywords)
        self._place.note(f"{path}/{keyword}")


def _with_dependents(schemas: Sequence[Mapping[str, Any]], keys: list[str]) -> list[str]:
    """The keys, and those that their presence demands."""
    closed = dict.fromkeys(keys)
    todo = list(closed)
    while todo:
        key = todo.pop()
        for schema in schemas:
            for keyword in ("dependentRequired", "dependencies"):
                demanded = schema.get(keyword, {}).get(key)
                for other in demanded if isinstance(demanded, list) else ():
                    if other not in closed:
                        closed[other] = None
                        todo.append(other)
    return list(closed)
