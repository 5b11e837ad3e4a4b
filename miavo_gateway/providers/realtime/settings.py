"""What holds in a session, for providers that do not keep it in OpenAI's terms themselves."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.speech.voices import OPENAI
from miavo_gateway.schema.realtime import (
    PCM_RATE,
    AudioFormat,
    FunctionTool,
    NamedFunction,
    SessionAudio,
    SessionPatch,
    ToolChoice,
    Transcription,
    TurnDetection,
)

__all__ = ["Modality", "SessionSettings", "modality_of"]

Modality = Literal["text", "audio"]


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """The settings of a session; those of a new one are OpenAI's."""

    instructions: str = ""
    modality: Modality = "audio"
    input_format: str = "audio/pcm"
    output_format: str = "audio/pcm"
    turn_detection: TurnDetection | None = field(default_factory=TurnDetection)
    """None where the client says when it has spoken."""
    transcription: Transcription | None = None
    voice: str | None = None
    """None leaves the choice to the provider."""
    tools: tuple[FunctionTool, ...] = ()
    tool_choice: ToolChoice = "auto"
    max_output_tokens: int | Literal["inf"] = "inf"

    def changed(self, patch: SessionPatch) -> SessionSettings:
        """The settings with a client's changes.

        Raises:
            InvalidRequest: `tool_choice` names a function that is not there.
        """
        given = patch.model_fields_set
        changes: dict[str, Any] = {}
        if "instructions" in given:
            changes["instructions"] = patch.instructions or ""
        if patch.output_modalities:
            changes["modality"] = modality_of(patch.output_modalities)
        if "tools" in given:
            changes["tools"] = tuple(patch.tools or ())
        if patch.tool_choice is not None:
            changes["tool_choice"] = patch.tool_choice
        if patch.max_output_tokens is not None:
            changes["max_output_tokens"] = patch.max_output_tokens
        if patch.audio is not None:
            changes |= _audio_changes(patch.audio)
        changed = replace(self, **changes)
        if changed.voice in OPENAI:
            changed = replace(changed, voice=None)
        choice = changed.tool_choice
        if isinstance(choice, NamedFunction) and all(
            tool.name != choice.name for tool in changed.tools
        ):
            raise InvalidRequest(
                "'session.tool_choice' names a function that 'session.tools' lacks.",
                param="session.tool_choice",
            )
        return changed

    def view(self, session_id: str, slug: str) -> dict[str, Any]:
        """The session as `session.created` and `session.updated` have it."""
        choice = self.tool_choice
        return {
            "type": "realtime",
            "object": "realtime.session",
            "id": session_id,
            "model": slug,
            "output_modalities": [self.modality],
            "instructions": self.instructions,
            "tools": [tool.model_dump(exclude_none=True) for tool in self.tools],
            "tool_choice": choice if isinstance(choice, str) else choice.model_dump(),
            "max_output_tokens": self.max_output_tokens,
            "audio": {
                "input": {
                    "format": _format(self.input_format),
                    "transcription": _dumped(self.transcription),
                    "noise_reduction": None,
                    "turn_detection": _dumped(self.turn_detection),
                },
                "output": {
                    "format": _format(self.output_format),
                    "voice": self.voice,
                    "speed": 1.0,
                },
            },
        }


def modality_of(modalities: list[Modality]) -> Modality:
    """What a reply is made as; audio brings its transcript with it."""
    return "audio" if "audio" in modalities else "text"


def _audio_changes(audio: SessionAudio) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if (given := audio.input) is not None:
        if given.format is not None:
            changes["input_format"] = given.format.type
        if "transcription" in given.model_fields_set:
            changes["transcription"] = given.transcription
        if "turn_detection" in given.model_fields_set:
            changes["turn_detection"] = given.turn_detection
    if (wanted := audio.output) is not None:
        if wanted.format is not None:
            changes["output_format"] = wanted.format.type
        if wanted.voice is not None:
            voice = wanted.voice
            changes["voice"] = voice if isinstance(voice, str) else voice.id
        if wanted.speed not in (None, 1.0):
            raise InvalidRequest(
                "'session.audio.output.speed' cannot be changed with this provider.",
                param="session.audio.output.speed",
            )
    return changes


def _format(name: str) -> dict[str, Any]:
    if name == AudioFormat().type:
        return {"type": name, "rate": PCM_RATE}
    return {"type": name}


def _dumped(model: TurnDetection | Transcription | None) -> dict[str, Any] | None:
    return None if model is None else model.model_dump(exclude_none=True)
