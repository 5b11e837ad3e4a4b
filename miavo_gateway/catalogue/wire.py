"""A model as `/v1/models` and the admin API tell of it."""

from __future__ import annotations

from datetime import UTC, datetime

from miavo_gateway.catalogue.model import Model, Provider
from miavo_gateway.catalogue.prices import Price, Prices, PriceTable

__all__ = ["as_wire"]


def as_wire(model: Model, provider: Provider) -> dict[str, object]:
    """The model as an OpenAI `model` object with what Miavo adds to it.

    `created` is the day the provider's entries were last checked, in Unix seconds: providers do
    not publish more, and OpenAI's SDKs need a number there.
    """
    as_of = provider.as_of
    created = datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC)
    lifecycle = model.lifecycle
    return {
        "id": model.slug,
        "object": "model",
        "created": int(created.timestamp()),
        "owned_by": provider.id,
        "name": model.name,
        "provider": provider.name,
        "kind": model.kind.value,
        "summary": model.summary,
        "context_window": model.context,
        "features": [feature.value for feature in model.features],
        "prices": _prices(model.prices),
        "lifecycle": {
            "status": lifecycle.status.value,
            "retires_on": lifecycle.retires_on.isoformat() if lifecycle.retires_on else None,
            "successor": lifecycle.successor,
            "note": lifecycle.note,
        },
        "endpoint": model.endpoint,
    }


def _prices(prices: Prices) -> dict[str, object]:
    wire: dict[str, object] = {"priced": prices.priced, "free": prices.free}
    single: dict[str, Price | None] = {
        "input_per_mtok": prices.input,
        "output_per_mtok": prices.output,
        "cache_read_per_mtok": prices.cache_read,
        "cache_write_per_mtok": prices.cache_write,
        "per_image": prices.per_image,
        "per_second": prices.per_second,
        "text_input_per_mtok": prices.text_input,
        "text_output_per_mtok": prices.text_output,
        "audio_input_per_mtok": prices.audio_input,
        "audio_output_per_mtok": prices.audio_output,
        "per_million_characters": prices.characters,
    }
    tables: dict[str, PriceTable] = {
        "per_image_by_size": prices.per_image_by_size,
        "per_second_by_resolution": prices.per_second_by_resolution,
    }
    wire.update({name: price.usd for name, price in single.items() if price})
    wire.update(
        {
            name: {label: price.usd for label, price in table}
            for name, table in tables.items()
            if table
        }
    )
    return wire
