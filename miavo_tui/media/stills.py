"""Pictures out of a video, for a preview."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from miavo_tui.media.waveform import Unplayable

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["read_stills"]


def read_stills(path: Path, count: int, longest_side: int = 480) -> list[Image]:
    """So many pictures, spread evenly over a video. Takes a while: for a thread.

    Args:
        path: the video.
        count: how many; a short video may give fewer.
        longest_side: pixels that they are scaled down to.

    Raises:
        Unplayable: it has no pictures.
    """
    import av

    stills: list[Image] = []
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise Unplayable("The file has no pictures.")
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            length = container.duration or 0
            wanted = [length * number // count for number in range(count)]
            for frame in container.decode(stream):
                if not wanted:
                    break
                if frame.time is None or frame.time * av.time_base < wanted[0]:
                    continue
                while wanted and frame.time * av.time_base >= wanted[0]:
                    wanted.pop(0)
                picture = frame.to_image()  # type: ignore[no-untyped-call]
                picture.thumbnail((longest_side, longest_side))
                stills.append(picture)
    except av.FFmpegError as error:
        raise Unplayable(f"The file cannot be decoded: {error.strerror}.") from None
    if not stills:
        raise Unplayable("The file has no pictures.")
    return stills
