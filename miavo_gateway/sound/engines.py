"""Which engine speaks or hears for which model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from miavo_gateway.catalogue import Catalogue
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
    from miavo_gateway.providers.speech.registry import speech_adapter, transcription_adapter
    from miavo_gateway.upstream.remote_speech import RemoteSpeech
    from miavo_gateway.upstream.remote_transcription import RemoteTranscription

    engines = SoundEngines()
    if catalogue.get("local-espeak") is not None:
        engines.speech["local-espeak"] = EspeakEngine()
    if catalogue.get("local-pocketsphinx") is not None:
        engines.transcription["local-pocketsphinx"] = PocketSphinxEngine()
    for model in catalogue.models:
        name = names.get(model.provider, "")
        if (speaks := speech_adapter(model)) is not None:
            engines.speech[model.slug] = RemoteSpeech(model, speaks, name, reach)
        elif (hears := transcription_adapter(model)) is not None:
            engines.transcription[model.slug] = RemoteTranscription(model, hears, name, reach)
    return engines
