"""Which font shows a text: the one that comes along, or one of the system's for other scripts."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from font_source_sans_pro import SourceSansPro
from PIL import ImageFont

__all__ = ["font_for"]

_OF_THE_SYSTEM = (
    # Linux
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/TTF/DejaVuSans.ttf",
    # macOS
    "/System/Library/Fonts/PingFang.ttc",
    "/System/Library/Fonts/Hiragino Sans GB.ttc",
    "/System/Library/Fonts/AppleSDGothicNeo.ttc",
    "/Library/Fonts/Arial Unicode.ttf",
    # Windows
    "C:/Windows/Fonts/msyh.ttc",
    "C:/Windows/Fonts/malgun.ttf",
    "C:/Windows/Fonts/segoeui.ttf",
)
"""Fonts for scripts that the first one lacks, where systems usually have them."""
_NO_CHARACTER = "\uffff"
_PROBE_SIZE = 24


def font_for(text: str, size: int) -> ImageFont.FreeTypeFont:
    """The font that shows the most of a text.

    Args:
        text: what is to be shown.
        size: the height of its letters, in pixels.
    """
    wanted = frozenset(text) - {" "}
    return _font(_best(wanted), max(10, size))


@cache
def _best(wanted: frozenset[str]) -> str:
    lacks = _lacking(SourceSansPro, wanted)
    best: str = SourceSansPro
    for path in _OF_THE_SYSTEM:
        if not lacks:
            break
        if Path(path).is_file() and (fewer := _lacking(path, wanted)) < lacks:
            best, lacks = path, fewer
    return best


def _lacking(path: str, wanted: frozenset[str]) -> int:
    """How many characters a font has no picture of."""
    try:
        font = _font(path, _PROBE_SIZE)
    except OSError:
        return len(wanted)
    unknown = bytes(font.getmask(_NO_CHARACTER))
    return sum(bytes(font.getmask(character)) == unknown for character in wanted)


@cache
def _font(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)
