"""The one shape of a simulated session: frames in, frames out, and the pace left to the server."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Frame", "Outbox", "Talk"]


@dataclass(frozen=True, slots=True)
class Frame:
    """A message, or the end of the socket."""

    data: str | bytes = ""
    tokens: int = 0
    """Output tokens in it, by which it is paced."""
    close: int | None = None
    """A close code, in place of a message; `data` is the reason then."""
    ends_reply: bool = False
    """Whether the reply that it belongs to is over with it."""


class Talk(Protocol):
    """One socket."""

    def receive(self, data: str | bytes) -> None:
        """A message came."""
        ...

    def next(self) -> Frame | None:
        """What is to be sent next; None until something comes."""
        ...

    def malformed(self) -> str | bytes:
        """A message that breaks the provider's format."""
        ...

    def error(self, message: str) -> Frame:
        """The provider's way to tell of an error of its own."""
        ...


class Outbox:
    """What waits to be sent. A reply waits whole, so it can be broken off where it has come to."""

    def __init__(self) -> None:
        self._frames: deque[tuple[Frame, bool]] = deque()
        """Each with whether it belongs to a reply."""
        self.replying = False
        """Whether a reply has not been sent to its end."""

    def put(self, *frames: Frame) -> None:
        """Send these after what waits already."""
        self._frames.extend((frame, False) for frame in frames)

    def reply(self, frames: Iterable[Frame]) -> None:
        """Send a reply; its last frame says so."""
        self.replying = True
        self._frames.extend((frame, True) for frame in frames)

    def break_off(self) -> None:
        """Send no more of the reply; what else waits goes out all the same."""
        self._frames = deque(each for each in self._frames if not each[1])
        self.replying = False

    def next(self) -> Frame | None:
        """See `Talk`."""
        if not self._frames:
            return None
        frame, _ = self._frames.popleft()
        if frame.ends_reply:
            self.replying = False
        return frame
