"""From OpenAI's request to the Gemini API's `generateContent`, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from miavo_gateway.providers.adapter import Access, Asked
from miavo_gateway.providers.exchange import ProviderError, WireRequest
from miavo_gateway.providers.gemini.errors import read_error
from miavo_gateway.providers.gemini.reader import GeminiReader
from miavo_gateway.providers.gemini.request import request_body
from miavo_gateway.providers.gemini.tools import FunctionNames
from miavo_gateway.providers.sse import SseParser

__all__ = ["GeminiAdapter", "api_base", "gemini_reader", "model_path"]

_BASE_URL = "https://generativelanguage.googleapis.com"
_VERSION = "v1beta"
_HAS_VERSION = re.compile(r"/v\d+(?:alpha|beta)?\d*$", re.ASCII)


@dataclass(frozen=True, slots=True)
class GeminiAdapter:
    """The Gemini API, with a key of AI Studio's. It is a `ChatAdapter`."""

    provider: str = "google"
    takes_links: bool = False

    def framing(self) -> SseParser:
        """Server-sent events."""
        return SseParser()

    def chat_request(self, asked: Asked, access: Access) -> WireRequest:
        """The request for a reply, as a stream.

        Raises:
            InvalidRequest: the model cannot do what is asked.
        """
        path = model_path(asked.model.upstream)
        return WireRequest(
            method="POST",
            url=f"{api_base(access)}/{path}:streamGenerateContent?alt=sse",
            headers={
                # Not in the address, which is written down here and there.
                "x-goog-api-key": access.secret,
                "content-type": "application/json",
                "accept": "text/event-stream",
            },
            body=request_body(asked),
        )

    def reader(self, asked: Asked) -> GeminiReader:
        """What reads the reply."""
        return gemini_reader(asked)

    def error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """The error in the body of an answer, whatever its shape."""
        del headers
        return read_error(status, body)

    def trial_request(self, access: Access) -> WireRequest:
        """The cheapest request that shows whether a credential is taken: one model's entry."""
        return WireRequest(
            method="GET",
            url=f"{api_base(access)}/models?pageSize=1",
            headers={"x-goog-api-key": access.secret},
        )


def gemini_reader(asked: Asked) -> GeminiReader:
    """What reads the reply to a request, on either of Google's APIs."""
    request = asked.request
    return GeminiReader(
        FunctionNames(request.tools or ()),
        asked.model.upstream,
        one_call=request.parallel_tool_calls is False,
    )


def model_path(model: str) -> str:
    """`models/…`; an id that names its kind already, such as `tunedModels/…`, is left so."""
    kind, slash, name = model.partition("/")
    if not slash:
        kind, name = "models", model
    return f"{quote(kind, safe='')}/{quote(name, safe='@')}"


def api_base(access: Access) -> str:
    """Where requests go; an address that ends in a version of the API keeps it."""
    base = access.base_url or _BASE_URL
    return base if _HAS_VERSION.search(base) else f"{base}/{_VERSION}"
