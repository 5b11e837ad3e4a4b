"""A realtime conversation is the same for OpenAI's client, whoever is at the other end."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from miavo_gateway.home import Home
from miavo_gateway.providers.realtime.audio import Recoder
from miavo_gateway.server import EmbeddedGateway
from tests.conftest import RunningGateway
from tests.gateway.realtime.talking import SLUGS, WEATHER, spoken, talking, usage_row

every_slug = pytest.mark.parametrize("slug", SLUGS)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    home = tmp_path_factory.mktemp("realtime") / "home"
    embedded = EmbeddedGateway(Home(home), port=0, sandbox=True)
    yield RunningGateway(home, embedded, embedded.start())
    embedded.stop()


@every_slug
async def test_turns_of_text_are_answered_in_text_and_remembered(
    gateway: RunningGateway, slug: str
) -> None:
    async with talking(gateway, slug) as talk:
        session = await talk.update(output_modalities=["text"], instructions="Be brief.")
        assert session["output_modalities"] == ["text"]
        response = await talk.ask("Good morning")
        assert response["status"] == "completed"
        assert "You said: Good morning" in talk.text()
        [message] = response["output"]
        assert message["content"][0]["text"] == talk.text()
        usage = response["usage"]
        assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"] > 0
        assert "response.output_audio.delta" not in talk.names()
        second = await talk.ask("And good night")
        assert second["usage"]["input_tokens"] > usage["input_tokens"]
    row = await usage_row(gateway)
    counted = usage["total_tokens"] + second["usage"]["total_tokens"]
    assert (row["slug"], row["endpoint"], row["state"]) == (slug, "/v1/realtime", "completed")
    assert row["prompt_tokens"] + row["output_tokens"] == counted
    assert row["cost_nano"] is None
    assert row["simulated"]


@every_slug
async def test_speech_is_heard_answered_aloud_and_written_down(
    gateway: RunningGateway, slug: str
) -> None:
    async with talking(gateway, slug) as talk:
        await talk.update(audio={"input": {"transcription": {"model": "whisper-1"}}})
        await talk.append(spoken())
        response = (await talk.until("response.done"))["response"]
        names = talk.names()
        order = [
            "input_audio_buffer.speech_started",
            "input_audio_buffer.speech_stopped",
            "input_audio_buffer.committed",
            "response.output_audio.delta",
            "response.output_audio.done",
            "response.done",
        ]
        assert [name for name in dict.fromkeys(names) if name in order] == order
        if "conversation.item.input_audio_transcription.completed" not in names:
            await talk.until("conversation.item.input_audio_transcription.completed")
        [heard] = [
            event["transcript"]
            for event in talk.seen
            if "audio_transcription.completed" in event["type"]
        ]
        assert "seconds of sound" in heard
        assert "You said:" in talk.text("response.output_audio_transcript.delta")
        assert response["output"][0]["content"][0]["transcript"]
        assert response["usage"]["input_token_details"]["audio_tokens"] > 0
        assert response["usage"]["output_token_details"]["audio_tokens"] > 0
    row = await usage_row(gateway)
    assert row["audio_input_tokens"] > 0
    assert row["audio_output_tokens"] > 0


@every_slug
async def test_without_turn_detection_the_client_says_when_it_has_spoken(
    gateway: RunningGateway, slug: str
) -> None:
    async with talking(gateway, slug) as talk:
        await talk.update(output_modalities=["text"], audio={"input": {"turn_detection": None}})
        await talk.append(spoken(300, 0))
        await talk.connection.input_audio_buffer.clear()
        await talk.until("input_audio_buffer.cleared")
        await talk.append(spoken(1_000, 0))
        await talk.connection.input_audio_buffer.commit()
        committed = await talk.until("input_audio_buffer.committed")
        item = (await talk.until("conversation.item.done"))["item"]
        assert item["id"] == committed["item_id"]
        assert "response.created" not in talk.names()
        await talk.connection.response.create()
        await talk.until("response.done")
        assert "1.0 seconds of sound" in talk.text()


@every_slug
async def test_functions_are_called_and_their_results_lead_to_a_reply(
    gateway: RunningGateway, slug: str
) -> None:
    async with talking(gateway, slug) as talk:
        await talk.update(output_modalities=["text"], tools=[WEATHER])
        response = await talk.ask("Use weather for Oslo")
        [call] = response["output"]
        assert (call["type"], call["name"]) == ("function_call", "weather")
        assert "city" in json.loads(call["arguments"])
        await talk.connection.conversation.item.create(
            item={
                "type": "function_call_output",
                "call_id": call["call_id"],
                "output": '{"sky": "clear"}',
            }
        )
        await talk.connection.response.create()
        reply = (await talk.until("response.done"))["response"]
        assert reply["status"] == "completed"
        assert "weather returned:" in talk.text()
        assert "clear" in talk.text()


@every_slug
async def test_what_is_wrong_is_answered_with_an_error_and_the_session_goes_on(
    gateway: RunningGateway, slug: str
) -> None:
    async with talking(gateway, slug) as talk:
        raw = talk.connection
        await raw.send_raw("no json")
        assert "JSON" in (await talk.until("error"))["error"]["message"]
        await raw.send_raw(json.dumps({"type": "dance", "event_id": "mine"}))
        error = (await talk.until("error"))["error"]
        assert (error["type"], error["event_id"]) == ("invalid_request_error", "mine")
        await raw.send_raw(json.dumps({"type": "input_audio_buffer.append", "audio": "§"}))
        assert "base64" in (await talk.until("error"))["error"]["message"]
        change = {"type": "realtime", "model": "gpt-5.5-pro"}
        await raw.send_raw(json.dumps({"type": "session.update", "session": change}))
        assert "model" in (await talk.until("error"))["error"]["message"]
        await raw.response.cancel()
        await talk.until("error")
        await talk.update(output_modalities=["text"])
        assert (await talk.ask("Still there?"))["status"] == "completed"


@every_slug
async def test_the_gateways_own_windows_are_told_as_rate_limits(
    gateway: RunningGateway, slug: str
) -> None:
    async with talking(gateway, slug) as talk:
        await talk.update(output_modalities=["text"])
        await talk.ask("One")
        await talk.ask("Two")
        first, second = [
            {each["name"]: each for each in event["rate_limits"]}
            for event in talk.seen
            if event["type"] == "rate_limits.updated"
        ]
        assert first["tokens"]["limit"] == 400_000
        assert second["requests"]["remaining"] == first["requests"]["remaining"]
        assert second["tokens"]["remaining"] < first["tokens"]["remaining"]


@every_slug
async def test_a_chat_completion_is_one_turn_of_text(gateway: RunningGateway, slug: str) -> None:
    async with openai.AsyncOpenAI(
        base_url=f"{gateway.url}/v1", api_key=gateway.key(), max_retries=0
    ) as client:
        history = [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": "Hello to you."},
            {"role": "user", "content": "How are you?"},
        ]
        plain = await client.chat.completions.create(model=slug, messages=history)
        assert "You said: How are you?" in (plain.choices[0].message.content or "")
        assert plain.choices[0].finish_reason == "stop"
        assert plain.usage.completion_tokens > 0
        stream = await client.chat.completions.create(
            model=slug, messages=history, stream=True, stream_options={"include_usage": True}
        )
        chunks = [chunk async for chunk in stream]
        said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        assert said == plain.choices[0].message.content
        assert chunks[-1].usage == plain.usage

        function = {name: WEATHER[name] for name in ("name", "description", "parameters")}
        tools = [{"type": "function", "function": function}]
        ask = [{"role": "user", "content": "Use weather for Oslo"}]
        called = await client.chat.completions.create(model=slug, messages=ask, tools=tools)
        assert called.choices[0].finish_reason == "tool_calls"
        [call] = called.choices[0].message.tool_calls
        answered = [
            *ask,
            called.choices[0].message.model_dump(exclude_none=True),
            {"role": "tool", "tool_call_id": call.id, "content": "rain"},
        ]
        reply = await client.chat.completions.create(model=slug, messages=answered, tools=tools)
        assert reply.choices[0].finish_reason == "stop"
        # Gemini is told of it before the conversation, so its echo says back something else.
        assert slug.startswith("gemini") or "rain" in (reply.choices[0].message.content or "")
    row = await usage_row(gateway)
    assert (row["endpoint"], row["state"]) == ("/v1/chat/completions", "completed")


@every_slug
async def test_settings_change_in_the_middle_and_the_conversation_is_kept(
    gateway: RunningGateway, slug: str
) -> None:
    async with talking(gateway, slug) as talk:
        await talk.update(output_modalities=["text"])
        first = await talk.ask("Remember this")
        changed = await talk.update(instructions="Speak of tools.", tools=[WEATHER])
        assert changed["instructions"] == "Speak of tools."
        second = await talk.ask("Use weather for Oslo")
        assert second["output"][0]["type"] == "function_call"
        assert second["usage"]["input_tokens"] > first["usage"]["input_tokens"]


@pytest.mark.parametrize("slug", ["gemini-3.1-flash-live", "glm-realtime"])
async def test_telephones_are_understood_and_spoken_to(gateway: RunningGateway, slug: str) -> None:
    telephone = {"format": {"type": "audio/pcmu"}}
    async with talking(gateway, slug) as talk:
        manual = {**telephone, "turn_detection": None}
        session = await talk.update(audio={"input": manual, "output": telephone})
        assert session["audio"]["output"]["format"] == {"type": "audio/pcmu"}
        to_telephone = Recoder("audio/pcm", 24_000, "audio/pcmu", 8_000)
        await talk.append(to_telephone.feed(spoken(1_000, 0)))
        await talk.connection.input_audio_buffer.commit()
        await talk.connection.response.create()
        response = (await talk.until("response.done"))["response"]
        assert "1.0 seconds of sound" in talk.text("response.output_audio_transcript.delta")
        size = sum(
            len(base64.b64decode(event["delta"]))
            for event in talk.seen
            if event["type"] == "response.output_audio.delta"
        )
        # A byte for each of 8,000 samples a second: a token of the sandbox is 60 ms, less what
        # the resampler still holds.
        tokens = talk.names().count("response.output_audio.delta")
        assert 480 * (tokens - 1) < size <= 480 * tokens
        assert response["status"] == "completed"


@pytest.mark.parametrize(
    ("slug", "provider"),
    [("gemini-3.1-flash-live", "Gemini Live"), ("glm-realtime", "GLM-Realtime")],
)
async def test_what_a_provider_cannot_do_is_an_error_that_names_it(
    gateway: RunningGateway, slug: str, provider: str
) -> None:
    wishes: list[dict[str, Any]] = [
        {
            "type": "conversation.item.truncate",
            "item_id": "item_1",
            "content_index": 0,
            "audio_end_ms": 100,
        },
        {"type": "response.create", "response": {"instructions": "Only now"}},
        {"type": "response.create", "response": {"conversation": "none"}},
        {
            "type": "session.update",
            "session": {
                "type": "realtime",
                "audio": {
                    "input": {"turn_detection": {"type": "server_vad", "create_response": False}}
                },
            },
        },
    ]
    async with talking(gateway, slug) as talk:
        for wish in wishes:
            await talk.connection.send_raw(json.dumps(wish))
            error = (await talk.until("error"))["error"]
            assert error["code"] == "invalid_request"
            assert error["message"].startswith(provider)


@every_slug
async def test_a_recording_in_a_message_is_heard(gateway: RunningGateway, slug: str) -> None:
    recording = base64.b64encode(spoken(1_000, 0)).decode()
    async with talking(gateway, slug) as talk:
        await talk.update(output_modalities=["text"], audio={"input": {"turn_detection": None}})
        await talk.connection.conversation.item.create(
            item={
                "type": "message",
                "role": "user",
                "content": [{"type": "input_audio", "audio": recording}],
            }
        )
        item = (await talk.until("conversation.item.done"))["item"]
        assert "audio" not in item["content"][0] or slug == "gpt-realtime"
        await talk.connection.response.create()
        await talk.until("response.done")
        assert "1.0 seconds of sound" in talk.text()


async def test_settings_that_gemini_does_not_take_leave_the_session_as_it_was(
    gateway: RunningGateway,
) -> None:
    wrong = {**WEATHER, "name": "weather", "parameters": {"properties": {"x": {"type": "date"}}}}
    async with talking(gateway, "gemini-3.1-flash-live") as talk:
        await talk.update(output_modalities=["text"], instructions="Be kind.")
        await talk.connection.session.update(session={"type": "realtime", "tools": [wrong]})
        error = (await talk.until("error"))["error"]
        assert error["code"] == "invalid_request"
        assert "DATE" in error["message"]
        session = await talk.update(output_modalities=["text"])
        assert (session["instructions"], session["tools"]) == ("Be kind.", [])
        assert (await talk.ask("Hello"))["status"] == "completed"


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"n": 2}, "n"),
        ({"stop": ["x"]}, "stop"),
        ({"logprobs": True}, "logprobs"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        (
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [
                            {
                                "type": "input_audio",
                                "input_audio": {"data": "AAAA", "format": "wav"},
                            }
                        ],
                    }
                ]
            },
            "messages[0].content[0]",
        ),
    ],
)
async def test_a_chat_completion_names_what_a_realtime_model_cannot_do(
    gateway: RunningGateway, fields: dict[str, Any], param: str
) -> None:
    body: Any = {"messages": [{"role": "user", "content": "Hello"}], **fields}
    async with openai.AsyncOpenAI(
        base_url=f"{gateway.url}/v1", api_key=gateway.key(), max_retries=0
    ) as client:
        with pytest.raises(openai.BadRequestError) as refused:
            await client.chat.completions.create(model="gpt-realtime", **body)
    assert refused.value.param == param
