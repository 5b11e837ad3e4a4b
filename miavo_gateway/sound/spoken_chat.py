"""Chat completions on models that speak or hear: the page gives an example of one for each."""

from __future__ import annotations

import asyncio
import base64
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace

from miavo_gateway.chat_events import Answering, ChatEvents, Counted, Piece, Sounding
from miavo_gateway.errors import InvalidRequest, MiavoError, NoUpstream
from miavo_gateway.remote_engine import RemoteEngine
from miavo_gateway.schema.chat import AudioPart, ChatCompletionRequest, TextPart, UserMessage
from miavo_gateway.schema.chunk import AudioDelta, ChunkChoice, Delta
from miavo_gateway.sound.decoder import length_of
from miavo_gateway.sound.encoder import SoundEncoder, encoder
from miavo_gateway.sound.formats import Pcm, spoken_format
from miavo_gateway.sound.speech import Asked, Began, Samples, SpeechEngine
from miavo_gateway.sound.transcription import Heard, TranscriptionEngine, whole
from miavo_gateway.usage import UsageBuckets

__all__ = ["SpokenChat", "TranscribedChat", "last_text", "recording_of"]

_KEPT_SECONDS = 3_600


@dataclass(frozen=True, slots=True)
class SpokenChat(RemoteEngine):
    """Speaks the last text of the user, or sets it to music."""

    engine: SpeechEngine

    @property
    def obstacle(self) -> NoUpstream | None:
        """Why it cannot speak now; None if it can."""
        return _no_upstream(self.engine.obstacle)

    async def stream(self, request: ChatCompletionRequest) -> AsyncIterator[ChatEvents]:
        """The text and its sound; see `ChatEngine.stream`."""
        text = last_text(request)
        asked = Asked(text, request.audio.voice if request.audio else None)
        wanted = spoken_format(request)
        audio_id = "audio_" + secrets.token_hex(12)
        pcm = Pcm(1)
        writer: SoundEncoder | None = None
        size = 0
        used = UsageBuckets(characters=len(text))
        async with aclosing(self.engine.speak(asked)) as events:
            async for event in events:
                if isinstance(event, Began):
                    pcm = event.pcm
                    if request.stream:
                        writer = await asyncio.to_thread(encoder, wanted, pcm)
                    else:
                        # Pieces of a plain reply are samples: they are encoded when it is whole.
                        yield (Sounding(pcm),)
                    if event.simulated:
                        yield (Answering(simulated=True),)
                    first = Delta(
                        role="assistant",
                        content=text,
                        audio=AudioDelta(id=audio_id, transcript=text),
                    )
                    yield (Piece(ChunkChoice(delta=first)),)
                elif isinstance(event, Samples):
                    size += len(event.data)
                    used = replace(used, milliseconds=pcm.milliseconds(size))
                    sound = event.data
                    if writer is not None:
                        sound = await asyncio.to_thread(writer.feed, sound)
                    if sound:
                        yield (_sound_piece(sound), Counted(used))
                else:
                    counted = event.usage
                    used = replace(
                        counted, characters=used.characters, milliseconds=used.milliseconds
                    )
        if writer is not None and (sound := await asyncio.to_thread(writer.finish)):
            yield (_sound_piece(sound),)
        expires = AudioDelta(expires_at=int(time.time()) + _KEPT_SECONDS)
        yield (
            Piece(ChunkChoice(delta=Delta(audio=expires), finish_reason="stop")),
            Counted(used),
        )

    async def close(self) -> None:
        """Free what the engine has loaded."""
        await self.engine.close()


@dataclass(frozen=True, slots=True)
class TranscribedChat(RemoteEngine):
    """Writes down the recording that the user sent."""

    engine: TranscriptionEngine

    @property
    def obstacle(self) -> NoUpstream | None:
        """Why it cannot hear now; None if it can."""
        return _no_upstream(self.engine.obstacle)

    async def stream(self, request: ChatCompletionRequest) -> AsyncIterator[ChatEvents]:
        """The transcript; see `ChatEngine.stream`."""
        heard, milliseconds = await recording_of(request)
        transcript = await whole(self.engine, heard)
        milliseconds = round(transcript.seconds * 1_000) or milliseconds
        if transcript.simulated:
            yield (Answering(simulated=True),)
        delta = Delta(role="assistant", content=transcript.text)
        yield (
            Piece(ChunkChoice(delta=delta)),
            Piece(ChunkChoice(delta=Delta(), finish_reason="stop")),
            Counted(replace(transcript.usage, milliseconds=milliseconds)),
        )

    async def close(self) -> None:
        """Free what the engine has loaded."""
        await self.engine.close()


def _sound_piece(sound: bytes) -> Piece:
    data = base64.b64encode(sound).decode()
    return Piece(ChunkChoice(delta=Delta(audio=AudioDelta(data=data))))


def _no_upstream(obstacle: MiavoError | None) -> NoUpstream | None:
    if obstacle is None or isinstance(obstacle, NoUpstream):
        return obstacle
    return NoUpstream(obstacle.message, param=obstacle.param)


def last_text(request: ChatCompletionRequest) -> str:
    """The text of the last message of the user.

    Raises:
        InvalidRequest: it has none.
    """
    for message in reversed(request.messages):
        if not isinstance(message, UserMessage):
            continue
        content = message.content
        text = (
            content
            if isinstance(content, str)
            else "\n".join(part.text for part in content if isinstance(part, TextPart))
        )
        if text.strip():
            return text
        break
    raise InvalidRequest(
        "This model speaks the last message of the user, and that has no text.", param="messages"
    )


async def recording_of(request: ChatCompletionRequest) -> tuple[Heard, int]:
    """The last recording of the user, and how many milliseconds it sounds.

    Raises:
        InvalidRequest: there is none, or it cannot be decoded.
    """
    sent = _last_recording(request).input_audio

    def read() -> tuple[Heard, int]:
        try:
            content = base64.b64decode(sent.data, validate=True)
        except ValueError:
            raise InvalidRequest("'input_audio.data': is not base64.", param="messages") from None
        return Heard(content, f"recording.{sent.format}"), length_of(content, param="input_audio")

    # A recording of megabytes takes its time.
    return await asyncio.to_thread(read)


def _last_recording(request: ChatCompletionRequest) -> AudioPart:
    for message in reversed(request.messages):
        if isinstance(message, UserMessage) and not isinstance(message.content, str):
            for part in reversed(message.content):
                if isinstance(part, AudioPart):
                    return part
    raise InvalidRequest(
        "This model transcribes: send a user message with an 'input_audio' part.",
        param="messages",
    )
