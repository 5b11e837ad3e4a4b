"""A model of the catalogue, as the gateway tells the app of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from miavo_tui import json_fields
from miavo_tui.json_fields import JsonObject
from miavo_tui.plain_text import printable
from miavo_tui.renders import Renders

__all__ = ["Lifecycle", "ModelCard", "Prices", "models_from_json"]


@dataclass(frozen=True, slots=True)
class Prices:
    """What a model costs, in US dollars. A price that is not stated is None or empty."""

    priced: bool
    """False: usage is recorded, its cost is not known ("unpriced")."""
    free: bool
    input_per_mtok: Decimal | None
    output_per_mtok: Decimal | None
    per_image: Decimal | None
    per_image_by_size: tuple[tuple[str, Decimal], ...]
    """In the catalogue's order, such as (("1K-2K", 0.134), ("4K", 0.24))."""
    per_second: Decimal | None
    per_second_by_resolution: tuple[tuple[str, Decimal], ...]
    """In the catalogue's order, such as (("720p", 0.10),)."""
    text_input_per_mtok: Decimal | None
    """Part of a realtime model's price, which is not stated in full."""
    text_output_per_mtok: Decimal | None

    @classmethod
    def from_json(cls, data: JsonObject) -> Prices:
        """Reads a model's `prices`."""
        return cls(
            priced=json_fields.field(data, "priced", bool),
            free=json_fields.field(data, "free", bool),
            input_per_mtok=json_fields.optional_decimal(data, "input_per_mtok"),
            output_per_mtok=json_fields.optional_decimal(data, "output_per_mtok"),
            per_image=json_fields.optional_decimal(data, "per_image"),
            per_image_by_size=json_fields.decimals(data, "per_image_by_size"),
            per_second=json_fields.optional_decimal(data, "per_second"),
            per_second_by_resolution=json_fields.decimals(data, "per_second_by_resolution"),
            text_input_per_mtok=json_fields.optional_decimal(data, "text_input_per_mtok"),
            text_output_per_mtok=json_fields.optional_decimal(data, "text_output_per_mtok"),
        )


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """Whether a model's provider still serves it, and what replaced it."""

    status: str
    """`active`, `preview`, `legacy` or `retired`."""
    retires_on: date | None
    """The last day, or for a retired model the day it went."""
    successor: str | None
    """A slug of the catalogue."""
    note: str | None

    @classmethod
    def from_json(cls, data: JsonObject) -> Lifecycle:
        """Reads a model's `lifecycle`."""
        day = json_fields.optional(data, "retires_on", str)
        return cls(
            status=json_fields.text(data, "status"),
            retires_on=None
            if day is None
            else json_fields.parsed("retires_on", day, date.fromisoformat),
            successor=json_fields.optional_text(data, "successor"),
            note=json_fields.optional_text(data, "note"),
        )


@dataclass(frozen=True, slots=True)
class ModelCard:
    """One model of the catalogue."""

    slug: str
    name: str
    provider: str
    """The provider's name as a heading: `Anthropic`, `Local`."""
    owned_by: str
    """The provider's short name: `anthropic`, `local`."""
    kind: str
    """`chat`, `image`, `video`, `speech`, `transcription`, `music` or `realtime`."""
    summary: str
    context_window: int | None
    """Tokens; None when none is stated."""
    features: tuple[str, ...]
    """A subset of `streaming`, `tools`, `vision`."""
    prices: Prices
    lifecycle: Lifecycle
    endpoint: str
    """The path that serves it, such as `/v1/chat/completions`."""
    reachable: bool
    """Whether this gateway could answer for it now."""
    unreachable_reason: str | None
    renders: Renders | None = None
    """What a video model renders; None for others, and where the gateway does not say."""
    simulated: bool = False
    """Whether the sandbox answers in its provider's place."""

    @classmethod
    def from_json(cls, data: JsonObject) -> ModelCard:
        """Reads one object of the catalogue."""
        renders = json_fields.optional(data, "renders", dict)
        features = json_fields.field(data, "features", list)
        return cls(
            slug=json_fields.text(data, "id"),
            name=json_fields.text(data, "name"),
            provider=json_fields.text(data, "provider"),
            owned_by=json_fields.text(data, "owned_by"),
            kind=json_fields.text(data, "kind"),
            summary=json_fields.text(data, "summary"),
            context_window=json_fields.optional(data, "context_window", int),
            features=tuple(printable(str(feature)) for feature in features),
            prices=Prices.from_json(json_fields.field(data, "prices", dict)),
            lifecycle=Lifecycle.from_json(json_fields.field(data, "lifecycle", dict)),
            endpoint=json_fields.text(data, "endpoint"),
            reachable=json_fields.field(data, "reachable", bool),
            unreachable_reason=json_fields.optional_text(data, "unreachable_reason"),
            renders=None if renders is None else Renders.from_json(renders),
            simulated=json_fields.optional(data, "simulated", bool) or False,
        )


def models_from_json(answer: JsonObject) -> tuple[ModelCard, ...]:
    """The models of `{"object": "list", "data": [...]}`, in the order sent."""
    return tuple(ModelCard.from_json(row) for row in json_fields.objects(answer, "data"))
