"""What a video model renders, as the gateway tells of it."""

from __future__ import annotations

from dataclasses import dataclass

from miavo_tui import json_fields
from miavo_tui.json_fields import JsonObject
from miavo_tui.plain_text import printable_line

__all__ = ["Renders"]


@dataclass(frozen=True, slots=True)
class Renders:
    """Anything else is refused. The first of a list is what is rendered if nothing is said."""

    aspect_ratios: tuple[str, ...]
    resolutions: tuple[str, ...]
    seconds: tuple[int, ...]
    default_seconds: int
    image: bool
    """Whether a video may begin with one."""
    audio: bool
    seed: bool
    negative_prompt: bool

    @classmethod
    def from_json(cls, data: JsonObject) -> Renders:
        """Reads a model's `renders`."""
        return cls(
            aspect_ratios=_texts(data, "aspect_ratios"),
            resolutions=_texts(data, "resolutions"),
            seconds=tuple(
                each for each in json_fields.field(data, "seconds", list) if isinstance(each, int)
            ),
            default_seconds=json_fields.field(data, "default_seconds", int),
            image=json_fields.field(data, "image", bool),
            audio=json_fields.field(data, "audio", bool),
            seed=json_fields.optional(data, "greatest_seed", int) is not None,
            negative_prompt=json_fields.field(data, "negative_prompt", bool),
        )


def _texts(data: JsonObject, name: str) -> tuple[str, ...]:
    return tuple(printable_line(str(each)) for each in json_fields.field(data, name, list))
