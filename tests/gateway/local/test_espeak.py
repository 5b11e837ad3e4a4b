"""eSpeak NG in this process: whole texts, the voices that there are, and nobody kept waiting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.local.espeak import EspeakEngine
from miavo_gateway.local.espeak.passages import passages
from miavo_gateway.sound.speech import Asked, Samples

SENTENCE = "The gate stands open tonight. "


@pytest.fixture
async def engine() -> AsyncIterator[EspeakEngine]:
    engine = EspeakEngine()
    yield engine
    await engine.close()


async def said(engine: EspeakEngine, text: str, voice: str | None = None) -> bytes:
    async with aclosing(engine.speak(Asked(text, voice))) as events:
        return b"".join([event.data async for event in events if isinstance(event, Samples)])


@given(st.text(alphabet="ab. !\n", max_size=300), st.integers(4, 40))
def test_passages_lose_no_word(text: str, longest: int) -> None:
    found = passages(text, longest)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(0 < len(passage) <= longest for passage in found)


async def test_a_long_text_is_said_whole(engine: EspeakEngine) -> None:
    once = len(await said(engine, SENTENCE))
    assert len(await said(engine, SENTENCE * 40)) > 38 * once
    with_nul, without = await said(engine, f"Hello\0 {SENTENCE}"), await said(engine, "Hello")
    assert len(with_nul) > len(without) + once // 2


async def test_a_caller_that_takes_nothing_keeps_nobody_waiting(engine: EspeakEngine) -> None:
    async with aclosing(engine.speak(Asked(SENTENCE * 300))) as slow:
        await anext(slow)
        await anext(slow)
        async with asyncio.timeout(20):
            assert await said(engine, SENTENCE)


async def test_voices_at_the_same_time_do_not_mix(engine: EspeakEngine) -> None:
    alone = {voice: await said(engine, SENTENCE * 30, voice) for voice in ("nova", "de", "fr+m3")}
    together = await asyncio.gather(*(said(engine, SENTENCE * 30, voice) for voice in alone))
    # The library's noise is never twice the same.
    expected = [pytest.approx(len(sound), rel=0.01) for sound in alone.values()]
    assert [len(sound) for sound in together] == expected


async def test_engines_of_one_process_share_the_library(engine: EspeakEngine) -> None:
    other = EspeakEngine()
    alone = {voice: len(await said(engine, SENTENCE * 30, voice)) for voice in ("nova", "fr+m3")}
    first, second = await asyncio.gather(
        said(engine, SENTENCE * 30, "nova"), said(other, SENTENCE * 30, "fr+m3")
    )
    assert len(first) == pytest.approx(alone["nova"], rel=0.01)
    assert len(second) == pytest.approx(alone["fr+m3"], rel=0.01)
    await other.close()


@pytest.mark.parametrize("voice", ["nobody", "de+nobody", "+f2", "de+../../x"])
async def test_a_voice_that_there_is_none_of_is_refused(engine: EspeakEngine, voice: str) -> None:
    with pytest.raises(InvalidRequest, match="alloy") as refused:
        await said(engine, "Hello", voice)
    assert refused.value.param == "voice"
