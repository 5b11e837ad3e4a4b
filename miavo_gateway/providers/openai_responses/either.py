"""OpenAI by whichever of its two APIs serves a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from miavo_gateway.providers.adapter import Access, Asked, ChatAdapter, ReplyReader
from miavo_gateway.providers.exchange import ProviderError, WireRequest
from miavo_gateway.providers.openai_responses.adapter import OpenAIResponses
from miavo_gateway.providers.openai_shaped.openai import OPENAI as CHAT
from miavo_gateway.providers.openai_shaped.openai_models import openai_traits, resolved_effort
from miavo_gateway.providers.sse import SseParser

__all__ = ["OPENAI", "OpenAI", "needs_responses"]


def needs_responses(asked: Asked) -> bool:
    """Whether a request needs the Responses API.

    Some models have no other; and chat completions of gpt-5.4 and later refuse function tools
    while the model reasons (OpenAI's own message says so; litellm 1.109.1,
    `responses/bridge_check.py`).
    """
    # Asked twice for each request: most are answered by one look.
    api = asked.model.traits.get("api")
    if api != "both":
        return api == "responses"
    if not asked.request.tools:
        return False
    traits = openai_traits(asked.model)
    effort = resolved_effort(asked.request, traits) or traits.default_effort
    return effort != "none"


@dataclass(frozen=True, slots=True)
class OpenAI:
    """OpenAI's two APIs as one. It is a `ChatAdapter`."""

    chat: ChatAdapter
    responses: ChatAdapter

    @property
    def provider(self) -> str:
        """Its id in the catalogue."""
        return self.chat.provider

    @property
    def takes_links(self) -> bool:
        """OpenAI fetches images."""
        return self.chat.takes_links

    def framing(self) -> SseParser:
        """Both APIs stream server-sent events."""
        return SseParser()

    def chat_request(self, asked: Asked, access: Access) -> WireRequest:
        """The request to the API that serves it."""
        return self._serving(asked).chat_request(asked, access)

    def reader(self, asked: Asked) -> ReplyReader:
        """What reads the reply of the API that serves the request."""
        return self._serving(asked).reader(asked)

    def error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """Both APIs have the same errors."""
        return self.chat.error(status, headers, body)

    def trial_request(self, access: Access) -> WireRequest:
        """The list of models."""
        return self.chat.trial_request(access)

    def _serving(self, asked: Asked) -> ChatAdapter:
        return self.responses if needs_responses(asked) else self.chat


OPENAI = OpenAI(CHAT, OpenAIResponses(CHAT.provider, CHAT.base_url))
"""OpenAI itself."""
