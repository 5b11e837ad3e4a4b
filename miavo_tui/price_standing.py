"""How a model's prices compare: with those of its kind, and among a few side by side."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from miavo_tui.catalogue_view import lowest_price
from miavo_tui.model_card import ModelCard

__all__ = ["Standing", "bar", "chat_cost", "standings"]

_FULL, _EMPTY = "━", "─"


@dataclass(frozen=True, slots=True)
class Standing:
    """One price of a model among those of the models of its kind that state the same one."""

    label: str
    """`in`, `out`, or nothing for the only one."""
    price: Decimal
    of: int
    """How many other models are compared with."""
    cheaper_than: int
    """How many of those cost more."""
    fraction: float
    """Where it stands between the cheapest (0) and the dearest (1), by orders of magnitude: the
    dearest costs several hundred times what the cheapest does."""


def standings(model: ModelCard, models: Iterable[ModelCard]) -> list[Standing]:
    """Where a model's prices stand; nothing where it has none, or nothing to compare with.

    Retired models, which nobody can choose, and free ones are left out of the comparison.
    """
    others = [
        other
        for other in models
        if other.kind == model.kind
        and other.slug != model.slug
        and other.lifecycle.status != "retired"
        and other.prices.priced
        and not other.prices.free
    ]
    if not model.prices.priced or model.prices.free:
        return []
    found = []
    readers: tuple[tuple[str, Callable[[ModelCard], Decimal | None]], ...] = (
        ("in", lambda card: card.prices.input_per_mtok),
        ("out", lambda card: card.prices.output_per_mtok),
        ("", lambda card: _single(card, _unit(model))),
    )
    for label, read in readers:
        price = read(model)
        prices = [each for each in map(read, others) if each is not None and each > 0]
        if price is None or price <= 0 or not prices:
            continue
        low, high = min(*prices, price), max(*prices, price)
        span = math.log(high / low)
        found.append(
            Standing(
                label,
                price,
                len(prices),
                sum(each > price for each in prices),
                math.log(price / low) / span if span else 0.0,
            )
        )
    return found


def _unit(card: ModelCard) -> int | None:
    found = lowest_price(card.prices)
    return None if found is None else found[0]


def _single(card: ModelCard, unit: int | None) -> Decimal | None:
    found = lowest_price(card.prices)
    return None if found is None or found[0] != unit else found[1]


def bar(fraction: float, width: int) -> str:
    """A bar of `width` cells, filled as far as `fraction` says; something above nothing shows.

    >>> bar(0.5, 4), bar(0.01, 4), bar(0, 4)
    ('━━──', '━───', '────')
    """
    cells = round(min(max(fraction, 0.0), 1.0) * width)
    if fraction > 0:
        cells = max(1, cells)
    return _FULL * cells + _EMPTY * (width - cells)


def chat_cost(models: Sequence[ModelCard], tokens_in: int, tokens_out: int) -> list[Decimal | None]:
    """What a request of that many tokens costs with each model; None where tokens have no price."""
    costs: list[Decimal | None] = []
    for model in models:
        given, made = model.prices.input_per_mtok, model.prices.output_per_mtok
        if model.prices.free and model.kind == "chat":
            costs.append(Decimal(0))
        elif given is None or made is None:
            costs.append(None)
        else:
            costs.append((given * tokens_in + made * tokens_out) / 1_000_000)
    return costs
