"""The formats of sound that callers ask for (OpenAI's `/v1/audio/speech`)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from miavo_gateway.schema.chat import ChatCompletionRequest

__all__ = ["OPENAI_PCM", "Pcm", "SoundFormat", "spoken_format"]


@dataclass(frozen=True, slots=True)
class Pcm:
    """Samples of 16 bits, signed, little-endian, the channels by turns."""

    rate: int
    """Samples a second, of each channel."""
    channels: int = 1

    @property
    def bytes_per_second(self) -> int:
        """How many bytes a second takes."""
        return self.rate * self.channels * 2

    def milliseconds(self, size: int) -> int:
        """How long so many bytes sound."""
        return round(size * 1_000 / self.bytes_per_second)


OPENAI_PCM = Pcm(24_000)
"""What `pcm` means to OpenAI's callers."""


class SoundFormat(StrEnum):
    """A format by the name that requests have for it."""

    MP3 = "mp3"
    OPUS = "opus"
    """In Ogg."""
    AAC = "aac"
    """In ADTS."""
    FLAC = "flac"
    WAV = "wav"
    PCM = "pcm"

    @property
    def content_type(self) -> str:
        """Its media type."""
        return _CONTENT_TYPES[self]


def spoken_format(request: ChatCompletionRequest) -> SoundFormat:
    """The format in which a chat completion's reply is to be spoken."""
    wanted = request.audio.format if request.audio else "mp3"
    return SoundFormat.PCM if wanted == "pcm16" else SoundFormat(wanted)


_CONTENT_TYPES = {
    SoundFormat.MP3: "audio/mpeg",
    SoundFormat.OPUS: "audio/ogg",
    SoundFormat.AAC: "audio/aac",
    SoundFormat.FLAC: "audio/flac",
    SoundFormat.WAV: "audio/wav",
    SoundFormat.PCM: "audio/pcm",
}
