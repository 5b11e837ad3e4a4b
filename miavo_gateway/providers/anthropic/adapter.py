"""Claude through Anthropic's own Messages API. It is a `ChatAdapter`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from miavo_gateway.providers.adapter import Access, Asked
from miavo_gateway.providers.anthropic.errors import read_error
from miavo_gateway.providers.anthropic.reader import MessagesReader
from miavo_gateway.providers.anthropic.request import messages_body
from miavo_gateway.providers.claude.answer import answer_form
from miavo_gateway.providers.claude.rules import claude_rules
from miavo_gateway.providers.claude.tool_names import ToolNames
from miavo_gateway.providers.exchange import ProviderError, WireRequest
from miavo_gateway.providers.json_text import JsonText
from miavo_gateway.providers.sse import SseParser

__all__ = ["Anthropic"]

_BASE_URL: Final = "https://api.anthropic.com"
_VERSION: Final = "2023-06-01"
"""The later 2026-10-21 refuses `temperature` and `top_p` for every model; this one lets those
through that take them (Anthropic's page on versions)."""


@dataclass(frozen=True, slots=True)
class Anthropic:
    """Anthropic."""

    provider: str = "anthropic"
    takes_links: bool = True
    """Claude fetches images from https addresses."""

    def framing(self) -> SseParser:
        """Server-sent events."""
        return SseParser()

    def chat_request(self, asked: Asked, access: Access) -> WireRequest:
        """A Messages request for a stream.

        Raises:
            InvalidRequest: the model cannot do what is asked.
        """
        return WireRequest(
            method="POST",
            url=_root(access) + "/v1/messages",
            headers={
                **_headers(access),
                "content-type": "application/json",
                "accept": "text/event-stream",
            },
            body=orjson.dumps(messages_body(asked)),
        )

    def reader(self, asked: Asked) -> MessagesReader:
        """What reads the reply."""
        names = ToolNames.of(asked.request)
        form = answer_form(asked.request, names, claude_rules(asked.model))
        json_text = JsonText() if form.instruction else None
        return MessagesReader(asked.model.upstream, names, form.tool_name, json_text)

    def error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """The error of an answer, whatever its shape."""
        return read_error(body, status, headers)

    def trial_request(self, access: Access) -> WireRequest:
        """The list of models, which costs nothing."""
        return WireRequest("GET", _root(access) + "/v1/models?limit=1", _headers(access))


def _root(access: Access) -> str:
    # Some tools want the address with the version in it, Anthropic's SDK without.
    return (access.base_url or _BASE_URL).removesuffix("/v1")


def _headers(access: Access) -> dict[str, str]:
    return {"x-api-key": access.secret, "anthropic-version": _VERSION}
