"""Whether a file is a video that plays, and how long it is.

Importing this module loads PyAV: import it in a thread.
"""

from __future__ import annotations

from pathlib import Path

import av

from miavo_gateway.media.facts import NotAVideo, VideoFacts

__all__ = ["look_at_video"]

_MOST_MILLISECONDS = 3_600_000


def look_at_video(path: Path) -> VideoFacts:
    """Open a file, decode its first picture, and read its length.

    Raises:
        NotAVideo: it is none.
    """
    try:
        # A playlist could name other files and addresses: a file is opened as what it is alone.
        with av.open(str(path), options={"protocol_whitelist": "file"}) as container:
            if not container.streams.video:
                raise NotAVideo("it has no pictures")
            stream = container.streams.video[0]
            first = next(container.decode(stream), None)
            if first is None:
                raise NotAVideo("none of its pictures can be read")
            return VideoFacts(
                milliseconds=_length(container, stream),
                width=stream.width,
                height=stream.height,
                sound=bool(container.streams.audio),
                container=_named(container.format.name),
            )
    except (av.FFmpegError, OSError, ValueError) as error:
        raise NotAVideo(f"it cannot be read ({type(error).__name__})") from None


def _length(container: av.container.InputContainer, stream: av.VideoStream) -> int:
    """Milliseconds of pictures, which sound may outlast by a fraction of a second."""
    if stream.duration is not None and stream.time_base is not None:
        milliseconds = round(stream.duration * stream.time_base * 1_000)
    elif container.duration is not None:
        milliseconds = round(container.duration * 1_000 / av.time_base)
    else:
        raise NotAVideo("it does not say how long it is")
    if not 0 < milliseconds <= _MOST_MILLISECONDS:
        raise NotAVideo(f"it says that it is {milliseconds / 1_000:g} s long")
    return milliseconds


def _named(names: str) -> str:
    if "mp4" in names:
        return "mp4"
    return "webm" if "webm" in names else names.partition(",")[0]
