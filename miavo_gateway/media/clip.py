"""Writes an MP4 that every player takes: H.264 in yuv420p, and AAC where there is sound.

Importing this module loads PyAV, which takes a while: import it in a thread or in a process of its
own.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av
import av.container
from PIL import Image

__all__ = ["SAMPLE_RATE", "write_clip"]

SAMPLE_RATE = 24_000
"""Of the sound, in samples a second; one channel of 16 bits."""
_SAMPLES_A_FRAME = 1_024
_BYTES_A_SAMPLE = 2


def write_clip(
    target: Path | BinaryIO,
    frames: Iterable[Image.Image],
    *,
    size: tuple[int, int],
    rate: int,
    sound: bytes | None = None,
    preset: str = "veryfast",
) -> None:
    """Write a clip; the same frames and sound make the same bytes.

    Args:
        target: where it goes.
        frames: its pictures, each an RGB image of `size`.
        size: width and height in pixels, both even.
        rate: pictures a second.
        sound: 16-bit samples in the machine's byte order at `SAMPLE_RATE`; None for none.
        preset: x264's, from `ultrafast` to `veryslow`.
    """
    on_disk = isinstance(target, Path)
    # The index at the beginning lets a player start before it has the whole file; to put it there
    # the file is read again.
    options = {"movflags": "+faststart"} if on_disk else {}
    with av.open(
        str(target) if on_disk else target, "w", format="mp4", options=options
    ) as container:
        video = container.add_stream("libx264", rate=rate)
        video.width, video.height = size
        video.pix_fmt = "yuv420p"
        # One thread: what is rendered here must leave the rest of the machine alone.
        video.codec_context.thread_count = 1
        # With AVX-512, x264's macroblock tree reads beyond a width that is no multiple of 64: the
        # same frames became other bytes each time. Without it, 26 looks as 23 does with it.
        video.options = {"preset": preset, "crf": "26", "mbtree": "0"}
        audio = container.add_stream("aac", rate=SAMPLE_RATE, layout="mono") if sound else None
        for number, image in enumerate(frames):
            frame = av.VideoFrame.from_image(image)  # type: ignore[no-untyped-call]
            frame.pts, frame.time_base = number, Fraction(1, rate)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if audio is not None and sound is not None:
            for start in range(0, len(sound), _SAMPLES_A_FRAME * _BYTES_A_SAMPLE):
                piece = sound[start : start + _SAMPLES_A_FRAME * _BYTES_A_SAMPLE]
                heard = av.AudioFrame("s16", "mono", len(piece) // _BYTES_A_SAMPLE)
                heard.planes[0].update(piece.ljust(heard.planes[0].buffer_size, b"\0"))
                heard.sample_rate = SAMPLE_RATE
                heard.pts = start // _BYTES_A_SAMPLE
                heard.time_base = Fraction(1, SAMPLE_RATE)
                container.mux(audio.encode(heard))
            container.mux(audio.encode(None))
