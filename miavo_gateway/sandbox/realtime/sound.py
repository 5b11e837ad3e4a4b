"""The sound of a simulated session: a hum for each word, and an ear for whether somebody speaks."""

from __future__ import annotations

import array
import math
from functools import cache

__all__ = ["MS_PER_TOKEN", "Ear", "hum", "milliseconds"]

MS_PER_TOKEN = 60
"""How long a token is spoken."""
_PERIOD = 60
"""Samples of a period: 400 Hz at 24 kHz."""
_LOUDNESS = 6_000
_LOUD = 500
"""The least peak that is taken for speech."""
_FRAME_MS = 20
_QUIET_MS = 500


@cache
def hum(ms: int, rate: int = 24_000) -> bytes:
    """A tone, as PCM of 16 bits."""
    period = array.array(
        "h", (round(_LOUDNESS * math.sin(2 * math.pi * n / _PERIOD)) for n in range(_PERIOD))
    ).tobytes()
    size = 2 * rate * ms // 1_000
    return (period * (size // len(period) + 1))[:size]


def milliseconds(pcm: bytes, rate: int) -> int:
    """How long PCM is."""
    return len(pcm) * 1_000 // (2 * rate)


class Ear:
    """Finds where speech begins and ends."""

    def __init__(self, rate: int, quiet_ms: int | None = None) -> None:
        """It has heard nothing.

        Args:
            rate: samples a second of what it will hear.
            quiet_ms: how long nobody speaks before speech has ended.
        """
        self._size = 2 * rate * _FRAME_MS // 1_000
        self._needed = quiet_ms or _QUIET_MS
        self._rest = b""
        self._at = 0
        self._quiet = 0
        self.speaking = False

    def hear(self, pcm: bytes) -> list[tuple[str, int]]:
        """More sound; "started" and "stopped" with milliseconds since the beginning."""
        found = []
        data = self._rest + pcm
        whole = len(data) - len(data) % self._size
        self._rest = data[whole:]
        for begin in range(0, whole, self._size):
            self._at += _FRAME_MS
            samples = array.array("h", data[begin : begin + self._size])
            loud = max(max(samples), -min(samples)) > _LOUD
            self._quiet = 0 if loud else self._quiet + _FRAME_MS
            if loud and not self.speaking:
                self.speaking = True
                found.append(("started", self._at - _FRAME_MS))
            elif self.speaking and self._quiet >= self._needed:
                self.speaking = False
                found.append(("stopped", self._at))
        return found
