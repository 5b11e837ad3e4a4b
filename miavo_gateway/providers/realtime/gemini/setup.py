"""The first frame on a socket of the Live API: all settings of a session, which then hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from miavo_gateway.catalogue import Model
from miavo_gateway.providers.gemini.adapter import model_path
from miavo_gateway.providers.realtime.gemini.schema import live_schema
from miavo_gateway.providers.realtime.gemini.turns import wire_name
from miavo_gateway.providers.realtime.settings import SessionSettings
from miavo_gateway.schema.realtime import FunctionTool, TurnDetection

__all__ = ["setup"]

_SENSITIVITIES: Final = {"low": "END_SENSITIVITY_LOW", "high": "END_SENSITIVITY_HIGH"}


def setup(
    model: Model,
    settings: SessionSettings,
    *,
    notes: Sequence[str] = (),
    handle: str | None = None,
    history: bool = False,
) -> dict[str, Any]:
    """The value of `setup`.

    Args:
        model: what is talked to.
        settings: what shall hold.
        notes: what system messages say besides the instructions.
        handle: of the session that goes on here.
        history: whether earlier turns follow before the conversation begins.
    """
    # These models speak, and no more: what they say is had in writing by a transcript.
    generation: dict[str, Any] = {"responseModalities": ["AUDIO"]}
    if settings.max_output_tokens != "inf":
        generation["maxOutputTokens"] = settings.max_output_tokens
    if settings.voice is not None:
        voice = {"prebuiltVoiceConfig": {"voiceName": settings.voice}}
        generation["speechConfig"] = {"voiceConfig": voice}
    said: dict[str, Any] = {
        "model": model_path(model.upstream),
        "generationConfig": generation,
        "inputAudioTranscription": {},
        "outputAudioTranscription": {},
        "realtimeInputConfig": _input_config(settings.turn_detection),
        "sessionResumption": {"handle": handle} if handle else {},
    }
    instructions = "\n\n".join(text for text in (settings.instructions, *notes) if text)
    if instructions:
        said["systemInstruction"] = {"parts": [{"text": instructions}]}
    if settings.tools and settings.tool_choice != "none":
        said["tools"] = [{"functionDeclarations": _declarations(settings.tools)}]
    if history:
        said["historyConfig"] = {"initialHistoryInClientContent": True}
    return said


def _input_config(detection: TurnDetection | None) -> dict[str, Any]:
    if detection is None:
        return {"automaticActivityDetection": {"disabled": True}}
    automatic: dict[str, Any] = {}
    if detection.prefix_padding_ms is not None:
        automatic["prefixPaddingMs"] = detection.prefix_padding_ms
    if detection.silence_duration_ms is not None:
        automatic["silenceDurationMs"] = detection.silence_duration_ms
    if detection.eagerness in _SENSITIVITIES:
        automatic["endOfSpeechSensitivity"] = _SENSITIVITIES[detection.eagerness]
    config: dict[str, Any] = {"automaticActivityDetection": automatic}
    if not detection.interrupt_response:
        config["activityHandling"] = "NO_INTERRUPTION"
    return config


def _declarations(tools: Iterable[FunctionTool]) -> list[dict[str, Any]]:
    declared = []
    for tool in tools:
        declaration: dict[str, Any] = {"name": wire_name(tool.name)}
        if tool.description:
            declaration["description"] = tool.description
        if tool.parameters and tool.parameters.get("properties"):
            declaration["parameters"] = live_schema(tool.parameters)
        declared.append(declaration)
    return declared
