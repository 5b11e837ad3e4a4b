"""What sound may use at the least and at the most: what is held before any is made or heard."""

from __future__ import annotations

from miavo_gateway.catalogue import Kind, Model
from miavo_gateway.errors import InvalidRequest
from miavo_gateway.flow.pricing import cost_nano
from miavo_gateway.flow.ticket import HoldRange
from miavo_gateway.schema.chat import ChatCompletionRequest
from miavo_gateway.sound.speech import Asked
from miavo_gateway.sound.spoken_chat import last_text, recording_of
from miavo_gateway.usage import UsageBuckets

__all__ = [
    "TOKENS_PER_SECOND",
    "least_of_hearing",
    "least_of_speech",
    "most_of_hearing",
    "most_of_speech",
    "sound_hold",
]

_MOST_MS_PER_CHARACTER = 250
"""Slow speech takes a tenth of a second for a character; this is what is held for."""
TOKENS_PER_SECOND = 50
"""More than any provider counts for a second of sound, or for what is said in one."""
_LEAST_MS = 1_000
_LONGEST_SONG_MS = 300_000
_SPEAKS = (Kind.SPEECH, Kind.MUSIC)


def least_of_speech(asked: Asked) -> UsageBuckets:
    """What a text uses at the least: there has to be credit for it before anything is said."""
    return UsageBuckets(uncached_input=1, characters=len(asked.text), milliseconds=_LEAST_MS)


def most_of_speech(model: Model, asked: Asked) -> UsageBuckets:
    """What a text may use at the most: characters, tokens and seconds, for whichever is priced."""
    characters = len(asked.text)
    if model.kind is Kind.MUSIC:
        milliseconds = _LONGEST_SONG_MS
    else:
        milliseconds = round(characters * _MOST_MS_PER_CHARACTER / min(1.0, asked.speed)) + 1_000
    return UsageBuckets(
        uncached_input=characters + len(asked.instructions or ""),
        audio_output=milliseconds * TOKENS_PER_SECOND // 1_000,
        characters=characters,
        milliseconds=milliseconds,
    )


def least_of_hearing(milliseconds: int) -> UsageBuckets:
    """What a recording uses at the least: there has to be credit for it before it is heard."""
    return UsageBuckets(audio_input=1, milliseconds=milliseconds)


def most_of_hearing(milliseconds: int) -> UsageBuckets:
    """What a recording may use at the most: seconds and tokens, for whichever is priced."""
    tokens = milliseconds * TOKENS_PER_SECOND // 1_000
    return UsageBuckets(
        uncached_input=tokens, audio_input=tokens, output=tokens, milliseconds=milliseconds
    )


async def sound_hold(model: Model, request: ChatCompletionRequest) -> HoldRange | None:
    """What is held for a chat completion that is spoken, sung or written down from a recording.

    It goes by characters and seconds, which are no tokens of its prompt; None where tokens say it.

    What has no text or recording is held nothing for: its engine refuses it.
    """
    prices = model.prices
    if not prices.priced or model.kind not in (*_SPEAKS, Kind.TRANSCRIPTION):
        return None
    try:
        if model.kind in _SPEAKS:
            asked = Asked(last_text(request))
            least, most = least_of_speech(asked), most_of_speech(model, asked)
        else:
            _, milliseconds = await recording_of(request)
            least, most = least_of_hearing(milliseconds), most_of_hearing(milliseconds)
    except InvalidRequest:
        return None
    return HoldRange(least=cost_nano(prices, least) or 0, wanted=cost_nano(prices, most) or 0)
