"""The one shape of a video adapter: a task that is handed in, looked at, and fetched when it ends.

An adapter is pure, as those for chat are. A provider renders for minutes: what an adapter needs of
a task beyond its `reference` has to be in that reference, which outlives the process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from miavo_gateway.catalogue import Model
from miavo_gateway.providers.adapter import Access
from miavo_gateway.providers.exchange import Garbled, ProviderError, WireRequest

__all__ = [
    "Failed",
    "LinkInTask",
    "Looked",
    "Rendering",
    "Result",
    "VideoAdapter",
    "VideoImage",
    "VideoPlan",
    "VideoRules",
]


@dataclass(frozen=True, slots=True)
class VideoRules:
    """What a model renders. A request that fits is one that its provider takes."""

    aspect_ratios: Sequence[str]
    """The first is what a request gets that names none."""
    resolutions: Sequence[str]
    """Likewise, in the words that prices go by: `720p`, `4K`."""
    seconds: Sequence[int]
    """Whole seconds that it renders."""
    default_seconds: int
    stretched: Mapping[int, int] = field(default_factory=dict)
    """Seconds that may be asked for and what is rendered then: the next longer clip there is."""
    seconds_at: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """The seconds of those resolutions that have fewer."""
    longest_prompt: int = 4_000
    """Characters."""
    image: bool = True
    """Whether it takes an image to begin with."""
    image_types: Sequence[str] = ("image/png", "image/jpeg")
    largest_image: int = 20 * 1024 * 1024
    """Bytes."""
    seed: int | None = None
    """The greatest seed; None where it takes none."""
    audio: bool = False
    """Whether it can make sound."""
    default_audio: bool = False
    negative_prompt: bool = False


@dataclass(frozen=True, slots=True)
class VideoImage:
    """The image that a video begins with."""

    media_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class VideoPlan:
    """A video to be rendered: a request checked against the rules of its model."""

    prompt: str = field(repr=False)
    aspect_ratio: str
    resolution: str
    """A member of the model's `resolutions`."""
    seconds: int
    """What is rendered."""
    seed: int | None = None
    audio: bool = False
    negative_prompt: str | None = field(default=None, repr=False)
    image: VideoImage | None = None


@dataclass(frozen=True, slots=True)
class Rendering:
    """The task is waiting or under way."""

    percent: int | None = None
    """How far it is, where the provider tells."""


@dataclass(frozen=True, slots=True)
class Result:
    """The task is done."""

    location: str | None = None
    """Where the file is, in the adapter's own words; None where it came in the answer itself."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The task came to nothing, and the provider charges nothing for it."""

    error: ProviderError


Looked: TypeAlias = Rendering | Result | Failed | ProviderError | Garbled
"""What an answer says of a task. A `ProviderError` is one about the question: ask again."""


class LinkInTask:
    """The part of a `VideoAdapter` whose task says itself where its file is."""

    __slots__ = ()

    def locate_request(self, location: str, access: Access) -> WireRequest | None:
        """Nothing has to be asked."""
        del location, access
        return None

    def located(self, body: bytes) -> str | ProviderError | Garbled:
        """Never asked."""
        del body
        return Garbled("nothing was asked")


class VideoAdapter(Protocol):
    """One provider's language for video."""

    @property
    def provider(self) -> str:
        """Its id in the catalogue."""
        ...

    @property
    def inline(self) -> bool:
        """Whether a file may come inside the answer about its task, as base64 in JSON."""
        ...

    def rules(self, model: Model) -> VideoRules:
        """What a model renders."""
        ...

    def submit_request(self, plan: VideoPlan, model: Model, access: Access) -> WireRequest:
        """Hands a task in."""
        ...

    def submitted(self, body: bytes) -> str | ProviderError | Garbled:
        """The reference of the task, out of an answer of status 200."""
        ...

    def look_request(self, reference: str, access: Access) -> WireRequest:
        """Asks how a task is doing."""
        ...

    def looked(self, body: bytes) -> Looked:
        """What the answer says; a file that came inside it has been taken out of `body`."""
        ...

    def locate_request(self, location: str, access: Access) -> WireRequest | None:
        """Asks for a link to the file; None where the location says it all."""
        ...

    def located(self, body: bytes) -> str | ProviderError | Garbled:
        """The location that the answer to `locate_request` names."""
        ...

    def fetch_request(self, location: str, access: Access) -> WireRequest:
        """Fetches the file."""
        ...

    def error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """The error in the body of an answer whose status is not 200, whatever its shape."""
        ...
