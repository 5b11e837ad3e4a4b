"""Pictures in a terminal, by the best way that this one is known to have."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual_image.widget import HalfcellImage, SixelImage, TGPImage

__all__ = ["picture_way", "picture_widget"]

_SIXEL_PROGRAMS = frozenset({"WezTerm", "iTerm.app"})


def picture_way(environ: Mapping[str, str]) -> str:
    """`kitty`, `sixel` or `halfcell`, which every terminal with colours has.

    A terminal could be asked, but only before the app reads its keys: that would hold up the first
    frame. tmux passes neither protocol on.
    """
    if environ.get("TMUX") or environ.get("STY"):
        return "halfcell"
    if environ.get("KITTY_WINDOW_ID"):
        return "kitty"
    if environ.get("TERM_PROGRAM") in _SIXEL_PROGRAMS or environ.get("TERM", "").startswith("foot"):
        return "sixel"
    return "halfcell"


def picture_widget() -> type[HalfcellImage | SixelImage | TGPImage]:
    """The class of widget that shows pictures here. Slow the first time: for a thread."""
    # On its import the library asks the terminal what it can do; the app would take the answer for
    # keys. With a standard output that is no terminal it does not ask.
    real = sys.__stdout__
    sys.__stdout__ = io.StringIO()  # type: ignore[misc, assignment]
    try:
        from textual_image.widget import HalfcellImage, SixelImage, TGPImage
    finally:
        sys.__stdout__ = real  # type: ignore[misc]
    ways: dict[str, type[HalfcellImage | SixelImage | TGPImage]] = {
        "kitty": TGPImage,
        "sixel": SixelImage,
    }
    return ways.get(picture_way(os.environ), HalfcellImage)
