"""How loud a recording is, moment by moment."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

__all__ = ["Unplayable", "Waveform", "read_waveform"]

_RATE = 8_000
_SLICE = 80
"""Samples that make one level: a hundredth of a second."""
_FULL = 32_768


class Unplayable(Exception):
    """A file has no sound or picture that can be decoded; the message says so to a person."""


@dataclass(frozen=True, slots=True)
class Waveform:
    """The loudest sample of each hundredth of a second, from 0 to 1."""

    levels: tuple[float, ...]
    seconds: float

    def columns(self, count: int) -> tuple[float, ...]:
        """The loudest level in each of so many equal parts."""
        if not self.levels or count <= 0:
            return ()
        total = len(self.levels)
        bounds = [number * total // count for number in range(count + 1)]
        return tuple(
            max(self.levels[start : max(end, start + 1)]) for start, end in pairwise(bounds)
        )


def read_waveform(path: Path) -> Waveform:
    """Decode a file's sound. Takes a while: for a thread.

    Raises:
        Unplayable: it has none.
    """
    import av
    from av.audio.resampler import AudioResampler

    levels: list[float] = []
    rest = array("h")
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise Unplayable("The file has no sound.")
            resampler = AudioResampler(format="s16", layout="mono", rate=_RATE)
            for frame in container.decode(container.streams.audio[0]):
                for mono in resampler.resample(frame):
                    rest.frombytes(bytes(mono.planes[0])[: mono.samples * 2])
                whole = len(rest) - len(rest) % _SLICE
                for start in range(0, whole, _SLICE):
                    part = rest[start : start + _SLICE]
                    levels.append(max(max(part), -min(part)) / _FULL)
                rest = rest[whole:]
    except av.FFmpegError as error:
        raise Unplayable(f"The file cannot be decoded: {error.strerror}.") from None
    if rest:
        levels.append(max(max(rest), -min(rest)) / _FULL)
    seconds = len(levels) * _SLICE / _RATE
    return Waveform(tuple(min(1.0, level) for level in levels), seconds)
