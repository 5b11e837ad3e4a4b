"""Which engine speaks or hears for which model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from miavo_gateway.catalogue import Catalogue, Kind
from miavo_gateway.local.espeak import EspeakEngine
from miavo_gateway.local.pocketsphinx import PocketSphinxEngine
from miavo_gateway.sound.speech import SpeechEngine
from miavo_gateway.sound.transcription import TranscriptionEngine
from miavo_gateway.upstream.remote_chat import Reach

__all__ = ["SoundEngines", "sound_engines"]


@dataclass(frozen=True, slots=True)
class SoundEngines:
    """By slug."""

    speech: dict[str, SpeechEngine] = field(default_factory=dict)
    """Music too."""
    transcription: dict[str, TranscriptionEngine] = field(default_factory=dict)

    async def close(self) -> None:
        """Free what is loaded."""
        for speaks in self.speech.values():
            await speaks.close()
        for hears in self.transcription.values():
            await hears.close()


def sound_engines(catalogue: Catalogue, reach: Reach, names: Mapping[str, str]) -> SoundEngines:
    """The engines of this machine and of the providers that there is an adapter for.

    Args:
        catalogue: the models.
        reach: through which the providers are reached.
        names: the providers' names by their ids.
    """
    from miavo_gateway.providers.speech.registry import (
        SPEECH_PROVIDERS,
        TRANSCRIPTION_PROVIDERS,
        speech_adapter,
        transcription_adapter,
    )
    from miavo_gateway.upstream.remote_speech import RemoteSpeech
    from miavo_gateway.upstream.remote_transcription import RemoteTranscription

    engines = SoundEngines()
    if catalogue.get("local-espeak") is not None:
        engines.speech["local-espeak"] = EspeakEngine()
    if catalogue.get("local-pocketsphinx") is not None:
        engines.transcription["local-pocketsphinx"] = PocketSphinxEngine()
    for model in catalogue.models:
        name = names.get(model.provider, "")
        if model.kind in (Kind.SPEECH, Kind.MUSIC) and model.provider in SPEECH_PROVIDERS:
            adapter = speech_adapter(model)
            engines.speech[model.slug] = RemoteSpeech(model, adapter, name, reach)
        elif model.kind is Kind.TRANSCRIPTION and model.provider in TRANSCRIPTION_PROVIDERS:
            hears = transcription_adapter(model)
            engines.transcription[model.slug] = RemoteTranscription(model, hears, name, reach)
    return engines
