"""Simulated sessions check what they are told as their providers do."""

from __future__ import annotations

import base64
import io
import wave
from typing import Any

import orjson
import pytest

from miavo_gateway.sandbox.realtime.gemini import LiveTalk
from miavo_gateway.sandbox.realtime.glm import GLMTalk
from miavo_gateway.sandbox.realtime.openai import OpenAITalk
from miavo_gateway.sandbox.realtime.sound import hum
from miavo_gateway.sandbox.realtime.talk import Frame, Talk


def tell(talk: Talk, message: dict[str, Any]) -> list[Frame]:
    """What a session sends after a message."""
    while talk.next():
        pass
    talk.receive(orjson.dumps(message).decode())
    frames = []
    while (frame := talk.next()) is not None:
        frames.append(frame)
    return frames


def error(talk: Talk, message: dict[str, Any]) -> dict[str, Any]:
    """The one error that a message leads to."""
    [frame] = tell(talk, message)
    event = orjson.loads(frame.data)
    assert event["type"] == "error"
    found: dict[str, Any] = event["error"]
    return found


def wav(rate: int) -> str:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(hum(200, rate))
    return base64.b64encode(file.getvalue()).decode()


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"type": "session.update", "session": {}}, "missing_required_parameter"),
        (
            {"type": "session.update", "session": {"type": "realtime", "voice": "marin"}},
            "unknown_parameter",
        ),
        (
            {
                "type": "session.update",
                "session": {"type": "realtime", "output_modalities": ["text", "audio"]},
            },
            "invalid_value",
        ),
        ({"type": "input_audio_buffer.commit"}, "input_audio_buffer_commit_empty"),
        ({"type": "response.cancel"}, "response_cancel_not_active"),
        (
            {
                "type": "conversation.item.create",
                "item": {"type": "function_call_output", "call_id": "none", "output": "x"},
            },
            "invalid_tool_call_id",
        ),
        ({"type": "response.audio.delta"}, "invalid_value"),
    ],
)
def test_openai_names_what_is_wrong(message: dict[str, Any], code: str) -> None:
    assert error(OpenAITalk("gpt-realtime"), message)["code"] == code


def test_openai_makes_one_reply_at_a_time() -> None:
    talk = OpenAITalk("gpt-realtime")
    talk.receive('{"type": "response.create"}')
    talk.receive('{"type": "response.create"}')
    names = []
    while (frame := talk.next()) is not None:
        names.append(orjson.loads(frame.data))
    refused = [each["error"]["code"] for each in names if each["type"] == "error"]
    assert refused == ["conversation_already_has_active_response"]


@pytest.mark.parametrize(
    "message",
    [
        {"type": "session.update", "session": {"input_audio_format": "wav"}},
        {"type": "session.update", "session": {"audio": {}, "beta_fields": {"chat_mode": "audio"}}},
        {
            "type": "session.update",
            "session": {"model": "gpt-realtime", "beta_fields": {"chat_mode": "audio"}},
        },
        {"type": "input_audio_buffer.append", "audio": base64.b64encode(hum(100)).decode()},
        {"type": "input_audio_buffer.append", "audio": wav(24_000)},
        {"type": "input_audio_buffer.commit"},
        {"type": "conversation.item.retrieve"},
    ],
)
def test_glm_takes_its_own_fields_and_wav_files_alone(message: dict[str, Any]) -> None:
    assert error(GLMTalk(), message)["message"]


def setup(**more: Any) -> dict[str, Any]:
    return {"setup": {"model": "models/gemini-3.1-flash-live-preview", **more}}


@pytest.mark.parametrize(
    "messages",
    [
        [{"realtimeInput": {"text": "too early"}}],
        [setup(), setup()],
        [setup(toolConfig={})],
        [setup(), {"clientContent": {"turns": [], "turnComplete": True}}],
        [setup(), {"realtimeInput": {"activityStart": {}}}],
        [
            setup(historyConfig={"initialHistoryInClientContent": True}),
            {"realtimeInput": {"text": "before the history"}},
        ],
        [setup(), {"realtimeInput": {"audio": {"mimeType": "audio/wav", "data": ""}}}],
        [setup(), {"toolResponse": {"functionResponses": [{"id": "none", "response": {}}]}}],
    ],
)
def test_gemini_closes_the_socket_on_what_it_does_not_take(messages: list[dict[str, Any]]) -> None:
    talk = LiveTalk()
    frames: list[Frame] = []
    for message in messages:
        frames = tell(talk, message)
    assert [frame.close for frame in frames] == [1007]
