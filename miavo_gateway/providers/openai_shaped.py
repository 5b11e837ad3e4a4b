"""Providers that speak OpenAI's chat completions: a row of data each.

The shapes are those of the `openai` package 3.54, `types/chat`. A provider's reply is asked for as
a stream with usage, whatever the caller wanted: so it can be cut and billed at any token.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import ValidationError

from miavo_gateway.local.engine import ChatEvent, Counted, Piece
from miavo_gateway.providers.exchange import ProviderError, WireRequest
from miavo_gateway.schema.chat import ChatCompletionRequest, ChunkChoice
from miavo_gateway.usage import UsageBuckets

__all__ = ["ROWS", "OpenAIShaped", "Unreadable"]

DONE = b"[DONE]"

_BYTES_PER_TOKEN = 4


class Unreadable(ValueError):
    """An event that is no chunk of a chat completion."""


@dataclass(frozen=True, slots=True)
class OpenAIShaped:
    """One provider that speaks OpenAI's format."""

    provider: str
    """Its id in the catalogue."""
    base_url: str
    """Where requests go unless a credential says otherwise; without a slash at the end."""
    chat_path: str = "/chat/completions"
    output_limit_field: str = "max_completion_tokens"
    """The field that bounds the output."""

    def chat_request(
        self, request: ChatCompletionRequest, upstream: str, secret: str
    ) -> WireRequest:
        """The request for a chat completion.

        Args:
            request: what the caller asked; fields that Miavo does not know are not forwarded.
            upstream: the provider's own id of the model.
            secret: the credential.
        """
        known = set(ChatCompletionRequest.model_fields)
        body = {
            name: value
            for name, value in request.model_dump(by_alias=True, exclude_none=True).items()
            if name in known
        }
        for name in ("max_tokens", "max_completion_tokens"):
            body.pop(name, None)
        if request.output_limit is not None:
            body[self.output_limit_field] = request.output_limit
        body |= {"model": upstream, "stream": True, "stream_options": {"include_usage": True}}
        return WireRequest(
            method="POST",
            path=self.chat_path,
            headers={
                "authorization": f"Bearer {secret}",
                "content-type": "application/json",
                "accept": "text/event-stream",
            },
            body=orjson.dumps(body),
        )

    def trial_request(self, secret: str) -> WireRequest:
        """The cheapest request that shows whether a credential is taken: the list of models."""
        return WireRequest("GET", "/models", {"authorization": f"Bearer {secret}"}, b"")

    def chat_events(self, data: bytes) -> list[ChatEvent] | ProviderError:
        """What one event of a stream says: pieces and counts, or an error.

        Raises:
            Unreadable: it is neither.
        """
        try:
            chunk = orjson.loads(data)
        except orjson.JSONDecodeError:
            raise Unreadable("an event is not JSON") from None
        if not isinstance(chunk, dict):
            raise Unreadable("an event is not a JSON object")
        if chunk.get("error"):
            return self.error(data)
        events: list[ChatEvent] = []
        choices = chunk.get("choices") or ()
        for position, choice in enumerate(choices):
            # The event is passed on as it came, once, by its first piece.
            events.append(_piece(choice, data if position == 0 else b""))
        usage = chunk.get("usage")
        if isinstance(usage, dict):
            events.append(Counted(_buckets(usage), raw=None if choices else data))
        return events

    def error(self, body: bytes) -> ProviderError:
        """The error in the body of an answer, whatever its shape."""
        try:
            decoded = orjson.loads(body)
        except orjson.JSONDecodeError:
            return ProviderError("", body[:500].decode(errors="replace").strip())
        error: Any = decoded.get("error", decoded) if isinstance(decoded, dict) else decoded
        if isinstance(error, str):
            return ProviderError("", error)
        if not isinstance(error, dict):
            return ProviderError("", "")
        code = error.get("code") or error.get("type") or ""
        return ProviderError(str(code), str(error.get("message") or ""))


def _piece(choice: object, raw: bytes) -> Piece:
    if not isinstance(choice, dict):
        raise Unreadable("a choice is not a JSON object")
    if not isinstance(choice.get("delta"), dict):
        choice = {**choice, "delta": {}}
    try:
        parsed = ChunkChoice.model_validate(choice)
    except ValidationError:
        raise Unreadable("a choice is not what OpenAI's format says") from None
    return Piece(parsed, tokens=_tokens(parsed), raw=raw)


def _tokens(choice: ChunkChoice) -> int:
    """The tokens of a piece, as far as can be told before the provider counts them."""
    delta = choice.delta
    size = sum(
        len(text.encode())
        for text in (delta.content, delta.reasoning_content, delta.refusal)
        if text
    )
    for call in delta.tool_calls or ():
        if call.function is not None:
            size += len(call.function.name or "") + len((call.function.arguments or "").encode())
    return -(-size // _BYTES_PER_TOKEN)


def _buckets(usage: Mapping[str, Any]) -> UsageBuckets:
    """OpenAI's counts as disjoint buckets: cached tokens are a subset of the prompt's."""
    prompt = _count(usage.get("prompt_tokens"))
    details = usage.get("prompt_tokens_details") or {}
    cached = min(prompt, _count(details.get("cached_tokens")))
    reasoning = _count((usage.get("completion_tokens_details") or {}).get("reasoning_tokens"))
    return UsageBuckets(
        uncached_input=prompt - cached,
        cache_read=cached,
        output=_count(usage.get("completion_tokens")),
        reasoning=reasoning,
    )


def _count(value: object) -> int:
    return max(0, value) if isinstance(value, int) and not isinstance(value, bool) else 0


ROWS: Mapping[str, OpenAIShaped] = {
    row.provider: row
    for row in (OpenAIShaped(provider="openai", base_url="https://api.openai.com/v1"),)
}
"""By provider id. To add one, add its file to `catalog/` and its row here."""
