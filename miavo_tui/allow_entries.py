"""The entries of an allow-list and the models that they admit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from miavo_tui.model_card import ModelCard

__all__ = ["PROVIDER", "admits", "counts", "is_pattern"]

PROVIDER = "provider:"
"""What an entry that admits all of a provider's models begins with."""


def is_pattern(entry: str) -> bool:
    """Whether an entry admits by the look of a slug, such as `claude-*`."""
    return not entry.startswith(PROVIDER) and any(character in "*?[" for character in entry)


def admits(entry: str, card: ModelCard) -> bool:
    """Whether an entry admits a model; the gateway has the last word."""
    if entry.startswith(PROVIDER):
        return card.owned_by == entry.removeprefix(PROVIDER)
    return fnmatchcase(card.slug, entry) if is_pattern(entry) else card.slug == entry


def counts(entries: Iterable[str], cards: Sequence[ModelCard]) -> dict[str, int]:
    """How many models each entry admits."""
    return {entry: sum(admits(entry, card) for card in cards) for entry in entries}
