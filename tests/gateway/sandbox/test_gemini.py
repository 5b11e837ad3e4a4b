"""The simulated Gemini: google-genai takes it for Google, through either of its APIs."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from google import genai
from google.genai import errors, types
from google.oauth2.credentials import Credentials

from miavo_gateway.sandbox.gemini import GoogleSimulator
from tests.gateway.sandbox.simulated_http import over_http

PRO, FLASH = "gemini-3.1-pro-preview", "gemini-3-flash-preview"
WEATHER = types.FunctionDeclaration(
    name="weather",
    parameters_json_schema={"type": "object", "properties": {"city": {"type": "string"}}},
)
CLOCK = types.FunctionDeclaration(name="clock", parameters=types.Schema(type=types.Type.OBJECT))
TOOLS: Any = [types.Tool(function_declarations=[WEATHER, CLOCK])]
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture(scope="module", params=["google", "vertex", "express"])
def client(request: pytest.FixtureRequest) -> Iterator[genai.Client]:
    with over_http(GoogleSimulator("google" if request.param == "google" else "vertex")) as url:
        options = types.HttpOptions(base_url=url, retry_options=types.HttpRetryOptions(attempts=1))
        match request.param:
            case "google":
                yield genai.Client(api_key="a-key", http_options=options)
            case "express":
                yield genai.Client(vertexai=True, api_key="a-key", http_options=options)
            case _:
                yield genai.Client(
                    vertexai=True,
                    project="a-project",
                    location="global",
                    credentials=Credentials("a-token"),  # type: ignore[no-untyped-call]
                    http_options=options,
                )


def streamed(client: genai.Client, contents: Any, config: Any = None, model: str = FLASH) -> Any:
    """The chunks of a stream."""
    return list(
        client.models.generate_content_stream(model=model, contents=contents, config=config)
    )


def test_a_reply_and_a_stream_of_it_say_the_same(client: genai.Client) -> None:
    said = "Grüße 👋, tell me more. [[long 60]]"
    config = types.GenerateContentConfig(
        system_instruction="Be kind.",
        thinking_config=types.ThinkingConfig(
            include_thoughts=True, thinking_level=types.ThinkingLevel.HIGH
        ),
    )
    whole = client.models.generate_content(model=FLASH, contents=said, config=config)
    chunks = streamed(client, said, config)
    assert len(chunks) > 3
    assert "".join(chunk.text or "" for chunk in chunks) == whole.text
    assert whole.text is not None
    assert "👋" in whole.text
    thoughts = [
        part.text
        for chunk in chunks
        for part in chunk.candidates[0].content.parts or ()
        if part.thought
    ]
    assert thoughts
    assert chunks[-1].usage_metadata == whole.usage_metadata
    assert whole.usage_metadata is not None
    assert whole.usage_metadata.thoughts_token_count
    assert chunks[-1].candidates[0].finish_reason == types.FinishReason.STOP


def test_functions_are_called_and_their_results_are_heard(client: genai.Client) -> None:
    config = types.GenerateContentConfig(
        tools=TOOLS,
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )
    question = types.Content(role="user", parts=[types.Part(text="Ask weather and clock.")])
    chunks = streamed(client, [question], config)
    parts = [part for chunk in chunks for part in chunk.candidates[0].content.parts or ()]
    calls = [part for part in parts if part.function_call]
    assert [part.function_call.name for part in calls] == ["weather", "clock"]
    assert [bool(part.thought_signature) for part in calls] == [True, False]
    assert all(part.function_call.id for part in calls)
    results = [
        types.Part(
            function_response=types.FunctionResponse(
                id=part.function_call.id, name=part.function_call.name, response={"output": "fine"}
            )
        )
        for part in calls
    ]
    results[0].function_response.parts = [  # type: ignore[union-attr]
        types.FunctionResponsePart.from_bytes(data=PNG, mime_type="image/png")
    ]
    history = [
        question,
        types.Content(role="model", parts=calls),
        types.Content(role="user", parts=results),
    ]
    reply = client.models.generate_content(model=FLASH, contents=history, config=config)
    assert "weather returned: fine" in (reply.text or "")
    assert "clock returned: fine" in (reply.text or "")


def test_a_chat_with_automatic_functions_runs_by_itself(client: genai.Client) -> None:
    def weather(city: str) -> str:
        """Tell the weather."""
        return f"sunny, {len(city)}"

    chat = client.chats.create(model=PRO, config=types.GenerateContentConfig(tools=[weather]))
    assert "sunny" in (chat.send_message("Ask weather.").text or "")
    assert "said: Thanks" in (chat.send_message("Thanks").text or "")


@pytest.mark.parametrize("field", ["response_json_schema", "response_schema"])
def test_a_schema_is_kept(client: genai.Client, field: str) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    config = types.GenerateContentConfig(
        response_mime_type="application/json",
        **{field: schema},  # type: ignore[arg-type]
    )
    reply = client.models.generate_content(model=FLASH, contents="Count.", config=config)
    assert isinstance(orjson.loads(reply.text or "")["n"], int)


def test_tokens_are_counted(client: genai.Client) -> None:
    assert client.models.count_tokens(model=FLASH, contents="Hello there").total_tokens == 2


def test_a_refusal_is_a_filters(client: genai.Client) -> None:
    reply = client.models.generate_content(model=FLASH, contents="[[refuse]]")
    assert reply.candidates is not None
    assert reply.candidates[0].finish_reason == types.FinishReason.SAFETY
    assert reply.text is None


def test_an_output_limit_is_kept(client: genai.Client) -> None:
    config = types.GenerateContentConfig(max_output_tokens=3)
    reply = client.models.generate_content(model=FLASH, contents="Much [[long 50]]", config=config)
    assert reply.candidates is not None
    assert reply.candidates[0].finish_reason == types.FinishReason.MAX_TOKENS
    assert reply.usage_metadata is not None
    assert reply.usage_metadata.candidates_token_count == 3


def test_an_unknown_model_is_not_found(client: genai.Client) -> None:
    with pytest.raises(errors.ClientError) as refusal:
        client.models.generate_content(model="gemini-0", contents="Hi")
    assert (refusal.value.code, refusal.value.status) == (404, "NOT_FOUND")


def test_the_models_are_listed() -> None:
    with over_http(GoogleSimulator("google")) as url:
        client = genai.Client(api_key="a-key", http_options={"base_url": url})
        assert f"models/{PRO}" in [model.name for model in client.models.list()]


def test_the_client_that_does_not_block_works_too() -> None:
    async def ask(url: str) -> str:
        client = genai.Client(api_key="a-key", http_options={"base_url": url}).aio
        stream = await client.models.generate_content_stream(model=FLASH, contents="Hello")
        said = "".join([chunk.text or "" async for chunk in stream])
        await client.aclose()
        return said

    with over_http(GoogleSimulator("google")) as url:
        assert asyncio.run(ask(url)).endswith("said: Hello")
