"""Making an instance of a JSON Schema: always the same one, and quickly or not at all."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from miavo_gateway.local.schema_instance.budget import Exhausted, limited
from miavo_gateway.local.schema_instance.node import Json, Node, NoInstance
from miavo_gateway.local.schema_instance.validation import Checker
from miavo_gateway.local.schema_instance.values import Maker, Unfulfilled

__all__ = ["make_instance"]

_SECONDS = 2.0
_CHECK_STEPS = 20_000
_ATTEMPT_STEPS = 40_000


@dataclass(frozen=True, slots=True)
class _Attempt:
    full_depth: int
    """Down to which depth properties that are not required, and one item of a list, are made."""
    reentry: int
    """How often a recursive reference may be entered again below itself."""


_ATTEMPTS = (
    _Attempt(full_depth=8, reentry=0),
    _Attempt(full_depth=2, reentry=0),
    _Attempt(full_depth=0, reentry=0),
    _Attempt(full_depth=0, reentry=1),
    _Attempt(full_depth=0, reentry=4),
)


def make_instance(schema: Mapping[str, Any], text: str, *, only_objects: bool = False) -> Json:
    """Make a value that is valid against a schema.

    The same schema and text always give the same value. Strings say the text where the schema
    lets them, members of an enumeration that the text names are preferred, optional properties
    are present, and a recursive schema ends as early as it can. Formats are asserted. Nothing is
    fetched. At most two seconds are spent.

    Args:
        schema: a JSON Schema, of the draft that its `$schema` names or else 2020-12.
        text: what strings say; its first 2,000 characters are used.
        only_objects: whether the value must be an object.

    Raises:
        NoInstance: the schema is invalid, no value for it was found, or it takes too much work.
    """
    deadline = time.monotonic() + _SECONDS
    try:
        with limited(_CHECK_STEPS, deadline):
            checker = Checker(schema)
        nodes: tuple[Node, ...] = (checker.root,)
        if only_objects:
            nodes += (replace(checker.root, schema={"type": "object"}),)
        return _first_success(checker, nodes, text, deadline)
    except Exhausted:
        raise NoInstance("The schema takes too much work to fulfil.") from None
    except RecursionError:
        raise NoInstance("The schema is nested too deeply.") from None


def _first_success(checker: Checker, nodes: tuple[Node, ...], text: str, deadline: float) -> Json:
    trouble: str | None = None
    exhausted: Exhausted | None = None
    for attempt in _ATTEMPTS:
        try:
            with limited(_ATTEMPT_STEPS, deadline):
                maker = Maker(checker, text, full_depth=attempt.full_depth, reentry=attempt.reentry)
                return maker.value(nodes)
        except Unfulfilled as problem:
            # The least that is demanded says best what is wrong.
            trouble = problem.path
        except Exhausted as problem:
            exhausted = problem
    if exhausted is not None or trouble is None:
        raise exhausted or Exhausted
    raise NoInstance(f"No value was found that fits the schema; the trouble is at '{trouble}'.")
