"""Samples into a format, piece by piece, so that the first of it leaves early.

PyAV works in the thread that calls it: feed an encoder from a worker thread.
"""

from __future__ import annotations

import struct
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol

from miavo_gateway.sound.formats import OPENAI_PCM, Pcm, SoundFormat

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler

__all__ = ["SoundEncoder", "encoder"]

_UNKNOWN_SIZE = 0xFFFF_FFFF
"""What a WAV says whose end is not known yet; players read on to the end."""


class SoundEncoder(Protocol):
    """Takes samples, gives encoded bytes."""

    def feed(self, samples: bytes) -> bytes:
        """What these samples add; empty while the encoder gathers."""
        ...

    def finish(self) -> bytes:
        """What is left."""
        ...


def encoder(wanted: SoundFormat, source: Pcm) -> SoundEncoder:
    """What turns samples of a kind into a format."""
    if wanted is SoundFormat.WAV:
        return _Wav(source)
    if wanted is SoundFormat.PCM:
        return _As(OPENAI_PCM, source)
    return _Compressed(wanted, source)


class _Wav:
    """The samples as they are, behind a header (RIFF; Microsoft's multimedia standards, 1991)."""

    def __init__(self, source: Pcm) -> None:
        self._header = struct.pack(
            "<4sI4s4sIHHIIHH4sI",
            b"RIFF",
            _UNKNOWN_SIZE,
            b"WAVE",
            b"fmt ",
            16,
            1,
            source.channels,
            source.rate,
            source.bytes_per_second,
            source.channels * 2,
            16,
            b"data",
            _UNKNOWN_SIZE,
        )

    def feed(self, samples: bytes) -> bytes:
        header, self._header = self._header, b""
        return header + samples

    def finish(self) -> bytes:
        return self._header


class _Frames:
    """Cuts bytes into frames of whole samples."""

    def __init__(self, source: Pcm) -> None:
        self._source = source
        self._rest = b""
        self._at = 0

    def of(self, samples: bytes) -> AudioFrame | None:
        from av.audio.frame import AudioFrame

        source = self._source
        size = source.channels * 2
        whole = self._rest + samples
        cut = len(whole) - len(whole) % size
        self._rest = whole[cut:]
        if not cut:
            return None
        count = cut // size
        frame = AudioFrame(format="s16", layout=_layout(source), samples=count)
        frame.planes[0].update(whole[:cut].ljust(frame.planes[0].buffer_size, b"\0"))
        frame.sample_rate = source.rate
        frame.pts = self._at
        frame.time_base = Fraction(1, source.rate)
        self._at += count
        return frame


class _As:
    """Other samples: another rate, or one channel."""

    def __init__(self, wanted: Pcm, source: Pcm) -> None:
        self._same = wanted == source
        self._frames = _Frames(source)
        self._wanted = wanted
        self._resampler: AudioResampler | None = None

    def feed(self, samples: bytes) -> bytes:
        if self._same:
            return samples
        frame = self._frames.of(samples)
        return b"" if frame is None else self._resampled(frame)

    def finish(self) -> bytes:
        return b"" if self._resampler is None else self._resampled(None)

    def _resampled(self, frame: AudioFrame | None) -> bytes:
        from av.audio.resampler import AudioResampler

        if self._resampler is None:
            wanted = self._wanted
            self._resampler = AudioResampler("s16", _layout(wanted), wanted.rate)
        size = self._wanted.channels * 2
        return b"".join(
            bytes(each.planes[0])[: each.samples * size] for each in self._resampler.resample(frame)
        )


class _Sink:
    """Where PyAV writes to; it cannot seek, as what is written has left already."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._written.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken = b"".join(self._written)
        self._written.clear()
        return taken


_CODECS: dict[SoundFormat, tuple[str, str, dict[str, str]]] = {
    # Without its first frame of counts, which is written at the end into the beginning.
    SoundFormat.MP3: ("mp3", "libmp3lame", {"write_xing": "0", "id3v2_version": "0"}),
    SoundFormat.OPUS: ("ogg", "libopus", {"page_duration": "200000"}),
    SoundFormat.AAC: ("adts", "aac", {}),
    SoundFormat.FLAC: ("flac", "flac", {}),
}
"""PyAV's names: the container, the codec, the container's options."""
_OPUS_RATE = 48_000
_BITS = {
    (SoundFormat.MP3, 1): 64_000,
    (SoundFormat.MP3, 2): 192_000,
    (SoundFormat.AAC, 2): 192_000,
    (SoundFormat.OPUS, 2): 128_000,
}
"""Bits a second where a codec's own choice is too few: LAME halves a voice's, and a song that came
as MP3 is not to lose more."""


class _Compressed:
    """Through one of PyAV's codecs."""

    def __init__(self, wanted: SoundFormat, source: Pcm) -> None:
        import av

        container, codec, options = _CODECS[wanted]
        rate = _OPUS_RATE if wanted is SoundFormat.OPUS else source.rate
        self._frames = _Frames(source)
        self._sink = _Sink()
        self._output: Any = av.open(self._sink, "w", format=container, options=options)
        stream: Any = self._output.add_stream(codec, rate=rate, layout=_layout(source))
        if (bits := _BITS.get((wanted, source.channels))) is not None:
            stream.bit_rate = bits
        self._stream = stream

    def feed(self, samples: bytes) -> bytes:
        frame = self._frames.of(samples)
        if frame is not None:
            # The stream resamples and gathers what its codec wants.
            self._output.mux(self._stream.encode(frame))
        return self._sink.take()

    def finish(self) -> bytes:
        self._output.mux(self._stream.encode(None))
        self._output.close()
        return self._sink.take()


def _layout(of: Pcm) -> str:
    return "mono" if of.channels == 1 else "stereo"
