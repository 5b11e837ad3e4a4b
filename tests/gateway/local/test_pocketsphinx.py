"""PocketSphinx in this process: long recordings, any format, and an end when the caller is gone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.local.espeak import EspeakEngine
from miavo_gateway.local.pocketsphinx import PocketSphinxEngine
from miavo_gateway.local.pocketsphinx.hearing import PCM, parts
from miavo_gateway.sound.encoder import encoder
from miavo_gateway.sound.formats import Pcm, SoundFormat
from miavo_gateway.sound.speech import Asked, Samples
from miavo_gateway.sound.transcription import Heard, Transcript, whole

NUMBERS = "one two three four five six seven. "


@pytest.fixture
async def engine() -> AsyncIterator[PocketSphinxEngine]:
    engine = PocketSphinxEngine()
    yield engine
    await engine.close()


async def recording(text: str, wanted: SoundFormat, voice: str = "alloy") -> bytes:
    speaker = EspeakEngine()
    writer = encoder(wanted, Pcm(22_050))
    async with aclosing(speaker.speak(Asked(text, voice))) as events:
        sound = [writer.feed(event.data) async for event in events if isinstance(event, Samples)]
    await speaker.close()
    return b"".join([*sound, writer.finish()])


def test_a_recording_is_cut_where_it_is_quiet() -> None:
    second = b"\x00\x10" * PCM.rate
    sound = second * 12 + bytes(PCM.bytes_per_second // 2) + second * 20
    found = list(parts(sound))
    assert b"".join(samples for _, samples in found) == sound
    assert 12 <= found[1][0] <= 12.5
    assert all(len(samples) <= 20 * PCM.bytes_per_second for _, samples in found)
    assert list(parts(b"")) == [(0, b"")]


async def test_what_was_heard_before_changes_nothing(engine: PocketSphinxEngine) -> None:
    flac = await recording(NUMBERS, SoundFormat.FLAC)
    first = await whole(engine, Heard(flac, "a.flac"))
    await whole(engine, Heard(await recording("Whisper.", SoundFormat.OPUS, "shimmer"), "b.ogg"))
    assert await whole(engine, Heard(flac, "a.flac")) == first
    assert len(set(first.text.split()) & set(NUMBERS.rstrip(". ").split())) >= 5, first.text
    ends = [word.end for word in first.words]
    assert ends == sorted(ends)
    assert ends[-1] <= first.seconds + 0.1


async def test_hearing_stops_when_nobody_waits_for_it(engine: PocketSphinxEngine) -> None:
    long = Heard(await recording(NUMBERS * 60, SoundFormat.WAV), "long.wav")
    short = Heard(await recording("Two.", SoundFormat.WAV), "short.wav")
    await whole(engine, short)
    hearing = asyncio.create_task(whole(engine, long))
    await whole(engine, short)
    assert not hearing.done(), "a short recording has its turn between the parts of a long one"
    hearing.cancel()
    async with asyncio.timeout(20):  # three minutes of speech take more than this
        await whole(engine, short)


async def test_a_long_recording_is_told_as_it_is_heard(engine: PocketSphinxEngine) -> None:
    opus = await recording(NUMBERS * 9, SoundFormat.OPUS)
    async with aclosing(engine.hear(Heard(opus, "a.opus"))) as events:
        *pieces, last = [event async for event in events]
    assert isinstance(last, Transcript)
    assert len(pieces) > 1
    assert "".join(map(str, pieces)) == last.text


async def test_the_loop_goes_on_while_it_hears(engine: PocketSphinxEngine) -> None:
    wav = await recording(NUMBERS * 3, SoundFormat.WAV)
    hearing = asyncio.create_task(whole(engine, Heard(wav, "a.wav")))
    longest = 0.0
    while not hearing.done():
        began = time.monotonic()
        await asyncio.sleep(0.01)
        longest = max(longest, time.monotonic() - began)
    assert (await hearing).text
    # The decoder takes seconds for this, in one go.
    assert longest < 1


async def test_a_process_that_was_killed_is_followed_by_another(
    engine: PocketSphinxEngine,
) -> None:
    flac = Heard(await recording(NUMBERS, SoundFormat.FLAC), "a.flac")
    first = await whole(engine, flac)
    process = engine._process._process
    assert process is not None
    process.kill()
    process.wait()
    assert await whole(engine, flac) == first


async def test_other_languages_and_endless_recordings_are_refused(
    engine: PocketSphinxEngine,
) -> None:
    flac = await recording("Hello.", SoundFormat.FLAC)
    with pytest.raises(InvalidRequest) as refused:
        await whole(engine, Heard(flac, "a.flac", language="fr"))
    assert refused.value.param == "language"
    writer = encoder(SoundFormat.FLAC, Pcm(8_000))
    silence = writer.feed(bytes(2 * 8_000 * 601)) + writer.finish()
    with pytest.raises(InvalidRequest, match="longer") as refused:
        await whole(engine, Heard(silence, "a.flac"))
    assert refused.value.param == "file"
