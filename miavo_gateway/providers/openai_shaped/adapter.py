"""From OpenAI's request to that of a provider that speaks the same format, but for details."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import orjson

from miavo_gateway.providers.adapter import Access, Asked
from miavo_gateway.providers.exchange import ErrorClass, ProviderError, WireRequest
from miavo_gateway.providers.limits import Limit
from miavo_gateway.providers.openai_shaped.choice import Wanted
from miavo_gateway.providers.openai_shaped.errors import Classify, read_error
from miavo_gateway.providers.openai_shaped.fields import plain_fields
from miavo_gateway.providers.openai_shaped.json_reply import JsonSupport, json_support, put_format
from miavo_gateway.providers.openai_shaped.messages import Body, MessageRules, wire_messages
from miavo_gateway.providers.openai_shaped.reader import OpenAIShapedReader
from miavo_gateway.providers.openai_shaped.tools import ToolRules, forces_a_call, put_tools
from miavo_gateway.providers.sse import SseParser
from miavo_gateway.schema.chat import (
    JsonObjectFormat,
    JsonSchemaFormat,
    NamedToolChoice,
)

__all__ = ["OpenAIShaped", "Reading", "Shape"]

Shape: TypeAlias = Callable[[Body, Asked], None]
"""Changes a body to what the provider wants, or raises `InvalidRequest`."""


def _as_it_is(body: Body, asked: Asked) -> None:
    del body, asked


def _by_status(status: int, code: str, message: str) -> ErrorClass | None:
    del status, code, message
    return None


@dataclass(frozen=True, slots=True)
class Reading:
    """How a provider's replies differ from OpenAI's."""

    relays: bool = False
    """They do not: events are passed on as they came, where nothing is asked that needs more."""
    think_tags: bool = False
    """Thoughts may stand at the beginning of the text, between `<think>` and `</think>`."""
    markers: tuple[str, ...] = ()
    """What is taken out of the text."""
    may_grow: bool = False
    """Each piece may be all of the text so far."""
    keeps_reasoning: bool = False
    """The reasoning has to come back with the results of the calls that it led to."""
    one_call: bool = False
    """It cannot be told to call one tool at a time: further calls are left out."""


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
    counts_on_request: bool = True
    """A stream counts if `stream_options` ask for it; else it always does."""
    limits: tuple[Limit, ...] = ()
    """What becomes of the fields that it has no equal for. They are obeyed, not only shown."""
    messages: MessageRules = field(default_factory=MessageRules)
    tools: ToolRules = field(default_factory=ToolRules)
    json: JsonSupport = JsonSupport.SCHEMA
    """What it can do; the trait `json` of a model goes before it."""
    reading: Reading = field(default_factory=Reading)
    shape: Shape = _as_it_is
    """The last word on a body."""
    classify: Classify = _by_status
    """What its error codes mean."""

    def framing(self) -> SseParser:
        """Server-sent events."""
        return SseParser()

    def chat_request(self, asked: Asked, access: Access) -> WireRequest:
        """The request for a chat completion; fields that Miavo does not know are not forwarded."""
        return WireRequest(
            method="POST",
            url=(access.base_url or self.base_url) + self.chat_path,
            headers={
                **access.bearer,
                "content-type": "application/json",
                "accept": "text/event-stream",
            },
            body=orjson.dumps(self.body(asked)),
        )

    def body(self, asked: Asked) -> Body:
        """What the request says.

        Raises:
            InvalidRequest: see `ChatAdapter.chat_request`.
        """
        request = asked.request
        body: Body = {
            "model": asked.model.upstream,
            "messages": wire_messages(asked, self.messages, takes_links=self.takes_links),
            **plain_fields(request, self.limits),
            "stream": True,
        }
        if self.counts_on_request:
            body["stream_options"] = {"include_usage": True}
        if request.output_limit is not None:
            body[self.output_limit_field] = request.output_limit
        put_tools(body, request, self.tools)
        put_format(body, asked, json_support(asked, self.json))
        self.shape(body, asked)
        return body

    def reader(self, asked: Asked) -> OpenAIShapedReader:
        """What reads the reply."""
        request, reading = asked.request, self.reading
        wants_json = isinstance(request.response_format, JsonObjectFormat | JsonSchemaFormat)
        one_call = reading.one_call or asked.model.traits.get("parallel_tool_calls") is False
        wanted = Wanted(
            think_tags=reading.think_tags,
            markers=reading.markers,
            may_grow=reading.may_grow,
            keeps_reasoning=reading.keeps_reasoning,
            bare_json=wants_json and json_support(asked, self.json) is JsonSupport.NOTHING,
            first_call_only=one_call and request.parallel_tool_calls is False,
            forced_call=forces_a_call(request) and isinstance(request.tool_choice, NamedToolChoice),
        )
        relays = reading.relays and not wanted.first_call_only
        return OpenAIShapedReader(wanted, self.classify, relays=relays)

    def error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """The error in the body of an answer, whatever its shape."""
        del headers
        return read_error(body, status, self.classify)

    def trial_request(self, access: Access) -> WireRequest:
        """The cheapest request that shows whether a credential is taken: the list of models."""
        return WireRequest(
            method="GET",
            url=(access.base_url or self.base_url) + "/models",
            headers=access.bearer,
        )
