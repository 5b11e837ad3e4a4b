"""What the catalogue is made of: providers, their models, and the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from types import MappingProxyType

from miavo_gateway.catalogue.prices import Prices

__all__ = ["Catalogue", "Feature", "Kind", "Lifecycle", "Model", "Provider", "Status"]

_VIDEOS = "/v1/videos/generations"
_CHAT = "/v1/chat/completions"


class Kind(StrEnum):
    """What a model makes out of a request."""

    CHAT = "chat"
    IMAGE = "image"
    VIDEO = "video"
    SPEECH = "speech"
    TRANSCRIPTION = "transcription"
    MUSIC = "music"
    REALTIME = "realtime"

    @property
    def endpoint(self) -> str:
        """The path that a request for this kind goes to: every kind but video takes chat calls."""
        return _VIDEOS if self is Kind.VIDEO else _CHAT


class Feature(StrEnum):
    """What a chat model can do beside answering text."""

    STREAMING = "streaming"
    TOOLS = "tools"
    VISION = "vision"


class Status(StrEnum):
    """Where a model stands in its life."""

    ACTIVE = "active"
    PREVIEW = "preview"
    """Listed and reserved, not callable yet."""
    LEGACY = "legacy"
    """Served, but its provider names a better one or the day it ends."""
    RETIRED = "retired"
    """No longer served by its provider; listed so that its name is not a riddle."""


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """What is known of a model's end."""

    status: Status = Status.ACTIVE
    retires_on: date | None = None
    """The day its provider ends or ended it; None if none is known."""
    successor: str | None = None
    """The slug in this catalogue that takes its place."""
    note: str | None = None
    """A sentence on what is doubtful, or where the provider sends people instead."""


@dataclass(frozen=True, slots=True)
class Provider:
    """Who serves a group of models."""

    id: str
    name: str
    """The display name."""
    position: int
    """Its place in the catalogue's order, from 1."""
    as_of: date
    """The day its entries were last checked."""
    needs_credential: bool
    """Whether calling it takes a credential; the Local engines take none."""


@dataclass(frozen=True, slots=True)
class Model:
    """One entry of the catalogue."""

    slug: str
    name: str
    """The display name."""
    provider: str
    """The id of its provider."""
    kind: Kind
    upstream: str
    """The provider's own id for it."""
    summary: str = ""
    """One line on what it is good for."""
    context: int | None = None
    """The context window in tokens; None where none is stated."""
    features: tuple[Feature, ...] = ()
    prices: Prices = field(default_factory=Prices)
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    traits: Mapping[str, str | int | bool] = field(default_factory=dict, hash=False)
    """What its provider's adapter has to know of it beyond its id, in the adapter's own words."""

    @property
    def endpoint(self) -> str:
        """The path that a request for this model goes to."""
        return self.kind.endpoint


@dataclass(frozen=True)
class Catalogue:
    """Every model, in order: providers by position, then as their files list them."""

    providers: tuple[Provider, ...]
    models: tuple[Model, ...]
    _by_slug: Mapping[str, Model] = field(init=False, repr=False, compare=False)
    _by_id: Mapping[str, Provider] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_slug = {model.slug: model for model in self.models}
        by_id = {provider.id: provider for provider in self.providers}
        object.__setattr__(self, "_by_slug", MappingProxyType(by_slug))
        object.__setattr__(self, "_by_id", MappingProxyType(by_id))

    def get(self, slug: str) -> Model | None:
        """The model of a slug; None if there is none."""
        return self._by_slug.get(slug)

    def provider(self, provider_id: str) -> Provider | None:
        """The provider of an id; None if there is none."""
        return self._by_id.get(provider_id)

    def provider_of(self, model: Model) -> Provider:
        """Who serves a model of this catalogue."""
        return self._by_id[model.provider]

    def suggest(self, slug: str) -> str | None:
        """The known slug that an unknown one most resembles; None if none is close."""
        # The comparison is quadratic in length, and the slug comes from a request.
        near = get_close_matches(slug[:100].lower(), self._by_slug, n=1)
        return near[0] if near else None
