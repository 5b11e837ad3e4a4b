"""A translator raises nothing, whatever either side sends it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from miavo_gateway.catalogue import load_catalogue
from miavo_gateway.providers.realtime.adapter import Translator
from miavo_gateway.providers.realtime.registry import realtime_adapter

CATALOGUE = load_catalogue()
SLUGS = {"openai": "gpt-realtime", "google": "gemini-3.1-flash-live", "zhipu": "glm-realtime"}
CREATED: dict[str, list[dict[str, Any]]] = {
    "openai": [{"type": "session.created", "session": {}}],
    "google": [{"setupComplete": {}}],
    "zhipu": [{"type": "session.created"}, {"type": "session.updated", "session": {}}],
}
PROVIDER_WORDS = {
    "openai": ["type", "response", "usage", "delta", "error", "session", "id", "status"],
    "google": [
        "serverContent", "modelTurn", "parts", "inlineData", "data", "outputTranscription", "text",
        "inputTranscription", "interrupted", "turnComplete", "toolCall", "functionCalls", "name",
        "args", "id", "usageMetadata", "promptTokenCount", "responseTokenCount", "goAway",
        "promptTokensDetails", "sessionResumptionUpdate", "newHandle", "resumable",
        "toolCallCancellation", "ids", "voiceActivity", "voiceActivityType", "setupComplete",
    ],
    "zhipu": [
        "type", "delta", "response", "response_id", "id", "usage", "status", "status_details",
        "item", "item_id", "role", "call_id", "name", "arguments", "error", "transcript",
    ],
}  # fmt: skip
TYPES = [
    "error", "session.created", "session.updated", "response.created", "response.done",
    "response.audio.delta", "response.output_audio.delta", "response.text.delta",
    "response.audio_transcript.delta", "response.function_call_arguments.done",
    "conversation.item.created", "input_audio_buffer.speech_started",
    "conversation.item.input_audio_transcription.completed", "input_audio_buffer.committed",
]  # fmt: skip
CLIENT_TYPES = [
    "session.update", "input_audio_buffer.append", "input_audio_buffer.commit",
    "input_audio_buffer.clear", "conversation.item.create", "conversation.item.delete",
    "conversation.item.retrieve", "conversation.item.truncate", "response.create",
    "response.cancel", "output_audio_buffer.clear",
]  # fmt: skip
CLIENT_WORDS = [
    "type", "session", "audio", "item", "item_id", "response", "event_id", "content", "role",
    "text", "tools", "tool_choice", "name", "parameters", "call_id", "output", "arguments",
    "output_modalities", "turn_detection", "input", "format", "image_url", "max_output_tokens",
]  # fmt: skip


def anything(words: list[str], types: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with the words of a language, put together as no provider does."""
    leaves = (
        st.none()
        | st.booleans()
        | st.integers(-5, 2**40)
        | st.sampled_from([*types, "AAAA", "user", "message", "function", "AUDIO", "realtime", ""])
        | st.text(max_size=8)
    )
    keys = st.sampled_from(words)
    values = st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
        max_leaves=12,
    )
    objects = st.dictionaries(keys, values, max_size=5)
    return (
        st.builds(lambda one, kind: one | {"type": kind}, objects, st.sampled_from(types)) | objects
    )


def session(provider: str) -> Translator:
    model = CATALOGUE.get(SLUGS[provider])
    assert model is not None
    translator = realtime_adapter(provider).translator(model, "test")
    translator.opening()
    for frame in CREATED[provider]:
        translator.from_provider(orjson.dumps(frame))
    assert translator.created
    return translator


@pytest.mark.parametrize("provider", SLUGS)
@settings(max_examples=100, deadline=None)
@given(st.data())
def test_frames_and_events_of_any_shape_lead_to_events_or_errors(
    provider: str, data: st.DataObject
) -> None:
    translator = session(provider)
    frames = anything(PROVIDER_WORDS[provider], TYPES)
    events = anything(CLIENT_WORDS, CLIENT_TYPES)
    for _ in range(data.draw(st.integers(1, 6))):
        if data.draw(st.booleans()):
            step = translator.from_provider(orjson.dumps(data.draw(frames)))
        else:
            step = translator.from_client(data.draw(events))
        for event in step.down:
            assert isinstance(orjson.loads(event)["type"], str)
        assert translator.unfinished.total >= 0
        assert step.spent is None or step.spent.total >= 0


@pytest.mark.parametrize("provider", SLUGS)
@pytest.mark.parametrize(
    "frame",
    [
        b"\xff\xfe",
        "[]",
        "null",
        '"text"',
        '{"type": 1',
        "{}",
        '{"toolCallCancellation": {"ids": true}}',
    ],
)
def test_what_is_no_event_is_no_traceback(provider: str, frame: str | bytes) -> None:
    step = session(provider).from_provider(frame)
    assert step.refusal is not None or not step.down
