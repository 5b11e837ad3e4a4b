"""The columns of the model list: which fit, and what stands in them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from miavo_tui.model_card import ModelCard
from miavo_tui.model_states import symbol_of
from miavo_tui.price_text import context_text, price_cells

__all__ = ["FEATURES", "Column", "cell", "columns_for"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column."""

    name: str
    title: str
    width: int
    """Cells, without the gap before it."""
    sort: str = ""
    """The order that a click on the title chooses; empty for none."""
    right: bool = False
    """Numbers stand flush right."""
    grows: bool = False
    """Takes the width that is left over."""


_GAP = 2
_EDGES = 2  # a cell before the first column and one after the last

_STATE = Column("state", "", 1)
_SLUG = Column("slug", "MODEL", 30, sort="name", grows=True)
_NAME = Column("name", "NAME", 34)
_PROVIDER = Column("provider", "PROVIDER", 13, sort="catalogue")
_KIND = Column("kind", "KIND", 13)
_SHORT_KIND = Column("kind", "KIND", 8)
_INPUT = Column("input", "IN/MTOK", 8, sort="input", right=True)
_OUTPUT = Column("output", "OUT/MTOK", 8, sort="output", right=True)
_CONTEXT = Column("context", "CONTEXT", 7, sort="context", right=True)
_FEATURES = Column("features", "CAN", 3)

# The widest set that fits is used; the last one is for terminals narrower than any promise.
_SETS = (
    (_STATE, _SLUG, _NAME, _PROVIDER, _KIND, _INPUT, _OUTPUT, _CONTEXT, _FEATURES),
    (_STATE, _SLUG, _PROVIDER, _KIND, _INPUT, _OUTPUT, _CONTEXT, _FEATURES),
    (_STATE, _SLUG, _SHORT_KIND, _INPUT, _OUTPUT, _CONTEXT, _FEATURES),
    (_STATE, _SLUG, _INPUT, _OUTPUT, _FEATURES),
    (_STATE, _SLUG, _INPUT, _OUTPUT),
    (_STATE, _SLUG),
)

FEATURES = (("streaming", "S"), ("tools", "T"), ("vision", "V"))
"""Features and their letters, in the order shown."""

_SHORT_KINDS = {"transcription": "transcr."}


@cache
def columns_for(width: int) -> tuple[Column, ...]:
    """The columns for a list of that many cells, the growing one widened to fill it."""
    for columns in _SETS:
        taken = sum(column.width for column in columns) + _GAP * (len(columns) - 1) + _EDGES
        if taken <= width:
            break
    spare = max(0, min(width - taken, 12))
    return tuple(
        Column(c.name, c.title, c.width + spare, c.sort, c.right, c.grows) if c.grows else c
        for c in columns
    )


def cell(model: ModelCard, column: Column) -> str:
    """What stands in one cell, not yet aligned."""
    match column.name:
        case "state":
            return symbol_of(model)[0]
        case "slug":
            return model.slug
        case "name":
            return model.name
        case "provider":
            return model.provider
        case "kind":
            if len(model.kind) > column.width:
                return _SHORT_KINDS.get(model.kind, model.kind)
            return model.kind
        case "input":
            return price_cells(model.prices)[0]
        case "output":
            return price_cells(model.prices)[1]
        case "context":
            return context_text(model.context_window)
        case _:
            letters = [letter if name in model.features else "·" for name, letter in FEATURES]
            return "".join(letters) if model.features else ""
