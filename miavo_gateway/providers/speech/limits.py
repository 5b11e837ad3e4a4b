"""What becomes of the fields of speech and transcription where a model has no equal for them."""

from __future__ import annotations

from miavo_gateway.providers.limits import Limit

__all__ = ["CHIRP", "ESPEAK", "GEMINI", "LYRIA", "MINIMAX", "MUSIC", "OPENAI", "SPHINX", "ZHIPU"]

_FORMAT = Limit("response_format", "translated", "Made here of the model's own, in all six.")
_VOICE = Limit(
    "voice", "translated", "OpenAI's become the nearest of the model's; its own work too."
)
_NOT_TOLD = Limit("instructions", "dropped", "The model cannot be told how to speak.")

OPENAI: tuple[Limit, ...] = (
    _FORMAT,
    Limit("instructions", "dropped", "By tts-1 and tts-1-hd, which cannot be told how to speak."),
    Limit("timestamp_granularities", "refused", "By gpt-4o-transcribe, which tells no times; so "
          "are the formats that need them."),
    Limit("include, chunking_strategy", "dropped", "A recording goes whole, and no probabilities "
          "come back."),
)  # fmt: skip
GEMINI: tuple[Limit, ...] = (
    _FORMAT,
    _VOICE,
    Limit("instructions", "translated", "Said before the text, as Gemini has it."),
    Limit("speed", "translated", "Into the words to speak fast (from 1.2) or slowly (to 0.85)."),
)
CHIRP: tuple[Limit, ...] = (
    _FORMAT,
    Limit("voice", "translated", "OpenAI's become Google's in American English; others whole, as "
          "`de-DE-Chirp3-HD-Kore`."),
    Limit("speed", "translated", "Never above 2."),
    Limit("input", "refused", "Longer than 5,000 bytes."),
    _NOT_TOLD,
)  # fmt: skip
LYRIA: tuple[Limit, ...] = (
    _FORMAT,
    Limit("voice, speed, instructions", "dropped", "The words of the input say it all."),
)
MINIMAX: tuple[Limit, ...] = (
    _FORMAT,
    _VOICE,
    Limit("speed", "translated", "Never below 0.5 nor above 2."),
    _NOT_TOLD,
)
MUSIC: tuple[Limit, ...] = (
    _FORMAT,
    Limit("input", "translated", "The lyrics."),
    Limit("instructions", "translated", "The style, in 10 to 300 characters."),
    Limit("voice, speed", "dropped", "A song has its own."),
)
ZHIPU: tuple[Limit, ...] = (
    _FORMAT,
    _VOICE,
    Limit("speed", "translated", "Never below 0.5 nor above 2."),
    Limit("input", "refused", "Longer than 1,024 characters."),
    _NOT_TOLD,
)
ESPEAK: tuple[Limit, ...] = (
    _FORMAT,
    Limit("voice", "translated", "OpenAI's become English ones; a language is one too, with a "
          "variant if wanted: `de+f3`."),
    Limit("speed", "translated", "Never below a half."),
    _NOT_TOLD,
)  # fmt: skip
SPHINX: tuple[Limit, ...] = (
    Limit("language", "refused", "Other than English."),
    Limit("file", "refused", "Longer than ten minutes."),
    Limit("prompt, temperature", "dropped", "The model has neither."),
)
