"""What the examples ask for, the same in every language."""

from __future__ import annotations

from miavo_gateway.catalogue.model import Kind

__all__ = ["AUDIO_FILE", "PREVIEW_REMARK", "VIDEO_SECONDS", "prompt_for"]

_PROMPTS = {
    Kind.CHAT: "Explain in two sentences what an API gateway does.",
    Kind.IMAGE: "A lighthouse at dusk, painted in watercolour.",
    Kind.VIDEO: "Morning fog lifting off a lake while a heron takes flight.",
    Kind.SPEECH: "The harbour is quiet tonight, and the tide is coming in.",
    Kind.TRANSCRIPTION: "Write down what is said.",
    Kind.MUSIC: "A slow waltz for piano and cello.",
    Kind.REALTIME: "Greet me in one short sentence.",
}

AUDIO_FILE = {Kind.SPEECH: "speech.wav", Kind.MUSIC: "music.mp3"}
"""Where spoken or composed audio is saved; the ending is the format asked for."""

VIDEO_SECONDS = 6
"""A length that most video models take."""

PREVIEW_REMARK = "A preview: until image generation opens, the answer is the error not_implemented."


def prompt_for(kind: Kind) -> str:
    """What to ask a model of this kind."""
    return _PROMPTS[kind]
