"""What `/v1/models` and the catalogue of the admin API answer with.

The answers are written from the catalogue itself, which is quicker; a test holds them to this.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from miavo_gateway.catalogue import Feature, Kind, Status

__all__ = [
    "CatalogueList",
    "CatalogueModel",
    "ExamplesView",
    "LifecycleView",
    "ModelList",
    "ModelView",
    "PricesView",
    "RendersView",
]


class PricesView(BaseModel):
    """Dollars as text, exact. What a model has no price for is left out."""

    priced: bool
    """Whether its usage has a price; if not, its cost is null."""
    free: bool
    input_per_mtok: str = ""
    """For a million tokens."""
    output_per_mtok: str = ""
    per_image: str = ""
    per_second: str = ""
    text_input_per_mtok: str = ""
    """Of a model of speech, where text costs another price."""
    text_output_per_mtok: str = ""
    audio_input_per_mtok: str = ""
    """For a million tokens of sound."""
    audio_output_per_mtok: str = ""
    per_million_characters: str = ""
    per_image_by_size: dict[str, str] = {}
    per_second_by_resolution: dict[str, str] = {}


class LifecycleView(BaseModel):
    """What is known of a model's end."""

    status: Status
    retires_on: str | None
    """The day its provider ends or ended it."""
    successor: str | None
    """The slug that takes its place."""
    note: str | None


class RendersView(BaseModel):
    """What a video model renders; anything else is refused. The first of a list is the default."""

    aspect_ratios: list[str]
    resolutions: list[str]
    seconds: list[int]
    default_seconds: int
    seconds_by_resolution: dict[str, list[int]]
    """Of the resolutions that have fewer."""
    stretched_seconds: dict[str, int]
    """Seconds that may be asked for too, and the next longer clip that is rendered then."""
    longest_prompt: int
    """In characters."""
    image: bool
    """Whether a video may begin with one."""
    audio: bool
    default_audio: bool
    greatest_seed: int | None
    """Null where it takes none."""
    negative_prompt: bool


class ModelView(BaseModel):
    """A model, as OpenAI's `model` object with what Miavo adds to it."""

    id: str
    """The slug."""
    object: Literal["model"]
    created: int
    """The day the provider's entries were last checked, in Unix seconds."""
    owned_by: str
    """The id of the provider."""
    name: str
    provider: str
    """The name of the provider."""
    kind: Kind
    summary: str
    context_window: int | None
    """In tokens."""
    features: list[Feature]
    prices: PricesView
    lifecycle: LifecycleView
    endpoint: str
    """The path that requests for it go to."""
    reachable: bool
    """Whether it can be called now."""
    unreachable_reason: str | None
    renders: RendersView | None
    """Null for what is no video model, and while the gateway starts."""


class ModelList(BaseModel):
    """Every model, by provider."""

    object: Literal["list"]
    data: list[ModelView]


class CatalogueModel(ModelView):
    """A model with what only the operator may know."""

    upstream_id: str
    """The provider's own id for it."""
    simulated: bool
    """Whether the sandbox, and no real credential, stands behind its provider."""
    hidden: bool
    """Whether `config.toml` takes it away."""
    added: bool
    """Whether it is in `config.toml` alone."""
    overridden: list[str]
    """The fields that `config.toml` changes."""
    fallbacks: list[str]
    """The slugs that stand in for it, in the order they are tried."""


class CatalogueList(BaseModel):
    """Every model, by provider; hidden ones last, where they were asked for."""

    object: Literal["list"]
    data: list[CatalogueModel]


class ExamplesView(BaseModel):
    """Code that calls a model on this gateway."""

    curl: str
    python: str
    typescript: str
