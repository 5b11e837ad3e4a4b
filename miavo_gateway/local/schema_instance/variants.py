"""Laying a schema out as conjunctions: what `$ref`, `allOf`, `anyOf`, `oneOf` and `if` come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from miavo_gateway.local.schema_instance.budget import spend
from miavo_gateway.local.schema_instance.node import Node
from miavo_gateway.local.schema_instance.validation import Checker

__all__ = ["Variant", "Variants"]

_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to fulfil a schema: all of these hold at once, combining keywords aside."""

    leaves: tuple[Node, ...]
    entered: tuple[int, ...]
    """The targets of the references followed to get here, by identity."""


@dataclass(frozen=True, slots=True)
class _State:
    leaves: tuple[Node, ...] = ()
    entered: tuple[int, ...] = ()
    seen: frozenset[int] = frozenset()
    forks: tuple[tuple[tuple[Node, ...], ...], ...] = ()


class Variants:
    """Lays schemas out.

    Args:
        checker: follows references.
        reentry: how often a reference may be entered again below itself, which is what makes a
            recursive schema end.
    """

    def __init__(self, checker: Checker, reentry: int) -> None:
        self._checker = checker
        self._reentry = reentry

    def of(
        self, nodes: tuple[Node, ...], above: Counter[int], note: Callable[[str], None]
    ) -> Iterator[Variant]:
        """The variants of a conjunction of schemas, in the order they are written.

        Args:
            nodes: schemas that must hold at once.
            above: how often each reference target has been entered on the way from the root.
            note: takes the path of what closes a way off.
        """
        yield from self._lay_out(nodes, _State(), above, note)

    def _lay_out(
        self,
        nodes: tuple[Node, ...],
        state: _State,
        above: Counter[int],
        note: Callable[[str], None],
    ) -> Iterator[Variant]:
        todo = list(reversed(nodes))
        leaves, entered, seen = list(state.leaves), list(state.entered), set(state.seen)
        forks = list(state.forks)
        while todo:
            spend()
            node = todo.pop()
            if node.schema is False:
                note(node.path)
                return
            # A conjunction with itself says nothing new, so a reference into a ring ends here.
            if node.schema is True or id(node.schema) in seen:
                continue
            seen.add(id(node.schema))
            leaves.append(node)
            for keyword in _REFERENCES:
                if keyword in node.keywords:
                    target = self._checker.follow(node, keyword)
                    if above[id(target.schema)] > self._reentry:
                        note(target.path)
                        return
                    entered.append(id(target.schema))
                    todo.append(target)
            todo.extend(
                node.at("allOf", i) for i in reversed(range(len(node.keywords.get("allOf", ()))))
            )
            forks.extend(_forks(node))
        if not forks:
            yield Variant(tuple(leaves), tuple(entered))
            return
        rest = _State(tuple(leaves), tuple(entered), frozenset(seen), tuple(forks[1:]))
        for branch in forks[0]:
            yield from self._lay_out(branch, rest, above, note)


def _forks(node: Node) -> Iterator[tuple[tuple[Node, ...], ...]]:
    schema = node.keywords
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            branches = [node.at(keyword, i) for i in range(len(schema[keyword]))]
            # Optional values are written as "something or null": the something says more.
            branches.sort(key=_is_null)
            yield tuple((branch,) for branch in branches)
    if "if" in schema and ("then" in schema or "else" in schema):
        met = (node.at("if"), *((node.at("then"),) if "then" in schema else ()))
        unmet = (node.at("else"),) if "else" in schema else ()
        yield met, unmet


def _is_null(node: Node) -> bool:
    return node.keywords.get("type") == "null"
