"""Takes out of a streamed text what is not meant to be read: thoughts, markers, code fences.

What is split over pieces is held back until it can be told apart; `finish` gives the rest.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["FenceFilter", "Growing", "MarkerFilter", "Split", "ThoughtFilter"]

_OPEN, _CLOSE = "<think>", "</think>"
_FENCE = "```"
_TELLING = 4
"""So many characters do not begin the next piece as well by chance."""


class Split(NamedTuple):
    """A piece of text, told apart."""

    text: str
    thought: str = ""


class ThoughtFilter:
    """Tells `<think>…</think>` at the beginning of a reply from the rest of it.

    Tags further on are text: a reply may well be about them.
    """

    def __init__(self) -> None:
        self._held = ""
        self._state = "before"

    def feed(self, piece: str) -> Split:
        """What can be told of the text so far."""
        if self._state == "after":
            return Split(piece)
        held = self._held + piece
        thought = ""
        if self._state == "before":
            start = held.lstrip()
            if start.startswith(_OPEN):
                self._state, held = "in", start[len(_OPEN) :]
            elif _OPEN.startswith(start):
                self._held = held
                return Split("")
            else:
                self._state, self._held = "after", ""
                return Split(held)
        if self._state == "in":
            thought, closed, rest = held.partition(_CLOSE)
            if not closed:
                kept = _overlap(thought, _CLOSE)
                self._held = thought[len(thought) - kept :]
                return Split("", thought[: len(thought) - kept])
            self._state, held = "gap", rest
        self._held = ""
        text = held.lstrip()  # The blank lines between a thought and the reply.
        if text:
            self._state = "after"
        return Split(text, thought)

    def finish(self) -> Split:
        """What was held back."""
        held, self._held = self._held, ""
        return Split("", held) if self._state == "in" else Split(held)


class MarkerFilter:
    """Takes markers out, wherever they are."""

    def __init__(self, markers: tuple[str, ...]) -> None:
        self._markers = markers
        self._held = ""

    def feed(self, piece: str) -> str:
        """The text so far without its markers."""
        text = self._held + piece
        for marker in self._markers:
            text = text.replace(marker, "")
        kept = max(_overlap(text, marker) for marker in self._markers)
        self._held = text[len(text) - kept :]
        return text[: len(text) - kept]

    def finish(self) -> str:
        """What was held back."""
        held, self._held = self._held, ""
        return held


class FenceFilter:
    """Takes off the code fence that a model likes to put around JSON."""

    def __init__(self) -> None:
        self._held = ""
        self._state = "before"

    def feed(self, piece: str) -> str:
        """The text so far without its fence."""
        if self._state == "plain":
            return piece
        text = self._held + piece
        self._held = ""
        if self._state == "before":
            start = text.lstrip()
            if not start.startswith(_FENCE):
                if _FENCE.startswith(start):
                    self._held = text
                    return ""
                self._state = "plain"
                return start
            _, line_end, text = start.partition("\n")
            if not line_end:
                self._held = start
                return ""
            self._state = "fenced"
        # Held back: what may be the closing fence, with the white space around it.
        body, fence, after = text.rpartition(_FENCE)
        if fence and not after.strip():
            kept = len(fence + after) + len(body) - len(body.rstrip())
        else:
            kept = len(text) - len(text.rstrip("`").rstrip())
        self._held = text[len(text) - kept :]
        return text[: len(text) - kept]

    def finish(self) -> str:
        """What was held back, unless it is the closing fence."""
        held, self._held = self._held, ""
        if self._state == "before":  # A fence without a line of its own.
            return held.strip().strip("`").removeprefix("json").strip()
        return held if held.strip().strip("`") else ""


class Growing:
    """Reads a text that comes in pieces, or, at the whim of a server, all anew in each piece.

    MiniMax' own sample takes each piece for all of the text so far; other clients of it take
    pieces for pieces. Two pieces in a row that begin with all that came before tell; blanks at
    the very beginning are left out, as they would tell nothing.
    """

    def __init__(self) -> None:
        self._so_far = ""
        self._doubtful: str | None = None
        """A second piece that may be the text anew, held back until the third."""
        self._anew: bool | None = None

    def feed(self, piece: str) -> str:
        """What is new in a piece."""
        if self._anew is False:
            return piece
        piece = piece.lstrip() if not self._so_far or self._anew else piece
        if not self._so_far:
            self._so_far = piece
            return piece
        if self._doubtful is not None:
            return self._decided(piece)
        again = piece.lstrip()
        grown = len(again) > len(self._so_far) and again.startswith(self._so_far)
        if self._anew:
            return self._new_of(piece)
        if grown:
            self._doubtful = piece
            return ""
        self._anew = False
        return piece

    def finish(self) -> str:
        """What was held back."""
        held, self._doubtful = self._doubtful, None
        if held is None:
            return ""
        return held.lstrip()[len(self._so_far) :] if len(self._so_far) >= _TELLING else held

    def _decided(self, piece: str) -> str:
        held, self._doubtful = self._doubtful or "", None
        self._anew = piece.lstrip().startswith(held.lstrip())
        return self._new_of(piece.lstrip()) if self._anew else held + piece

    def _new_of(self, text: str) -> str:
        known = self._so_far
        if not text.startswith(known):
            self._so_far += text
            return text
        self._so_far = text
        return text[len(known) :]


def _overlap(text: str, tag: str) -> int:
    """How many characters at the end of a text may be the beginning of a tag."""
    start = text.find(tag[0], max(0, len(text) - len(tag) + 1))
    while start != -1:
        if tag.startswith(text[start:]):
            return len(text) - start
        start = text.find(tag[0], start + 1)
    return 0
