"""Audio on its way between a client's format and a provider's, piece by piece.

Importing PyAV takes a while, so that is done by the first session that needs it.
"""

from __future__ import annotations

import base64
import binascii
import struct
from typing import TYPE_CHECKING, Any

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.schema.realtime import PCM_RATE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from av.audio.frame import AudioFrame

__all__ = ["BYTES_PER_SAMPLE", "Recoder", "decoded", "rate_of", "wav"]

BYTES_PER_SAMPLE = 2
"""Of PCM; all of it has one channel."""
_PCM = "audio/pcm"
_CODECS = {"audio/pcmu": "pcm_mulaw", "audio/pcma": "pcm_alaw"}
_TELEPHONE_RATE = 8_000


def rate_of(kind: str) -> int:
    """Samples a second of a format of OpenAI's."""
    return PCM_RATE if kind == _PCM else _TELEPHONE_RATE


def decoded(audio: str, param: str = "audio") -> bytes:
    """The bytes of base64.

    Raises:
        InvalidRequest: it is none.
    """
    try:
        return base64.b64decode(audio, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidRequest(f"'{param}' is not valid base64.", param=param) from None


def wav(pcm: bytes, rate: int) -> bytes:
    """PCM with the header of a WAV file before it."""
    return b"".join(
        (
            struct.pack("<4sI4s4sI", b"RIFF", 36 + len(pcm), b"WAVE", b"fmt ", 16),
            struct.pack("<HHIIHH", 1, 1, rate, rate * BYTES_PER_SAMPLE, BYTES_PER_SAMPLE, 16),
            struct.pack("<4sI", b"data", len(pcm)),
            pcm,
        )
    )


class Recoder:
    """Writes a stream of audio anew; what it has heard decides how it goes on."""

    def __init__(self, source: str, source_rate: int, target: str, target_rate: int) -> None:
        """A fresh stream.

        Args:
            source: the format of what comes, in OpenAI's words.
            source_rate: its samples a second.
            target: the format to be written.
            target_rate: its samples a second.
        """
        self._same = source == target and source_rate == target_rate
        self._rest = b""
        self._source_rate = source_rate
        if self._same:
            return
        import av

        self._av = av
        self._decoder: Any = None
        self._encoder: Any = None
        self._resampler: Any = None
        if source in _CODECS:
            self._decoder = av.AudioCodecContext.create(_CODECS[source], "r")
            self._decoder.sample_rate = source_rate
            self._decoder.layout = "mono"
        if target in _CODECS:
            self._encoder = av.AudioCodecContext.create(_CODECS[target], "w")
            self._encoder.sample_rate = target_rate
            self._encoder.layout = "mono"
            self._encoder.format = "s16"
        if source_rate != target_rate:
            self._resampler = av.AudioResampler(format="s16", layout="mono", rate=target_rate)

    def feed(self, data: bytes) -> bytes:
        """More of the stream; what comes out may lag a few samples behind."""
        if self._same or not data:
            return data
        frames = self._frames(data)
        if self._resampler is not None:
            frames = [each for frame in frames for each in self._resampler.resample(frame)]
        if self._encoder is not None:
            return b"".join(
                bytes(packet) for frame in frames for packet in self._encoder.encode(frame)
            )
        return b"".join(_samples(frame) for frame in frames)

    def _frames(self, data: bytes) -> Iterable[AudioFrame]:
        if self._decoder is not None:
            decoded_frames: list[AudioFrame] = self._decoder.decode(self._av.Packet(data))
            return decoded_frames
        data = self._rest + data
        # Half a sample waits for its other half.
        whole = len(data) - len(data) % BYTES_PER_SAMPLE
        self._rest = data[whole:]
        if not whole:
            return ()
        frame = self._av.AudioFrame(format="s16", layout="mono", samples=whole // BYTES_PER_SAMPLE)
        frame.sample_rate = self._source_rate
        frame.planes[0].update(_padded(data[:whole], frame.planes[0].buffer_size))
        return (frame,)


def _padded(data: bytes, size: int) -> bytes:
    return data.ljust(size, b"\0")


def _samples(frame: AudioFrame) -> bytes:
    return bytes(frame.planes[0])[: frame.samples * BYTES_PER_SAMPLE]
