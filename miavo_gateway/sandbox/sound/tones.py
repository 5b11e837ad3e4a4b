"""The voice of the sandbox: a tone for each word, so that nobody takes it for a provider's."""

from __future__ import annotations

import array
import math
from functools import cache

from miavo_gateway.sound.encoder import encoder
from miavo_gateway.sound.formats import Pcm, SoundFormat

__all__ = ["sing", "speak"]

_MS_PER_CHARACTER = 60
_PAUSE_MS = 60
_LONGEST_MS = 60_000
_LOUDNESS = 7_000
_NOTES = (262, 294, 330, 349, 392, 440, 494)
"""Hertz."""


def speak(text: str, rate: int, speed: float = 1.0) -> list[bytes]:
    """A tone and a pause for each word, as samples of 16 bits, a minute at the most."""
    spoken: list[bytes] = []
    left = _LONGEST_MS
    for number, word in enumerate(text.split() or [text]):
        ms = min(left, max(40, round(len(word) * _MS_PER_CHARACTER / speed)))
        if ms <= 0:
            break
        left -= ms + _PAUSE_MS
        spoken.append(
            _tone(_NOTES[number % len(_NOTES)], ms, rate) + bytes(2 * rate * _PAUSE_MS // 1_000)
        )
    return spoken


def sing(text: str) -> bytes:
    """A tune of a note for each word, as MP3."""
    writer = encoder(SoundFormat.MP3, Pcm(44_100))
    notes = b"".join(speak(text, 44_100, 0.5))
    return writer.feed(notes) + writer.finish()


@cache
def _tone(hertz: int, ms: int, rate: int) -> bytes:
    count = rate * ms // 1_000
    step = 2 * math.pi * hertz / rate
    samples = (round(_LOUDNESS * math.sin(number * step)) for number in range(count))
    return array.array("h", samples).tobytes()
