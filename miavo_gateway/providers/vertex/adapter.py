"""From OpenAI's request to Gemini on Vertex AI, and back. It is a `ChatAdapter`.

A model that is not served everywhere may name its place in the trait `location`, for credentials
that name none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from miavo_gateway.errors import NoUpstream
from miavo_gateway.providers.adapter import Access, Asked
from miavo_gateway.providers.authorization import (
    AuthorizedUser,
    GoogleApiKey,
    GoogleToken,
    parse_google_secret,
)
from miavo_gateway.providers.exchange import ProviderError, WireRequest
from miavo_gateway.providers.gemini.adapter import gemini_reader
from miavo_gateway.providers.gemini.errors import read_error
from miavo_gateway.providers.gemini.reader import GeminiReader
from miavo_gateway.providers.gemini.request import request_body
from miavo_gateway.providers.sse import SseParser
from miavo_gateway.providers.vertex.address import GLOBAL, host, model_path

__all__ = ["VertexAdapter", "vertex_request"]

_VERSION: Final = "v1beta1"
"""The version that Google's own client uses."""
_TRIAL_MODEL: Final = "gemini-3.1-flash-lite"


@dataclass(frozen=True, slots=True)
class VertexAdapter:
    """Gemini on Vertex AI, with a service account or with a key of express mode."""

    provider: str = "vertex"
    takes_links: bool = False
    """It fetches links itself only where their media type is given, which OpenAI's are not."""

    def framing(self) -> SseParser:
        """Server-sent events."""
        return SseParser()

    def chat_request(self, asked: Asked, access: Access) -> WireRequest:
        """The request for a reply, as a stream.

        Raises:
            InvalidRequest: the model cannot do what is asked.
            NoUpstream: the credential is of no use.
        """
        return vertex_request(
            access,
            asked.model.upstream,
            "streamGenerateContent?alt=sse",
            request_body(asked),
            location=str(asked.model.traits.get("location", GLOBAL)),
        )

    def reader(self, asked: Asked) -> GeminiReader:
        """What reads the reply."""
        return gemini_reader(asked)

    def error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """The error in the body of an answer, whatever its shape."""
        del headers
        return read_error(status, body)

    def trial_request(self, access: Access) -> WireRequest:
        """A count of tokens, which is free: it needs the same rights as a reply does."""
        body = {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}
        return vertex_request(access, _TRIAL_MODEL, "countTokens", orjson.dumps(body))


def vertex_request(
    access: Access,
    model: str,
    method: str,
    body: bytes,
    *,
    location: str = GLOBAL,
    pinned: bool = False,
    version: str = _VERSION,
) -> WireRequest:
    """A request for a model, at the credential's location or else at this one.

    Args:
        access: the credential.
        model: the provider's id of it.
        method: what is asked of it.
        body: JSON.
        location: where it is served, if the credential names no place.
        pinned: whether it is served there whatever the credential names.
        version: of the API.

    Raises:
        NoUpstream: the credential is of no use.
    """
    headers = {"content-type": "application/json"}
    authorization = None
    try:
        secret = parse_google_secret(access.secret)
        location = location if pinned else secret.location or location
        base = access.base_url or host(location)
    except ValueError as error:
        raise NoUpstream(f"The credential for Vertex is of no use: {error}.") from None
    if isinstance(secret, GoogleApiKey):
        headers["x-goog-api-key"] = secret.key
    else:
        authorization = GoogleToken(secret)
        if isinstance(secret.source, AuthorizedUser) and secret.source.quota_project:
            headers["x-goog-user-project"] = secret.source.quota_project
    path = model_path(model, project=secret.project, location=location)
    return WireRequest(
        method="POST",
        url=f"{base}/{version}/{path}:{method}",
        headers=headers,
        body=body,
        authorization=authorization,
    )
