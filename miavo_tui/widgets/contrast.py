"""Whether a text can be read on its ground, whatever theme the two colours come from."""

from __future__ import annotations

from functools import cache

from rich.color import Color as RichColor
from textual.color import Color

__all__ = ["stands_out"]

_LEAST = 3.0


@cache
def stands_out(text: RichColor, ground: RichColor) -> bool:
    """Whether a text stands out from its ground: WCAG's contrast for large text, 3 to 1."""
    lighter, darker = sorted(
        (_luminance(Color.from_rich_color(each)) for each in (text, ground)), reverse=True
    )
    return (lighter + 0.05) / (darker + 0.05) >= _LEAST


def _luminance(color: Color) -> float:
    channels = (each / 255 for each in color.rgb)
    red, green, blue = (
        each / 12.92 if each <= 0.03928 else ((each + 0.055) / 1.055) ** 2.4 for each in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
