"""From OpenAI's request to that of a provider that speaks the same format, but for details."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from miavo_gateway.providers.adapter import Access, Asked
from miavo_gateway.providers.exchange import ProviderError, WireRequest
from miavo_gateway.providers.openai_shaped.errors import read_error
from miavo_gateway.providers.openai_shaped.reader import OpenAIShapedReader
from miavo_gateway.providers.sse import SseParser
from miavo_gateway.schema.chat import ChatCompletionRequest

__all__ = ["OpenAIShaped"]

_KNOWN = frozenset(ChatCompletionRequest.model_fields)


@dataclass(frozen=True, slots=True)
class OpenAIShaped:
    """One provider that speaks OpenAI's format. It is a `ChatAdapter`."""

    provider: str
    """Its id in the catalogue."""
    base_url: str
    """Where requests go unless a credential says otherwise; without a slash at the end."""
    chat_path: str = "/chat/completions"
    output_limit_field: str = "max_completion_tokens"
    """The field that bounds the output."""
    takes_links: bool = True

    def framing(self) -> SseParser:
        """Server-sent events."""
        return SseParser()

    def chat_request(self, asked: Asked, access: Access) -> WireRequest:
        """The request for a chat completion; fields that Miavo does not know are not forwarded."""
        request = asked.request
        body: dict[str, Any] = {
            name: value
            for name, value in request.model_dump(by_alias=True, exclude_none=True).items()
            if name in _KNOWN
        }
        for name in ("max_tokens", "max_completion_tokens"):
            body.pop(name, None)
        if request.output_limit is not None:
            body[self.output_limit_field] = request.output_limit
        body |= {
            "model": asked.model.upstream,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        return WireRequest(
            method="POST",
            url=(access.base_url or self.base_url) + self.chat_path,
            headers={
                "authorization": f"Bearer {access.secret}",
                "content-type": "application/json",
                "accept": "text/event-stream",
            },
            body=orjson.dumps(body),
        )

    def reader(self, asked: Asked) -> OpenAIShapedReader:
        """What reads the reply."""
        del asked
        return OpenAIShapedReader()

    def error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """The error in the body of an answer, whatever its shape."""
        del status, headers
        return read_error(body)

    def trial_request(self, access: Access) -> WireRequest:
        """The cheapest request that shows whether a credential is taken: the list of models."""
        return WireRequest(
            method="GET",
            url=(access.base_url or self.base_url) + "/models",
            headers={"authorization": f"Bearer {access.secret}"},
        )
