"""Long texts in passages, so that the first sounds early and none keeps the voice for long."""

from __future__ import annotations

import re

__all__ = ["passages"]

_LONGEST = 400
"""Characters: some 25 seconds of speech, which eSpeak NG makes in a few hundredths of one."""
_SENTENCE = re.compile(r"[.!?…][\"'”’)\]]*\s+|[。！？]|\n+")  # noqa: RUF001  as Chinese has them
_GAP = re.compile(r"\s+")


def passages(text: str, longest: int = _LONGEST) -> list[str]:
    """A text cut at the ends of sentences, else between words, else anywhere; nothing is lost."""
    found: list[str] = []
    at = 0
    while len(text) - at > longest:
        cut = _cut(text[at : at + longest])
        found.append(text[at : at + cut])
        at += cut
    found.append(text[at:])
    return [passage for passage in found if passage.strip()]


def _cut(window: str) -> int:
    # A sentence's end in the first part would leave the voice too little to go on.
    for ends in (_SENTENCE, _GAP):
        last = max((each.end() for each in ends.finditer(window)), default=0)
        if last > len(window) // 4:
            return last
    return len(window)
