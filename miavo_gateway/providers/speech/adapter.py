"""The shapes of adapters for sound. Pure: bytes in, bytes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from miavo_gateway.catalogue import Model
from miavo_gateway.providers.adapter import Access
from miavo_gateway.providers.exchange import Garbled, ProviderError, WireRequest
from miavo_gateway.sound.speech import Asked, Began, Samples, Used
from miavo_gateway.sound.transcription import Heard, Transcript

__all__ = [
    "Encoded",
    "SoundRead",
    "SpeechAdapter",
    "SpeechReader",
    "TranscriptRead",
    "TranscriptionAdapter",
]


@dataclass(frozen=True, slots=True)
class Encoded:
    """A whole recording in some format, from a provider that gives no samples."""

    data: bytes


SoundRead: TypeAlias = Sequence[Began | Samples | Used | Encoded] | ProviderError | Garbled
"""What a piece of an answer says. A reader returns it and raises nothing, whatever it reads."""
TranscriptRead: TypeAlias = Transcript | ProviderError | Garbled


class SpeechReader(Protocol):
    """Reads one answer whose status is 200."""

    def feed(self, chunk: bytes) -> SoundRead:
        """What these bytes add."""
        ...

    def finish(self) -> SoundRead:
        """The answer has ended."""
        ...


class SpeechAdapter(Protocol):
    """One provider's language for speech, or for music."""

    @property
    def provider(self) -> str:
        """Its id in the catalogue."""
        ...

    @property
    def repeatable(self) -> bool:
        """Whether a request that broke off may be sent again: a song is billed each time."""
        ...

    def request(self, asked: Asked, model: Model, access: Access) -> WireRequest:
        """The request.

        Raises:
            InvalidRequest: the model cannot do what is asked; names the field.
            NoUpstream: the credential is of no use.
        """
        ...

    def reader(self, asked: Asked) -> SpeechReader:
        """What reads the answer."""
        ...

    def error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """The error in the body of an answer whose status is not 200."""
        ...


class TranscriptionAdapter(Protocol):
    """One provider's language for transcription."""

    @property
    def provider(self) -> str:
        """Its id in the catalogue."""
        ...

    def request(self, heard: Heard, model: Model, access: Access) -> WireRequest:
        """The request.

        Raises:
            InvalidRequest: the model cannot do what is asked; names the field.
        """
        ...

    def reply(self, body: bytes, heard: Heard) -> TranscriptRead:
        """The whole answer."""
        ...

    def error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """The error in the body of an answer whose status is not 200."""
        ...
