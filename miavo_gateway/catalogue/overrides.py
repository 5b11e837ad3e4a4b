"""Changes that a user's configuration makes to the catalogue: `[models."slug"]` tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from miavo_gateway.catalogue.entry import read_model
from miavo_gateway.catalogue.fields import SLUG, Fields
from miavo_gateway.catalogue.model import Catalogue, Model

__all__ = ["with_overrides"]


def with_overrides(catalogue: Catalogue, table: Mapping[str, object], source: str) -> Catalogue:
    """The catalogue with a `[models]` table laid over it.

    A known slug's table replaces the fields it names; inside `prices` and `lifecycle` too, only
    those it names. `hidden = true` takes the model away. An unknown slug adds a model at the end
    of its provider's; it needs `provider` (the id of one there is), `kind`, `name` and
    `upstream`. A hidden model is nobody's successor any more.

    Args:
        catalogue: what to change; it stays as it is.
        table: the parsed table, by slug.
        source: what to call the file in errors, such as `config.toml`.

    Raises:
        ConfigurationError: a field is missing, unknown or wrong. The message names the source,
            the slug and the field.
    """
    models = {model.slug: model for model in catalogue.models}
    hidden: set[str] = set()
    for slug, entry in table.items():
        place = f"{source}: model {slug}"
        fields = Fields(entry, place)
        known = catalogue.get(slug)
        if known is None:
            _check_new(catalogue, slug, fields)
        if fields.flag("hidden", default=False):
            hidden.add(slug)
        provider = fields.text("provider", known.provider if known else None)
        if catalogue.provider(provider) is None:
            ids = ", ".join(each.id for each in catalogue.providers)
            fields.fail("provider", f'"{provider}" is not one of {ids}')
        models[slug] = read_model(fields, slug, provider, known)
    for slug in table:
        successor = models[slug].lifecycle.successor
        if successor is not None and (successor not in models or successor == slug):
            Fields({}, f"{source}: model {slug}").fail(
                "lifecycle.successor", f'"{successor}" is no other model of the catalogue'
            )
    position = {provider.id: provider.position for provider in catalogue.providers}
    shown = (_without(hidden, model) for slug, model in models.items() if slug not in hidden)
    return Catalogue(
        providers=catalogue.providers,
        models=tuple(sorted(shown, key=lambda model: position[model.provider])),
    )


def _check_new(catalogue: Catalogue, slug: str, fields: Fields) -> None:
    """Refuse what is more likely a misspelt slug than a new model."""
    if SLUG.fullmatch(slug) is None:
        fields.fail("slug", "a slug is made of letters, digits and . _ : -")
    near = catalogue.suggest(slug)
    hint = f"; did you mean {near}?" if near else ""
    if "hidden" in fields:
        fields.fail("hidden", f"the catalogue has no such model{hint}")
    if "provider" not in fields:
        fields.fail(
            "provider",
            f"is missing: the catalogue has no such model, so this would add one{hint}",
        )


def _without(hidden: set[str], model: Model) -> Model:
    """The model, not naming a hidden one as its successor."""
    if model.lifecycle.successor not in hidden:
        return model
    return replace(model, lifecycle=replace(model.lifecycle, successor=None))
