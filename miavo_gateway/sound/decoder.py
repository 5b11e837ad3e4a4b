"""Recordings into samples. PyAV works in the thread that calls it: for a worker thread."""

from __future__ import annotations

import io
from dataclasses import dataclass
from itertools import chain

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.sound.formats import Pcm

__all__ = ["Recording", "decoded", "length_of"]


@dataclass(frozen=True, slots=True)
class Recording:
    """Samples, and how long they sound."""

    samples: bytes
    pcm: Pcm

    @property
    def milliseconds(self) -> int:
        """How long it sounds."""
        return self.pcm.milliseconds(len(self.samples))


def decoded(
    content: bytes, wanted: Pcm | None = None, *, most_seconds: float, param: str = "file"
) -> Recording:
    """The sound in a file.

    Args:
        content: the file, of any format that PyAV knows.
        wanted: the samples to make of it; those of the file if None, as mono or stereo.
        most_seconds: of sound that are taken.
        param: the field that an error names.

    Raises:
        InvalidRequest: it is no sound, or sounds for too long.
    """
    import av
    from av.audio.resampler import AudioResampler

    pieces: list[bytes] = []
    size = 0
    try:
        with av.open(io.BytesIO(content), "r") as container:
            if not container.streams.audio:
                raise InvalidRequest(f"'{param}': the file has no sound in it.", param=param)
            stream = container.streams.audio[0]
            pcm = wanted or Pcm(stream.rate, min(2, stream.channels))
            layout = "mono" if pcm.channels == 1 else "stereo"
            resampler = AudioResampler("s16", layout, pcm.rate)
            most = int(most_seconds * pcm.bytes_per_second)
            for frame in chain(container.decode(stream), (None,)):
                for each in resampler.resample(frame):
                    piece = bytes(each.planes[0])[: each.samples * pcm.channels * 2]
                    size += len(piece)
                    pieces.append(piece)
                if size > most:
                    raise InvalidRequest(
                        f"'{param}': the recording is longer than the {most_seconds:,.0f} seconds "
                        "that are taken.",
                        param=param,
                    )
    except av.FFmpegError:
        raise InvalidRequest(
            f"'{param}': this is no recording that can be decoded.", param=param
        ) from None
    return Recording(b"".join(pieces), pcm)


def length_of(content: bytes, *, param: str = "file") -> int:
    """How many milliseconds a recording sounds, as its container says or as its packets add up.

    Raises:
        InvalidRequest: it is no recording.
    """
    import av

    try:
        with av.open(io.BytesIO(content), "r") as container:
            if not container.streams.audio:
                raise InvalidRequest(f"'{param}': the file has no sound in it.", param=param)
            stream = container.streams.audio[0]
            if container.duration is not None and container.duration > 0:
                return round(container.duration * 1_000 / av.time_base)
            if stream.time_base is None:
                return 0
            ticks = sum(packet.duration or 0 for packet in container.demux(stream))
            return round(ticks * stream.time_base * 1_000)
    except av.FFmpegError:
        raise InvalidRequest(
            f"'{param}': this is no recording that can be decoded.", param=param
        ) from None
