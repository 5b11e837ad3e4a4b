"""Samples come out of every format as they went in, however they were cut on the way."""

from __future__ import annotations

import math
import struct
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.sound.decoder import decoded, length_of
from miavo_gateway.sound.encoder import encoder
from miavo_gateway.sound.formats import OPENAI_PCM, Pcm, SoundFormat

SOURCE = Pcm(22_050)
TONE = b"".join(
    struct.pack("<h", round(12_000 * math.sin(number / SOURCE.rate * 2 * math.pi * 440)))
    for number in range(SOURCE.rate)
)
FILES = [each for each in SoundFormat if each is not SoundFormat.PCM]


def encoded(wanted: SoundFormat, pieces: list[bytes]) -> bytes:
    writer = encoder(wanted, SOURCE)
    return b"".join([*map(writer.feed, pieces), writer.finish()])


@pytest.mark.parametrize("wanted", FILES)
def test_a_second_of_sound_is_a_second_in_every_format(wanted: SoundFormat) -> None:
    file = encoded(wanted, [TONE[at : at + 4_097] for at in range(0, len(TONE), 4_097)])
    recording = decoded(file, most_seconds=10)
    # Codecs pad to whole frames.
    assert 1_000 <= recording.milliseconds < 1_120
    loudest = max(abs(sample) for (sample,) in struct.iter_unpack("<h", recording.samples))
    assert 10_000 < loudest < 14_000


def test_samples_for_openais_callers_have_the_rate_they_expect() -> None:
    assert len(encoded(SoundFormat.PCM, [TONE])) == pytest.approx(
        OPENAI_PCM.bytes_per_second, abs=100
    )


@settings(deadline=None, max_examples=30)
@given(cuts=st.lists(st.integers(0, len(TONE)), max_size=8))
def test_where_samples_are_cut_changes_nothing(cuts: list[int]) -> None:
    bounds = [0, *sorted(cuts), len(TONE)]
    pieces = [TONE[start:end] for start, end in pairwise(bounds)]
    assert decoded(encoded(SoundFormat.WAV, pieces), most_seconds=10).samples == TONE


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_recording_or_refused_and_nothing_else(content: bytes) -> None:
    for read in (lambda: decoded(content, most_seconds=10), lambda: length_of(content)):
        with suppress(InvalidRequest):
            read()


def test_a_text_is_no_recording() -> None:
    for read in (lambda: decoded(b"words", most_seconds=10), lambda: length_of(b"words")):
        with pytest.raises(InvalidRequest, match="file"):
            read()


def test_a_recording_that_is_too_long_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="longer"):
        decoded(encoded(SoundFormat.FLAC, [TONE] * 3), most_seconds=2)
