"""Arrays that fit a schema."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from miavo_gateway.local.schema_instance.node import Json, Node

if TYPE_CHECKING:
    from miavo_gateway.local.schema_instance.values import Maker, Place

__all__ = ["arrays_for"]

_MOST_ITEMS = 1_000
_ALTERNATIVES = 40


def arrays_for(maker: Maker, leaves: tuple[Node, ...], place: Place) -> Iterator[list[Json]]:
    """Arrays worth trying.

    Args:
        maker: makes the items.
        leaves: the schemas that hold at once.
        place: where the array stands.
    """
    yield from _Arrays(maker, leaves, place).candidates()


class _Arrays:
    def __init__(self, maker: Maker, leaves: tuple[Node, ...], place: Place) -> None:
        self._maker = maker
        self._leaves = leaves
        self._place = place
        schemas = [leaf.keywords for leaf in leaves]
        self._fewest = int(max((s.get("minItems", 0) for s in schemas), default=0))
        self._most = int(min((s["maxItems"] for s in schemas if "maxItems" in s), default=10**9))
        self._unique = any(s.get("uniqueItems") is True for s in schemas)
        self._contains = [leaf for leaf in leaves if "contains" in leaf.keywords]
        self._contained = int(
            max((leaf.keywords.get("minContains", 1) for leaf in self._contains), default=0)
        )

    def candidates(self) -> Iterator[list[Json]]:
        if max(self._fewest, self._contained) > _MOST_ITEMS:
            self._note("minItems" if self._fewest > _MOST_ITEMS else "minContains")
            return
        if self._fewest > self._most:
            self._note("maxItems")
            return
        prefix = max((len(_prefix(leaf)[1]) for leaf in self._leaves), default=0)
        fewest = max(self._fewest, self._contained)
        full = min(max(fewest, prefix, 1), self._most)
        bare = min(fewest, self._most)
        lengths = (full, bare) if self._maker.full_at(self._place) else (bare, full)
        for length in dict.fromkeys((*lengths, min(bare + prefix, self._most))):
            # Where `contains` is met: at the start, or behind items with schemas of their own.
            for start in dict.fromkeys((0, min(prefix, max(length - self._contained, 0)))):
                made = self._make(length, start)
                if len(made) < self._fewest:
                    continue
                yield made
                yield from self._alternatives(made, start)

    def _make(self, length: int, start: int) -> list[Json]:
        """As many items as can be made, at most so many."""
        made: list[Json] = []
        taken: set[str] = set()
        sources: dict[tuple[int, ...], Iterator[Json]] = {}
        for index in range(length):
            nodes = self._nodes(index, start)
            if self._unique:
                # Items of one schema are drawn from one source, so none is tried twice.
                key = tuple(id(node.schema) for node in nodes)
                inside = self._inside()
                source = sources.setdefault(key, self._maker.values(nodes, inside))
                fresh = (value for value in source if _identity(value) not in taken)
            else:
                inside = self._inside()
                fresh = (value for value in self._maker.values(nodes, inside))
            found = list(islice(fresh, 1))
            if not found:
                self._place.note(inside.trouble or (nodes[0].path if nodes else "#"))
                break
            taken.add(_identity(found[0]))
            made += found
        return made

    def _alternatives(self, made: list[Json], start: int) -> Iterator[list[Json]]:
        """The same with another first or last item."""
        for index in {0, len(made) - 1} if made else ():
            values = self._maker.values(self._nodes(index, start), self._inside())
            for value in islice(values, 1, _ALTERNATIVES):
                yield [*made[:index], value, *made[index + 1 :]]

    def _nodes(self, index: int, start: int) -> tuple[Node, ...]:
        """The schemas that hold for an item."""
        nodes: list[Node] = []
        for leaf in self._leaves:
            keyword, prefix = _prefix(leaf)
            rest = "additionalItems" if keyword == "items" else "items"
            if index < len(prefix):
                nodes.append(leaf.at(keyword, index))
            elif rest in leaf.keywords:
                nodes.append(leaf.at(rest))
        nodes += [
            leaf.at("contains")
            for leaf in self._contains
            if start <= index < start + leaf.keywords.get("minContains", 1)
        ]
        return tuple(nodes)

    def _inside(self) -> Place:
        return type(self._place)(self._place.depth + 1, Counter(self._place.above))

    def _note(self, keyword: str) -> None:
        path = next((leaf.path for leaf in self._leaves if keyword in leaf.keywords), "#")
        self._place.note(f"{path}/{keyword}")


def _prefix(node: Node) -> tuple[str, list[Any]]:
    """The schemas of the first items, and their keyword: `items` until draft 2019-09."""
    items = node.keywords.get("items")
    if isinstance(items, list):
        return "items", items
    return "prefixItems", node.keywords.get("prefixItems", [])


def _identity(value: Json) -> str:
    return json.dumps(value, sort_keys=True)
