"""A soft chord under each scene."""

from __future__ import annotations

import math
import random
from array import array

__all__ = ["compose"]

_SCALE = (0, 2, 4, 7, 9, 12, 14, 16)
_LOUDNESS = 3_200
"""Of 32,767: it stays in the background."""


def compose(seconds: float, scenes: int, seed: int, rate: int) -> bytes:
    """16-bit samples of one channel, in the machine's byte order.

    Args:
        seconds: how long.
        scenes: how many chords.
        seed: which ones.
        rate: samples a second.
    """
    chance = random.Random(seed)
    root = 110.0 * 2 ** (chance.randrange(0, 6) / 12)
    samples = array("h")
    total = round(seconds * rate)
    scenes = max(1, scenes)
    for scene in range(scenes):
        count = total * (scene + 1) // scenes - total * scene // scenes
        steps = sorted(chance.sample(_SCALE, 3))
        pitches = [math.tau * root * 2 ** (step / 12) / rate for step in steps]
        fade = max(1, min(rate // 2, count // 3))
        for at in range(count):
            swell = min(1.0, at / fade, (count - at) / fade)
            wave = sum(math.sin(pitch * at) for pitch in pitches)
            samples.append(int(_LOUDNESS * swell * wave / 3))
    return samples.tobytes()
