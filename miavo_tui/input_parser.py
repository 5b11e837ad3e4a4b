"""Reading the terminal's input so that a paste stays in one piece and alt with a digit is a key.

Textual's parser takes an escape sequence inside a bracketed paste for keys: coloured text that is
pasted arrives in a wrong order, with keys pressed on the way. And it makes of alt and a digit, as
most terminals send them, the character of an American keyboard of macOS: of alt+4 a cent sign.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator

from textual import events
from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.message import Message

from miavo_tui.plain_text import pasted

__all__ = ["InputParser"]

_START, _END = BRACKETED_PASTE_START, BRACKETED_PASTE_END
_ALT_DIGITS = {f"\x1b{digit}": f"alt+{digit}" for digit in range(10)}


class InputParser(XTermParser):
    """Textual's parser, given a paste only when it is complete, as plain text; knows alt+digit."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._paste: str | None = None
        """What has arrived of a paste; None outside one."""
        self._last = ""
        """The last of what was parsed, which may be half of a paste's start."""

    def feed(self, data: str) -> Iterator[Message]:
        """Parses what has arrived, cut anywhere; empty data ends the input."""
        if not data:
            yield from super().feed(data)
        while data:
            data = yield from self._typed(data) if self._paste is None else self._pasted(data)

    def tick(self) -> Iterator[Message]:
        """Gives up on a sequence that does not go on: its start was keys after all."""
        for event in super().tick():
            self._last = ""
            yield event

    def _typed(self, data: str) -> Generator[Message, None, str]:
        """Parses up to where a paste begins; the rest."""
        known = len(self._last)
        both = self._last + data
        at = both.find(_START)
        if at < 0:
            self._last = both[-(len(_START) - 1) :]
            yield from super().feed(data)
            return ""
        end = at + len(_START)
        yield from super().feed(both[known:end])
        self._paste, self._last = "", ""
        return both[end:]

    def _pasted(self, data: str) -> Generator[Message, None, str]:
        """Collects up to where the paste ends; the rest."""
        assert self._paste is not None
        # The end may be cut in two: it is looked for in all of its length.
        searched_from = max(0, len(self._paste) - len(_END) + 1)
        self._paste += data
        at = self._paste.find(_END, searched_from)
        if at < 0:
            return ""
        text, rest = self._paste[:at], self._paste[at + len(_END) :]
        self._paste = None
        yield from super().feed(pasted(text) + _END)
        return rest

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        key = _ALT_DIGITS.get(sequence)
        if key is not None:
            return (events.Key(key, None),)
        return super()._sequence_to_key_events(sequence, alt)
