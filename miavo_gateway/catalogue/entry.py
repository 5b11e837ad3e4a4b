"""Reads one provider or one model out of a table, alone or over an entry that is known."""

from __future__ import annotations

from dataclasses import replace

from miavo_gateway.catalogue.fields import Fields
from miavo_gateway.catalogue.model import Feature, Kind, Lifecycle, Model, Provider, Status
from miavo_gateway.catalogue.prices import (
    Price,
    Prices,
    PriceTable,
    price_per_mtok,
    price_per_unit,
)

__all__ = ["read_model", "read_provider"]

_TOKENS = frozenset({"input", "output"})
_WITH_INPUT = frozenset({"cache_read", "cache_write", "audio_input", "audio_output"})
_SOUND = _TOKENS | {"audio_input", "audio_output", "characters", "per_second"}
_PRICE_FIELDS = {
    Kind.CHAT: _TOKENS | _WITH_INPUT,
    Kind.IMAGE: frozenset({"per_image", "per_image_by_size"}),
    Kind.VIDEO: frozenset({"per_second", "per_second_by_resolution"}),
    Kind.SPEECH: _SOUND,
    Kind.TRANSCRIPTION: _SOUND,
    Kind.MUSIC: _SOUND,
    Kind.REALTIME: _TOKENS | _WITH_INPUT | {"per_second", "text_input", "text_output"},
}
"""The prices that mean something for a kind, which is to say: that its usage is counted in."""


def read_provider(fields: Fields) -> Provider:
    """A provider.

    Raises:
        ConfigurationError: a field is missing, unknown or wrong.
    """
    provider = Provider(
        id=fields.slug("id"),
        name=fields.text("name"),
        position=fields.whole("position"),
        as_of=fields.day("as_of"),
        needs_credential=fields.flag("needs_credential"),
    )
    fields.finish()
    return provider


def read_model(fields: Fields, slug: str, provider: str, known: Model | None = None) -> Model:
    """A model; what the table leaves out comes from `known`, if there is one.

    `provider` must exist and the successor be looked up by the caller, who has all the models.

    Raises:
        ConfigurationError: a field is missing, unknown or wrong.
    """
    base = known or Model(slug, "", provider, Kind.CHAT, "")
    kind = fields.choice("kind", Kind, known.kind if known else None)
    if kind is not base.kind:
        base = replace(base, prices=Prices())  # Prices per second are none of an image.
    model = Model(
        slug=slug,
        name=fields.text("name", known.name if known else None),
        provider=provider,
        kind=kind,
        upstream=fields.text("upstream", known.upstream if known else None),
        summary=fields.text("summary", base.summary),
        context=fields.optional_whole("context", base.context),
        features=fields.choices("features", Feature, base.features),
        prices=_read_prices(fields.table("prices"), kind, base.prices),
        lifecycle=_read_lifecycle(fields.table("lifecycle"), base.lifecycle),
        traits={**base.traits, **fields.table("traits").scalars()},
    )
    fields.finish()
    return model


def _read_prices(fields: Fields, kind: Kind, base: Prices) -> Prices:
    sizes, resolutions = base.per_image_by_size, base.per_second_by_resolution
    # A new flat price replaces the old graded ones too: they would win over it.
    if "per_image" in fields:
        sizes = ()
    if "per_second" in fields:
        resolutions = ()
    prices = Prices(
        input=fields.parsed("input", price_per_mtok, base.input),
        output=fields.parsed("output", price_per_mtok, base.output),
        cache_read=fields.parsed("cache_read", price_per_mtok, base.cache_read),
        cache_write=fields.parsed("cache_write", price_per_mtok, base.cache_write),
        per_image=fields.parsed("per_image", price_per_unit, base.per_image),
        per_image_by_size=_read_price_table(fields, "per_image_by_size", sizes),
        per_second=fields.parsed("per_second", price_per_unit, base.per_second),
        per_second_by_resolution=_read_price_table(fields, "per_second_by_resolution", resolutions),
        text_input=fields.parsed("text_input", price_per_mtok, base.text_input),
        text_output=fields.parsed("text_output", price_per_mtok, base.text_output),
        audio_input=fields.parsed("audio_input", price_per_mtok, base.audio_input),
        audio_output=fields.parsed("audio_output", price_per_mtok, base.audio_output),
        characters=fields.parsed("characters", price_per_mtok, base.characters),
    )
    fields.finish()
    for name in fields.names():
        if name not in _PRICE_FIELDS[kind]:
            fields.fail(name, f"is no price of a {kind} model")
    _need_together(fields, prices.input, "input", prices.output, "output")
    _need_together(fields, prices.text_input, "text_input", prices.text_output, "text_output")
    for name in _WITH_INPUT & set(fields.names()):
        if prices.input is None:
            fields.fail("input", f"is missing: it goes with {name}")
    if prices.per_image_by_size and prices.per_image is None:
        fields.fail("per_image", "is missing: a size that the table lacks needs it")
    if prices.per_second_by_resolution and prices.per_second is None:
        fields.fail("per_second", "is missing: a resolution that the table lacks needs it")
    return prices


def _need_together(
    fields: Fields, one: Price | None, one_name: str, other: Price | None, other_name: str
) -> None:
    if (one is None) != (other is None):
        missing, present = (one_name, other_name) if one is None else (other_name, one_name)
        fields.fail(missing, f"is missing: it goes with {present}")


def _read_price_table(parent: Fields, name: str, default: PriceTable) -> PriceTable:
    if name not in parent:
        return default
    fields = parent.table(name)
    found = []
    for label in fields.names():
        price = fields.parsed(label, price_per_unit, None)
        if price is not None:
            found.append((label, price))
    return tuple(found)


def _read_lifecycle(fields: Fields, base: Lifecycle) -> Lifecycle:
    lifecycle = replace(
        base,
        status=fields.choice("status", Status, base.status),
        retires_on=fields.optional_day("retires_on", base.retires_on),
        successor=fields.optional_text("successor", base.successor),
        note=fields.optional_text("note", base.note),
    )
    fields.finish()
    return lifecycle
