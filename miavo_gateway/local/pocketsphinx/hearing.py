"""PocketSphinx on samples: words and stretches of speech, and when they were said."""

from __future__ import annotations

import array
import re
from collections.abc import Iterable, Iterator
from typing import Any

from miavo_gateway.sound.formats import Pcm
from miavo_gateway.sound.transcription import Segment, Word

__all__ = ["PCM", "Decoder", "hear", "make_decoder", "parts", "segments_of"]

PCM = Pcm(16_000)
"""The samples that the model hears."""

Decoder = Any
"""`pocketsphinx.Decoder`; the package has no types."""

_FRAMES_A_SECOND = 100
_VARIANT = re.compile(r"\(\d+\)$")
_PAUSE = 0.7
"""Seconds of silence that part two segments."""
_SHORTEST, _LONGEST = 8, 20
"""Seconds of what is decoded in one go."""
_STEP = PCM.bytes_per_second // 10
"""A tenth of a second."""


def make_decoder() -> Decoder:
    """A decoder with the English model that the package carries; takes half a second."""
    import pocketsphinx

    return pocketsphinx.Decoder(samprate=PCM.rate, loglevel="FATAL")


def parts(samples: bytes) -> Iterator[tuple[float, bytes]]:
    """A recording cut where it is quietest, so that hardly a word is: seconds and samples."""
    at = 0
    while len(samples) - at > _LONGEST * PCM.bytes_per_second:
        first = at + _SHORTEST * PCM.bytes_per_second
        last = at + _LONGEST * PCM.bytes_per_second
        cut = min(range(first, last, _STEP), key=lambda start: _loudness(samples, start))
        cut += _STEP // 2
        yield at / PCM.bytes_per_second, samples[at:cut]
        at = cut
    yield at / PCM.bytes_per_second, samples[at:]


def hear(decoder: Decoder, samples: bytes) -> list[Word]:
    """The words in samples, with their seconds from the first.

    Takes a good part of the time that they sound.
    """
    # What the decoder learned of another's voice and room would tell in what it hears here.
    decoder.reinit_feat()
    decoder.start_utt()
    decoder.process_raw(samples, full_utt=True)
    decoder.end_utt()
    found = []
    for each in decoder.seg() or ():
        # `<s>`, `<sil>`, `[NOISE]` and `++UM++` are no words; `read(2)` is how `read` was said.
        if each.word[0] in "<[+":
            continue
        start = each.start_frame / _FRAMES_A_SECOND
        end = (each.end_frame + 1) / _FRAMES_A_SECOND
        found.append(Word(_VARIANT.sub("", each.word), round(start, 2), round(end, 2)))
    return found


def segments_of(words: Iterable[Word]) -> list[Segment]:
    """Stretches of speech, parted by pauses."""
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


def _loudness(samples: bytes, start: int) -> int:
    return sum(map(abs, array.array("h", samples[start : start + _STEP])))
