"""Which models stand in for a model: `[fallbacks]` of `config.toml`, checked and spread out.

Pure, and free of the database: a gateway reads it before it listens.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from miavo_gateway.catalogue import Catalogue, Kind, Model
from miavo_gateway.errors import ConfigurationError, MiavoError, NoUpstream, UpstreamError
from miavo_gateway.flow.allow_list import allows
from miavo_gateway.flow.pricing import price_of

__all__ = ["Fallbacks", "dearest_price", "falls_back", "read_fallbacks"]

_MOST_MODELS = 8
"""Models tried for one request: each takes its time, and the hold covers the dearest."""


@dataclass(frozen=True, slots=True)
class Fallbacks:
    """The order in which models are tried, by the slug that was asked for."""

    by_slug: Mapping[str, tuple[Model, ...]] = field(default_factory=dict)
    """What comes after the model itself; models without fallbacks are not in it."""

    def models_for(self, model: Model, allow: Iterable[str] = ()) -> tuple[Model, ...]:
        """The models to try for a request: the one asked for, then what stands in for it.

        Args:
            model: the model asked for.
            allow: the allow-list of the caller's key. A fallback that is not on it is left out:
                no list of the operator's may widen what a key may call.
        """
        after = self.by_slug.get(model.slug)
        if after is None:
            return (model,)
        allowed = tuple(allow)
        return (model, *(each for each in after if allows(allowed, each)))


def read_fallbacks(
    table: Mapping[str, Sequence[str]], catalogue: Catalogue, source: str
) -> Fallbacks:
    """The fallbacks of a `[fallbacks]` table, such as `"gpt-5.4" = ["local-echo"]`.

    The fallbacks of a fallback are tried before the next of the list, each model once.

    Args:
        table: lists of slugs by slug.
        catalogue: where the slugs must be.
        source: what to call the file in errors.

    Raises:
        ConfigurationError: a slug is unknown or no chat model, a list names a model twice or
            leads back to where it began, or too many models would be tried.
    """
    for slug, after in table.items():
        for each in (slug, *after):
            _check_chat(each, slug, catalogue, source)
        if len(set(after)) != len(after):
            raise ConfigurationError(f'{source}: fallbacks: "{slug}" names a model twice')
    spread: dict[str, tuple[Model, ...]] = {}
    for slug in table:
        found: dict[str, Model] = {}
        _follow(slug, table, (slug,), found, catalogue, source)
        if found:
            spread[slug] = tuple(found.values())
    return Fallbacks(MappingProxyType(spread))


def falls_back(error: MiavoError) -> bool:
    """Whether another model may do better: the upstream failed, and not the request."""
    return isinstance(error, UpstreamError | NoUpstream)


def dearest_price(models: Iterable[Model], prompt: int, output: int) -> int:
    """What so many tokens cost at the dearest of some models, in nano-dollars: what to hold."""
    return max((price_of(model.prices, prompt, output) for model in models), default=0)


def _follow(
    slug: str,
    table: Mapping[str, Sequence[str]],
    way: tuple[str, ...],
    found: dict[str, Model],
    catalogue: Catalogue,
    source: str,
) -> None:
    """Add what comes behind a slug, depth first; `way` is how it was reached, itself included."""
    for each in table.get(slug, ()):
        if each in way:
            circle = " → ".join((*way[way.index(each) :], each))
            raise ConfigurationError(f"{source}: fallbacks: go round in a circle: {circle}")
        if each in found:
            continue
        if len(found) == _MOST_MODELS - 1:
            raise ConfigurationError(
                f'{source}: fallbacks: "{way[0]}" leads to more than {_MOST_MODELS - 1} other '
                "models, the most that are tried"
            )
        model = catalogue.get(each)
        assert model is not None, "every slug of the table has been looked up"
        found[each] = model
        _follow(each, table, (*way, each), found, catalogue, source)


def _check_chat(slug: str, owner: str, catalogue: Catalogue, source: str) -> None:
    model = catalogue.get(slug)
    place = f'{source}: fallbacks: "{owner}"'
    if model is None:
        near = catalogue.suggest(slug)
        hint = f'; did you mean "{near}"?' if near else ""
        raise ConfigurationError(f'{place}: the catalogue has no model "{slug[:100]}"{hint}')
    if model.kind is not Kind.CHAT:
        raise ConfigurationError(
            f'{place}: "{slug}" is a {model.kind} model, and only chat models have or are fallbacks'
        )
