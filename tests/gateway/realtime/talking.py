"""A gateway with the sandbox, and a session on it through OpenAI's own client."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import openai
from openai.resources.realtime.realtime import AsyncRealtimeConnection
from openai.types.realtime import RealtimeServerEvent
from pydantic import TypeAdapter

from miavo_gateway.sandbox.realtime.sound import hum
from tests.conftest import RunningGateway

SLUGS = {
    "gpt-realtime": "openai",
    "gemini-3.1-flash-live": "google",
    "glm-realtime": "zhipu",
}
WEATHER = {
    "type": "function",
    "name": "weather",
    "description": "Tells the weather of a city",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}
SECONDS = 20.0
SERVER_EVENTS: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)


@dataclass
class Talk:
    """One session; every event that comes has to fit OpenAI's types."""

    connection: AsyncRealtimeConnection
    seen: list[dict[str, Any]] = field(default_factory=list)

    async def until(self, *names: str) -> dict[str, Any]:
        """The next event of one of these names."""
        async with asyncio.timeout(SECONDS):
            while True:
                raw = await self.connection.recv_bytes()
                event = SERVER_EVENTS.validate_json(raw).to_dict()
                self.seen.append(event)
                if event["type"] in names:
                    return event

    async def update(self, **session: Any) -> dict[str, Any]:
        """Change the session; it as it is then."""
        await self.connection.session.update(session={"type": "realtime", **session})
        return (await self.until("session.updated"))["session"]

    async def say(self, text: str) -> None:
        """A user message."""
        content = [{"type": "input_text", "text": text}]
        await self.connection.conversation.item.create(
            item={"type": "message", "role": "user", "content": content}
        )

    async def ask(self, text: str) -> dict[str, Any]:
        """A user message and the whole reply to it."""
        await self.say(text)
        await self.connection.response.create()
        return (await self.until("response.done"))["response"]

    async def append(self, pcm: bytes) -> None:
        """Audio, in pieces of a tenth of a second."""
        for begin in range(0, len(pcm), 4_800):
            piece = base64.b64encode(pcm[begin : begin + 4_800]).decode()
            await self.connection.input_audio_buffer.append(audio=piece)

    def text(self, name: str = "response.output_text.delta") -> str:
        """What these deltas say together."""
        return "".join(event["delta"] for event in self.seen if event["type"] == name)

    def names(self) -> list[str]:
        """The names of the events so far."""
        return [event["type"] for event in self.seen]


def spoken(ms: int = 400, quiet_ms: int = 800) -> bytes:
    """Somebody speaks, and then nobody does."""
    return hum(ms) + bytes(48 * quiet_ms)


@asynccontextmanager
async def talking(gateway: RunningGateway, slug: str, key: str = "") -> AsyncIterator[Talk]:
    """A session with a model."""
    client = openai.AsyncOpenAI(
        base_url=f"{gateway.url}/v1", api_key=key or gateway.key(), max_retries=0
    )
    async with client, client.realtime.connect(model=slug) as connection:
        talk = Talk(connection)
        created = await talk.until("session.created")
        assert created["session"]["model"] == slug
        yield talk


def simulate(gateway: RunningGateway, provider: str, label: str = "first", **terms: Any) -> None:
    """Add a credential for which the sandbox answers."""
    body = {"provider": provider, "label": label, "sandbox": terms}
    gateway.admin("POST", "credentials", body)


async def usage_row(gateway: RunningGateway) -> dict[str, Any]:
    """The latest row, once it is settled."""
    async with asyncio.timeout(SECONDS):
        while True:
            page = await asyncio.to_thread(gateway.admin, "GET", "usage")
            row: dict[str, Any] = page["data"][0]
            if row["state"] != "open":
                return row
            await asyncio.sleep(0.02)
