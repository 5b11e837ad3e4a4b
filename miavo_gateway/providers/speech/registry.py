"""Which adapter speaks or hears at which provider. One is imported when it is first wanted."""

from __future__ import annotations

from miavo_gateway.catalogue import Kind, Model
from miavo_gateway.providers.speech.adapter import SpeechAdapter, TranscriptionAdapter

__all__ = [
    "SPEECH_PROVIDERS",
    "TRANSCRIPTION_PROVIDERS",
    "speech_adapter",
    "transcription_adapter",
]

SPEECH_PROVIDERS = frozenset({"google", "minimax", "openai", "vertex", "zhipu"})
TRANSCRIPTION_PROVIDERS = frozenset({"openai"})


def speech_adapter(model: Model) -> SpeechAdapter:
    """The adapter of a model that speaks, or makes music.

    Raises:
        KeyError: there is none for its provider.
    """
    from miavo_gateway.providers.speech.chirp import Chirp
    from miavo_gateway.providers.speech.gemini import GeminiSpeech
    from miavo_gateway.providers.speech.lyria import Lyria
    from miavo_gateway.providers.speech.minimax import MiniMaxMusic, MiniMaxSpeech
    from miavo_gateway.providers.speech.openai import OpenAISpeech
    from miavo_gateway.providers.speech.zhipu import ZhipuSpeech

    if model.kind is Kind.MUSIC:
        music: dict[str, SpeechAdapter] = {"minimax": MiniMaxMusic(), "vertex": Lyria()}
        return music[model.provider]
    speech: dict[str, SpeechAdapter] = {
        "google": GeminiSpeech(),
        "minimax": MiniMaxSpeech(),
        "openai": OpenAISpeech(),
        "vertex": Chirp(),
        "zhipu": ZhipuSpeech(),
    }
    return speech[model.provider]


def transcription_adapter(model: Model) -> TranscriptionAdapter:
    """The adapter of a model that hears.

    Raises:
        KeyError: there is none for its provider.
    """
    from miavo_gateway.providers.speech.openai_transcription import OpenAITranscription

    return {"openai": OpenAITranscription()}[model.provider]
