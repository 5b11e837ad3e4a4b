"""Keeps a JSON object and drops the fence that a model may put around it."""

from __future__ import annotations

import re
from enum import Enum, auto

__all__ = ["JsonText"]

_OPENING = re.compile(r"\s*(?:```[a-zA-Z]*\s*)?(?=\{)")
_MAY_OPEN = re.compile(r"\s*(?:`{1,2}|```[a-zA-Z]*\s*)?")
_MARKS = re.compile(r'[{}\[\]"\\]')


class _State(Enum):
    BEFORE = auto()
    WITHIN = auto()
    AFTER = auto()
    AS_IT_IS = auto()
    """The text does not begin as JSON: it is given as it came."""


class JsonText:
    """Feed it a reply's text; it gives the first JSON object in it, as far as it has come."""

    def __init__(self) -> None:
        self._state = _State.BEFORE
        self._held = ""
        self._depth = 0
        self._in_string = False
        self._escaped = False

    def feed(self, text: str) -> str:
        """What of this text, and of what was held back, belongs to the object."""
        if self._state is _State.BEFORE:
            text, self._held = self._held + text, ""
            if opening := _OPENING.match(text):
                self._state = _State.WITHIN
                text = text[opening.end() :]
            elif _MAY_OPEN.fullmatch(text):
                self._held = text
                return ""
            else:
                self._state = _State.AS_IT_IS
        if self._state is _State.WITHIN:
            return self._within(text)
        return text if self._state is _State.AS_IT_IS else ""

    def finish(self) -> str:
        """What was held back and turned out to be no beginning of an object."""
        held, self._held = self._held, ""
        return held

    def _within(self, text: str) -> str:
        start = 0
        if self._escaped and text:
            self._escaped = False
            start = 1
        while mark := _MARKS.search(text, start):
            start = mark.end()
            sign = mark[0]
            if sign == '"':
                self._in_string = not self._in_string
            elif self._in_string:
                if sign == "\\":
                    self._escaped = start == len(text)
                    start += 1
            elif sign in "{[":
                self._depth += 1
            elif sign in "}]":
                self._depth -= 1
                if self._depth == 0:
                    self._state = _State.AFTER
                    return text[:start]
        return text
