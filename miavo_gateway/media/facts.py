"""What there is to know of a video file; apart from what finds it out, which is slow to import."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["NotAVideo", "VideoFacts"]


class NotAVideo(Exception):
    """The file is no video that a player would take; the message says why."""


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What there is to know of a video file."""

    milliseconds: int
    width: int
    height: int
    sound: bool
    """Whether it has a track of sound."""
    container: str
    """The container's name, such as `mp4` or `webm`."""
