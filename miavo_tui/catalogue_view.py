"""How the catalogue is looked at: search, filters and order, as one pure function of the models."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from miavo_tui.model_card import ModelCard, Prices

__all__ = ["SORTS", "CatalogueView", "lowest_price", "selected"]

SORTS = ("catalogue", "name", "input", "output", "context")
"""The orders: the catalogue's own, by slug, by price in, by price out, by context."""

# Prices of different units do not compare; tokens come first, unpriced models always last.
_TOKENS, _SECONDS, _IMAGES, _UNPRICED = range(4)
_Rank = tuple[int, Decimal | int | str]


@dataclass(frozen=True, slots=True)
class CatalogueView:
    """What of the catalogue is shown and in which order."""

    search: str = ""
    """Words that must all occur in the slug, name, provider or summary; case does not matter."""
    provider: str = ""
    """A provider's name; empty for all."""
    kind: str = ""
    """A kind; empty for all."""
    features: tuple[str, ...] = ()
    """Features that a model must all have."""
    reachable_only: bool = False
    free_only: bool = False
    sort: str = "catalogue"
    """One of `SORTS`."""
    descending: bool = False
    selected: str = ""
    """The slug under the cursor, or nothing."""
    marked: tuple[str, ...] = ()
    """The slugs to be compared, in the order they were marked."""

    @property
    def words(self) -> tuple[str, ...]:
        """The words searched for, in lower case."""
        return tuple(self.search.lower().split())

    @property
    def filtered(self) -> bool:
        """Whether anything but the search narrows the list."""
        return bool(
            self.provider or self.kind or self.features or self.reachable_only or self.free_only
        )


def selected(models: Iterable[ModelCard], view: CatalogueView) -> tuple[ModelCard, ...]:
    """The models that the view lets through, in its order.

    Ties keep the catalogue's order. Models without the value sorted by come last in both
    directions.
    """
    kept = [model for model in models if _passes(model, view)]
    rank = _RANKS.get(view.sort)
    if rank is None:
        return tuple(reversed(kept) if view.descending else kept)
    with_value = [model for model in kept if rank(model)[0] != _UNPRICED]
    without = [model for model in kept if rank(model)[0] == _UNPRICED]
    groups: list[ModelCard] = []
    for unit in (_TOKENS, _SECONDS, _IMAGES):
        of_unit = [model for model in with_value if rank(model)[0] == unit]
        groups += _stable_sorted(of_unit, lambda model: rank(model)[1], view.descending)
    return (*groups, *without)


def _stable_sorted(
    models: Sequence[ModelCard], key: Callable[[ModelCard], Decimal | int | str], descending: bool
) -> list[ModelCard]:
    # `reverse=True` keeps the order of equals, so ties stay in the catalogue's order.
    return sorted(models, key=key, reverse=descending)


def _passes(model: ModelCard, view: CatalogueView) -> bool:
    if view.provider and model.provider != view.provider:
        return False
    if view.kind and model.kind != view.kind:
        return False
    if view.reachable_only and not model.reachable:
        return False
    if view.free_only and not model.prices.free:
        return False
    if not set(view.features) <= set(model.features):
        return False
    words = view.words
    if not words:
        return True
    text = f"{model.slug}\n{model.name}\n{model.provider}\n{model.summary}".lower()
    return all(word in text for word in words)


def lowest_price(prices: Prices) -> tuple[int, Decimal] | None:
    """The unit and the lowest price of what is not priced by tokens; None where nothing is."""
    seconds = [price for _, price in prices.per_second_by_resolution]
    if prices.per_second is not None:
        seconds.append(prices.per_second)
    if seconds:
        return _SECONDS, min(seconds)
    images = [price for _, price in prices.per_image_by_size]
    if prices.per_image is not None:
        images.append(prices.per_image)
    if images:
        return _IMAGES, min(images)
    return None


def _by_price(prices: Prices, tokens: Decimal | None) -> _Rank:
    if not prices.priced:
        return _UNPRICED, 0
    if tokens is not None:
        return _TOKENS, tokens
    return lowest_price(prices) or ((_TOKENS, Decimal(0)) if prices.free else (_UNPRICED, 0))


def _by_input(model: ModelCard) -> _Rank:
    return _by_price(model.prices, model.prices.input_per_mtok)


def _by_output(model: ModelCard) -> _Rank:
    return _by_price(model.prices, model.prices.output_per_mtok)


def _by_context(model: ModelCard) -> _Rank:
    return (_UNPRICED, 0) if model.context_window is None else (_TOKENS, model.context_window)


def _by_name(model: ModelCard) -> _Rank:
    return _TOKENS, model.slug


_RANKS: dict[str, Callable[[ModelCard], _Rank]] = {
    "name": _by_name,
    "input": _by_input,
    "output": _by_output,
    "context": _by_context,
}
