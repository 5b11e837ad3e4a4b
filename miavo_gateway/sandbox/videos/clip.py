"""The files that simulated video tasks come to: real ones, made in a moment."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["clip"]

_RATE = 6
"""Pictures a second: few, so that ten of them at once are no load."""
_BARS = (
    (192, 192, 192),
    (192, 192, 0),
    (0, 192, 192),
    (0, 192, 0),
    (192, 0, 192),
    (192, 0, 0),
    (0, 0, 192),
)


@lru_cache(maxsize=16)
def clip(width: int, height: int, seconds: int, *, audio: bool) -> bytes:
    """An MP4 of the colour bars of television, with a line that moves over them."""
    from miavo_gateway.media.clip import SAMPLE_RATE, write_clip

    target = io.BytesIO()
    write_clip(
        target,
        _pictures(width, height, seconds * _RATE),
        size=(width, height),
        rate=_RATE,
        sound=bytes(seconds * SAMPLE_RATE * 2) if audio else None,
        preset="ultrafast",
    )
    return target.getvalue()


def _pictures(width: int, height: int, count: int) -> Iterator[Image]:
    from PIL import Image, ImageDraw

    bars = Image.new("RGB", (width, height))
    pen = ImageDraw.Draw(bars)
    for number, colour in enumerate(_BARS):
        left, right = width * number // len(_BARS), width * (number + 1) // len(_BARS)
        pen.rectangle((left, 0, right, height), fill=colour)
    for number in range(count):
        picture = bars.copy()
        x = width * number // count
        ImageDraw.Draw(picture).rectangle((x, 0, x + width // 100, height), fill=(16, 16, 16))
        yield picture
