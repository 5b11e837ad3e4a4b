"""The first frame on a socket of the Live API: all settings of a session, which then hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import orjson

from miavo_gateway.catalogue import Model
from miavo_gateway.providers.gemini.adapter import model_path
from miavo_gateway.providers.realtime.conversation import text_of
from miavo_gateway.providers.realtime.gemini.schema import live_schema
from miavo_gateway.providers.realtime.settings import SessionSettings
from miavo_gateway.schema.realtime import FunctionTool, Item, TurnDetection

__all__ = ["client_content", "history_turns", "response_of", "setup"]

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


def history_turns(items: Iterable[Item]) -> list[dict[str, Any]]:
    """Earlier items as turns."""
    turns: list[dict[str, Any]] = []
    names: dict[str | None, str] = {}
    for item in items:
        if item.type == "function_call":
            names[item.call_id] = item.name or ""
            part: dict[str, Any] = {
                "functionCall": {"name": item.name, "args": _object(item.arguments)}
            }
            role = "model"
        elif item.type == "function_call_output":
            name = names.get(item.call_id, item.name or "function")
            part = {"functionResponse": {"name": name, "response": response_of(item.output)}}
            role = "user"
        else:
            part = {"text": text_of(item)}
            role = "model" if item.role == "assistant" else "user"
        if turns and turns[-1]["role"] == role:
            turns[-1]["parts"].append(part)
        else:
            turns.append({"role": role, "parts": [part]})
    return turns


def client_content(turns: Sequence[dict[str, Any]]) -> str:
    """The frame with earlier turns."""
    return orjson.dumps({"clientContent": {"turns": turns, "turnComplete": True}}).decode()


def response_of(output: str | None) -> dict[str, Any]:
    """What a function returned, as the object that Gemini wants."""
    try:
        value = orjson.loads(output or "")
    except orjson.JSONDecodeError:
        value = output or ""
    return value if isinstance(value, dict) else {"output": value}


def _object(text: str | None) -> dict[str, Any]:
    try:
        value = orjson.loads(text or "{}")
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


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
        declaration: dict[str, Any] = {"name": tool.name}
        if tool.description:
            declaration["description"] = tool.description
        if tool.parameters and tool.parameters.get("properties"):
            declaration["parameters"] = live_schema(tool.parameters)
        declared.append(declaration)
    return declared
