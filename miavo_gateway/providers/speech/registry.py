"""Which adapter speaks or hears at which provider. One is imported when it is first wanted."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from miavo_gateway.catalogue import Kind, Model
from miavo_gateway.providers.speech.adapter import SpeechAdapter, TranscriptionAdapter

__all__ = ["speech_adapter", "transcription_adapter"]

_ADAPTERS = {
    (Kind.SPEECH, "google"): "gemini:GeminiSpeech",
    (Kind.SPEECH, "minimax"): "minimax:MiniMaxSpeech",
    (Kind.SPEECH, "openai"): "openai:OpenAISpeech",
    (Kind.SPEECH, "vertex"): "chirp:Chirp",
    (Kind.SPEECH, "zhipu"): "zhipu:ZhipuSpeech",
    (Kind.MUSIC, "minimax"): "minimax:MiniMaxMusic",
    (Kind.MUSIC, "vertex"): "lyria:Lyria",
    (Kind.TRANSCRIPTION, "openai"): "openai_transcription:OpenAITranscription",
}
"""Module beside this one, and class, by what a model is for and whose it is."""


def speech_adapter(model: Model) -> SpeechAdapter | None:
    """The adapter of a model that speaks, or makes music; None if its provider has none."""
    adapter: SpeechAdapter | None = _made(model) if model.kind in _SPEAKING else None
    return adapter


def transcription_adapter(model: Model) -> TranscriptionAdapter | None:
    """The adapter of a model that hears; None if its provider has none."""
    adapter: TranscriptionAdapter | None = _made(model) if model.kind is _HEARING else None
    return adapter


_SPEAKING, _HEARING = (Kind.SPEECH, Kind.MUSIC), Kind.TRANSCRIPTION


def _made(model: Model) -> Any:
    place = _ADAPTERS.get((model.kind, model.provider))
    if place is None:
        return None
    module, _, name = place.partition(":")
    return getattr(import_module(f"miavo_gateway.providers.speech.{module}"), name)()
