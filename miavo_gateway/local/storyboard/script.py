"""What a storyboard shows: the prompt cut into scenes, each with its caption and its colours."""

from __future__ import annotations

import colorsys
import hashlib
import random
import re
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Scene", "Script", "write_script"]

_MOST_SCENES = 8
_SECONDS_A_SCENE = 2.0
_LONGEST_CAPTION = 160
_BREAK = re.compile(r"[,.;]?\s+(?:and\s+)?(?:then|while|as)\s+|(?<=[.!?;:])\s+|,\s+", re.IGNORECASE)
_SPACE = re.compile(r"\s+")

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture of the storyboard, which moves a little."""

    caption: str
    sky: Colour
    ground: Colour
    light: Colour
    motif: int
    """Which of the drawings moves in it, from 0."""
    drift: int
    """Which way the camera moves: -1 or 1."""
    seed: int


@dataclass(frozen=True, slots=True)
class Script:
    """A storyboard."""

    title: str
    scenes: tuple[Scene, ...]
    seed: int


def write_script(prompt: str, seconds: float, seed: int | None) -> Script:
    """A storyboard for a prompt; the same seed makes the same.

    Args:
        prompt: what was asked for.
        seconds: how long it runs: each scene has two seconds at least.
        seed: None takes one from the prompt.
    """
    text = _SPACE.sub(" ", prompt).strip()
    if seed is None:
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])
    chance = random.Random(seed)
    most = max(1, min(_MOST_SCENES, int(seconds / _SECONDS_A_SCENE) - 1))
    captions = _captions(text, most)
    hue = chance.random()
    scenes = []
    for number, caption in enumerate(captions):
        here = (hue + number * 0.11 + chance.uniform(-0.02, 0.02)) % 1.0
        scenes.append(
            Scene(
                caption=caption,
                sky=_colour(here, 0.45, 0.30),
                ground=_colour(here + 0.08, 0.55, 0.14),
                light=_colour(here + 0.5, 0.35, 0.95),
                motif=chance.randrange(4),
                drift=chance.choice((-1, 1)),
                seed=chance.getrandbits(32),
            )
        )
    return Script(text, tuple(scenes), seed)


def _captions(text: str, most: int) -> list[str]:
    pieces = [
        piece.strip(" ,.;:") for piece in _BREAK.split(text) if piece and piece.strip(" ,.;:")
    ]
    if not pieces:
        return ["…"]
    while len(pieces) > most:
        # The shortest two neighbours become one.
        lengths = [len(a) + len(b) for a, b in pairwise(pieces)]
        at = lengths.index(min(lengths))
        pieces[at : at + 2] = [f"{pieces[at]}, {pieces[at + 1]}"]
    return [_shortened(piece) for piece in pieces]


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_CAPTION else text[: _LONGEST_CAPTION - 1].rstrip() + "…"


def _colour(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)
