"""Which models a key may call: exact slugs, whole providers, or patterns."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from miavo_gateway.catalogue import Catalogue, Model
from miavo_gateway.errors import InvalidRequest

__all__ = ["allows", "check_entries"]

_PROVIDER = "provider:"
_WILDCARDS = frozenset("*?[")


def allows(entries: Iterable[str], model: Model) -> bool:
    """Whether a list admits a model. An empty list is no list: it admits every model."""
    listed = tuple(entries)
    return not listed or any(_matches(entry, model) for entry in listed)


def check_entries(entries: Iterable[str], catalogue: Catalogue) -> tuple[str, ...]:
    """The entries, each once, in their order.

    Raises:
        InvalidRequest: an entry admits no model of the catalogue, so it must be a mistake.
    """
    checked = tuple(dict.fromkeys(entry.strip() for entry in entries))
    for entry in checked:
        if not any(_matches(entry, model) for model in catalogue.models):
            near = catalogue.suggest(entry)
            hint = f" Did you mean '{near}'?" if near and not entry.startswith(_PROVIDER) else ""
            raise InvalidRequest(
                f"The allow-list entry '{entry[:100]}' fits no model.{hint} An entry is a slug, "
                f"a pattern such as 'claude-*', or a provider such as '{_PROVIDER}anthropic'.",
                param="allow",
            )
    return checked


def _matches(entry: str, model: Model) -> bool:
    if entry.startswith(_PROVIDER):
        return model.provider == entry.removeprefix(_PROVIDER)
    if _WILDCARDS.isdisjoint(entry):
        return model.slug == entry
    return fnmatchcase(model.slug, entry)
