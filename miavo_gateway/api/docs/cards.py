"""What the documentation tells of a model, in the words that its page shows."""

from __future__ import annotations

from dataclasses import dataclass

from miavo_gateway.catalogue import Catalogue, Feature, Kind, Model, Prices, Status
from miavo_gateway.catalogue.code_examples import CodeExample, all_examples

__all__ = ["Card", "Fact", "card_of"]

_FEATURES = {
    Feature.STREAMING: "streaming",
    Feature.TOOLS: "tools",
    Feature.VISION: "images in",
}
_KINDS = {
    Kind.CHAT: "chat",
    Kind.IMAGE: "images",
    Kind.VIDEO: "video",
    Kind.SPEECH: "speech",
    Kind.TRANSCRIPTION: "transcription",
    Kind.MUSIC: "music",
    Kind.REALTIME: "realtime",
}
_STATES = {
    Status.ACTIVE: "",
    Status.PREVIEW: "preview",
    Status.LEGACY: "legacy",
    Status.RETIRED: "retired",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One price, with what it is for."""

    label: str
    """`Input`, `720p`."""
    amount: str
    """`$2.50`."""
    unit: str
    """`per million tokens`."""


@dataclass(frozen=True, slots=True)
class Card:
    """One model."""

    slug: str
    name: str
    provider: str
    summary: str
    kind: str
    state: str
    """`legacy`, `retired`, `preview`; empty for a model in its prime."""
    life: str
    """A sentence on its end; empty if nothing is known of one."""
    successor: str | None
    note: str | None
    context: str
    """`1M`, `200k`; empty if none is stated."""
    context_tokens: str
    """`1,000,000 tokens`."""
    features: tuple[str, ...]
    prices: tuple[Fact, ...]
    price: str
    """The prices in a few characters, for a table: `$2.50 / $15.00`."""
    free: bool
    priced: bool
    examples: tuple[CodeExample, ...]


def card_of(model: Model, catalogue: Catalogue, address: str) -> Card:
    """A model's card, its examples calling the gateway at an address."""
    prices = tuple(_facts(model.prices))
    return Card(
        slug=model.slug,
        name=model.name,
        provider=catalogue.provider_of(model).name,
        summary=model.summary,
        kind=_KINDS[model.kind],
        state=_STATES[model.lifecycle.status],
        life=_life(model),
        successor=model.lifecycle.successor,
        note=model.lifecycle.note,
        context=_short(model.context),
        context_tokens=f"{model.context:,} tokens" if model.context else "",
        features=tuple(_FEATURES[each] for each in model.features),
        prices=prices,
        price=_in_short(model.prices),
        free=model.prices.free,
        priced=model.prices.priced,
        examples=all_examples(model, address),
    )


def _life(model: Model) -> str:
    day = model.lifecycle.retires_on
    written = f" on {day.day} {day:%B %Y}" if day else ""
    ends = f"Its provider ends it{written}." if day else ""
    match model.lifecycle.status:
        case Status.PREVIEW:
            return f"Reserved and listed; it cannot be called yet. {ends}".strip()
        case Status.LEGACY:
            return ends or "Its provider names newer ones."
        case Status.RETIRED:
            return f"Its provider ended it{written}."
        case _:
            return ends


def _facts(prices: Prices) -> list[Fact]:
    tokens = "per million tokens"
    single = (
        ("Input", prices.input, tokens),
        ("Output", prices.output, tokens),
        ("Cached input", prices.cache_read, tokens),
        ("Written to cache", prices.cache_write, tokens),
        ("Audio in", prices.audio_input, tokens),
        ("Audio out", prices.audio_output, tokens),
        ("Text in", prices.text_input, tokens),
        ("Text out", prices.text_output, tokens),
        ("Text", prices.characters, "per million characters"),
        ("Price", prices.per_image, "per image"),
        ("Price", prices.per_second, "per second"),
    )
    found = [Fact(label, f"${price.usd}", unit) for label, price, unit in single if price]
    found += [Fact(size, f"${price.usd}", "per image") for size, price in prices.per_image_by_size]
    found += [
        Fact(resolution, f"${price.usd}", "per second")
        for resolution, price in prices.per_second_by_resolution
    ]
    return found


def _in_short(prices: Prices) -> str:
    if prices.free:
        return "free"
    if prices.input and prices.output:
        return f"${prices.input.usd} / ${prices.output.usd}"
    if prices.per_second:
        return f"${prices.per_second.usd} a second"
    if prices.per_image:
        return f"${prices.per_image.usd} an image"
    if prices.characters:
        return f"${prices.characters.usd} / M characters"
    return "unpriced"


def _short(tokens: int | None) -> str:
    if tokens is None:
        return ""
    if tokens % 1_000_000 == 0:
        return f"{tokens // 1_000_000}M"
    return f"{round(tokens / 1000)}k"
