"""PocketSphinx on samples: stretches of speech, their words, and when they were said."""

from __future__ import annotations

import re
from typing import Any

from miavo_gateway.sound.formats import Pcm
from miavo_gateway.sound.transcription import Segment, Word

__all__ = ["PCM", "Decoder", "hear", "make_decoder"]

PCM = Pcm(16_000)
"""The samples that the model hears."""

Decoder = Any
"""`pocketsphinx.Decoder`; the package has no types."""

_FRAMES_A_SECOND = 100
_VARIANT = re.compile(r"\(\d+\)$")
_PAUSE = 0.7
"""Seconds of silence that part two segments."""
_LONGEST = 20.0
"""Seconds of a segment: what is decoded in one go."""


def make_decoder() -> Decoder:
    """A decoder with the English model that the package carries; takes half a second."""
    import pocketsphinx

    return pocketsphinx.Decoder(samprate=PCM.rate, loglevel="FATAL")


def hear(decoder: Decoder, samples: bytes) -> tuple[list[Segment], list[Word]]:
    """What is said in samples; takes a good part of the time that they sound."""
    segments: list[Segment] = []
    words: list[Word] = []
    size = int(_LONGEST * PCM.bytes_per_second)
    for start in range(0, len(samples), size):
        part = samples[start : start + size]
        found = _words(decoder, part, start / PCM.bytes_per_second)
        words += found
        segments += _segments(found)
    return segments, words


def _words(decoder: Decoder, samples: bytes, at: float) -> list[Word]:
    decoder.start_utt()
    decoder.process_raw(samples, full_utt=True)
    decoder.end_utt()
    found = []
    for each in decoder.seg() or ():
        # `<s>`, `<sil>`, `[NOISE]` and `++UM++` are no words; `read(2)` is how `read` was said.
        if each.word[0] in "<[+":
            continue
        start = at + each.start_frame / _FRAMES_A_SECOND
        end = at + (each.end_frame + 1) / _FRAMES_A_SECOND
        found.append(Word(_VARIANT.sub("", each.word), round(start, 2), round(end, 2)))
    return found


def _segments(words: list[Word]) -> list[Segment]:
    groups: list[list[Word]] = []
    for word in words:
        if groups and word.start - groups[-1][-1].end < _PAUSE:
            groups[-1].append(word)
        else:
            groups.append([word])
    return [
        Segment(" ".join(word.text for word in group), group[0].start, group[-1].end)
        for group in groups
    ]
