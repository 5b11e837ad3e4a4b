"""From OpenAI's chat completions to its Responses API, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from miavo_gateway.providers.adapter import Access, Asked
from miavo_gateway.providers.exchange import ProviderError, WireRequest
from miavo_gateway.providers.openai_responses.reader import ResponsesReader
from miavo_gateway.providers.openai_responses.request import responses_body
from miavo_gateway.providers.openai_shaped.errors import read_error
from miavo_gateway.providers.sse import SseParser
from miavo_gateway.schema.chat import NamedToolChoice

__all__ = ["OpenAIResponses"]


@dataclass(frozen=True, slots=True)
class OpenAIResponses:
    """A provider that has the Responses API. It is a `ChatAdapter`."""

    provider: str
    base_url: str
    """Without a slash at the end."""
    takes_links: bool = True

    def framing(self) -> SseParser:
        """Server-sent events; each tells its type in its data too."""
        return SseParser()

    def chat_request(self, asked: Asked, access: Access) -> WireRequest:
        """The request for a response."""
        return WireRequest(
            method="POST",
            url=(access.base_url or self.base_url) + "/responses",
            headers={
                **access.bearer,
                "content-type": "application/json",
                "accept": "text/event-stream",
            },
            body=orjson.dumps(responses_body(asked)),
        )

    def reader(self, asked: Asked) -> ResponsesReader:
        """What reads the reply."""
        forced = bool(asked.request.tools) and isinstance(
            asked.request.tool_choice, NamedToolChoice
        )
        return ResponsesReader(forced_call=forced)

    def error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """The error in the body of an answer, whatever its shape."""
        del headers
        return read_error(body, status)

    def trial_request(self, access: Access) -> WireRequest:
        """The list of models."""
        return WireRequest(
            method="GET",
            url=(access.base_url or self.base_url) + "/models",
            headers=access.bearer,
        )
