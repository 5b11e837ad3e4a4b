"""The simulated Live API is taken for Google's by Google's own client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from google import genai
from google.genai import errors, types
from google.genai.live import AsyncLive, AsyncSession

from miavo_gateway.sandbox.realtime.sound import hum
from tests.gateway.sandbox.serving import SECRET, serving_sandbox

MODEL = "gemini-3.1-flash-live-preview"
SPOKEN: dict[str, Any] = {
    "response_modalities": ["AUDIO"],
    "output_audio_transcription": {},
    "input_audio_transcription": {},
}
WEATHER = {
    "name": "weather",
    "description": "Tells the weather of a city",
    "parameters": {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}},
}


def live_of(base_url: str) -> AsyncLive:
    """Google's client, talked out of TLS: it knows none but `wss:`."""
    client = genai.Client(api_key=SECRET, http_options=types.HttpOptions(base_url=base_url))
    sockets = client._api_client
    sockets._websocket_base_url = lambda _: base_url.replace("http", "ws", 1)
    sockets._websocket_ssl_ctx = {}
    return client.aio.live


@asynccontextmanager
async def live(config: dict[str, Any], model: str = MODEL) -> AsyncIterator[AsyncSession]:
    async with serving_sandbox() as sandbox:
        client = live_of(sandbox.base_url("google"))
        async with client.connect(model=model, config=config) as session:
            yield session


async def turn(session: AsyncSession) -> tuple[str, int, list[types.LiveServerMessage]]:
    """What was said, how many bytes of audio it was, and all messages of the turn."""
    said, size, messages = "", 0, []
    async for message in session.receive():
        messages.append(message)
        size += len(message.data or b"")
        content = message.server_content
        if content and content.output_transcription:
            said += content.output_transcription.text or ""
        if message.tool_call:
            break
    return said, size, messages


async def test_text_is_answered_aloud_with_a_transcript_and_counts() -> None:
    async with live(SPOKEN) as session:
        await session.send_realtime_input(text="Good morning")
        said, size, messages = await turn(session)
        assert "You said: Good morning" in said
        assert size > 0
        usage = messages[-1].usage_metadata
        assert usage is not None
        assert usage.total_token_count == usage.prompt_token_count + usage.response_token_count


async def test_speech_ends_with_silence_and_interrupts() -> None:
    async with live(SPOKEN) as session:
        rate = "audio/pcm;rate=16000"
        await session.send_realtime_input(
            audio=types.Blob(data=hum(500, 16_000) + bytes(32_000), mime_type=rate)
        )
        said, _, messages = await turn(session)
        assert "seconds of sound" in said
        assert any(
            message.server_content and message.server_content.input_transcription
            for message in messages
        )


async def test_a_function_is_called_and_its_result_taken_by_its_id() -> None:
    async with live({**SPOKEN, "tools": [{"function_declarations": [WEATHER]}]}) as session:
        await session.send_realtime_input(text="Use weather for Oslo")
        _, _, messages = await turn(session)
        call = messages[-1].tool_call
        assert call is not None
        [wanted] = call.function_calls or []
        assert wanted.name == "weather"
        await session.send_tool_response(
            function_responses=types.FunctionResponse(
                id=wanted.id, name="weather", response={"output": "clear"}
            )
        )
        said, _, _ = await turn(session)
        assert "weather returned:" in said


async def test_a_session_goes_on_by_its_handle() -> None:
    async with serving_sandbox() as sandbox:
        client = live_of(sandbox.base_url("google"))
        async with client.connect(
            model=MODEL, config={**SPOKEN, "session_resumption": {}}
        ) as first:
            await first.send_realtime_input(text="Remember this")
            before = (await turn(first))[2][-1].usage_metadata
            update = await anext(aiter(first.receive()))
            assert update.session_resumption_update is not None
            handle = update.session_resumption_update.new_handle
        resumed = {**SPOKEN, "session_resumption": {"handle": handle}}
        async with client.connect(model=MODEL, config=resumed) as second:
            await second.send_realtime_input(text="And now?")
            after = (await turn(second))[2][-1].usage_metadata
    assert before is not None
    assert after is not None
    assert after.prompt_token_count > before.prompt_token_count


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"response_modalities": ["TEXT"]}, "non-audio"),
        (
            {
                **SPOKEN,
                "tools": [{"function_declarations": [{"name": "f", "parameters_json_schema": {}}]}],
            },
            "parametersJsonSchema",
        ),
    ],
)
async def test_what_the_model_cannot_do_closes_the_socket(
    config: dict[str, Any], words: str
) -> None:
    with pytest.raises(errors.APIError, match=words):
        async with live(config):
            pass


async def test_another_model_is_refused() -> None:
    with pytest.raises(errors.APIError, match="not found"):
        async with live(SPOKEN, "gemini-3.1-pro-preview"):
            pass
