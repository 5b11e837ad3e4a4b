"""A provider that speaks OpenAI's chat format, but for what its dialect says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import ValidationError

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.sandbox.composition import compose
from miavo_gateway.sandbox.openai_shaped.history import check_tool_turns
from miavo_gateway.sandbox.openai_shaped.refusal import ProviderRefusal
from miavo_gateway.sandbox.openai_shaped.shape import BodyShape
from miavo_gateway.sandbox.openai_shaped.writing import Body, Saying, json_answer
from miavo_gateway.sandbox.simulator import Received, Simulated
from miavo_gateway.schema.chat import ChatCompletionRequest

__all__ = ["Dialect", "OpenAIShapedSimulator", "authorized", "json_body", "understood"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """What is a provider's own."""

    provider: str
    chat_path: str
    models_path: str
    models: tuple[str, ...]
    """Some of its models' ids, for the list of models; any id is answered."""
    shape: Callable[[Body], BodyShape]
    """The fields it knows; the body tells the model."""
    check: Callable[[Body], None]
    """Its rules; raises `ProviderRefusal`."""
    translated: Callable[[Body], dict[str, Any]]
    """A body that was checked, in the names of OpenAI's."""
    said: Callable[[Saying], Simulated]
    """A reply, plain or as a stream."""
    refused: Callable[[ProviderRefusal], Simulated]
    """A refusal in its own shape."""
    others: Mapping[str, Callable[[Received], Simulated]]
    """What answers POST requests to other paths."""
    videos: Callable[[Received], Simulated | None] = lambda received: None
    """What answers requests about video; None to any other."""


class OpenAIShapedSimulator:
    """It is a `Simulator`."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    @property
    def provider(self) -> str:
        """Its id in the catalogue."""
        return self._dialect.provider

    def answer(self, received: Received) -> Simulated:
        """The provider's answer; a wrong request gets the provider's own error."""
        try:
            return self._answer(received)
        except ProviderRefusal as refusal:
            return self._dialect.refused(refusal)

    def failure(self, status: int, message: str) -> Simulated:
        """An error in the provider's own shape."""
        return self._dialect.refused(ProviderRefusal(message, status=status))

    def malformed(self) -> bytes:
        """An event whose JSON breaks off."""
        return b'data: {"id":"broken","choices":[{"index":0,"delta":{"content":\n\n'

    def _answer(self, received: Received) -> Simulated:
        dialect = self._dialect
        if (about_video := dialect.videos(received)) is not None:
            return about_video
        authorized(received)
        if received.method == "GET" and received.path == dialect.models_path:
            listed = [
                {"id": each, "object": "model", "created": 1_780_000_000, "owned_by": self.provider}
                for each in dialect.models
            ]
            return json_answer({"object": "list", "data": listed})
        if received.method != "POST" or received.path not in (dialect.chat_path, *dialect.others):
            raise ProviderRefusal(
                f"Invalid URL ({received.method} {received.path})", status=404, code="unknown_url"
            )
        if received.path != dialect.chat_path:
            return dialect.others[received.path](received)
        body = json_body(received)
        dialect.shape(body).check(body)
        dialect.check(body)
        check_tool_turns(body["messages"])
        return dialect.said(understood(body, dialect.translated(body), self.provider))


def authorized(received: Received) -> None:
    """Check that a request has a bearer key.

    Raises:
        ProviderRefusal: it has none.
    """
    scheme, _, key = received.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise ProviderRefusal(
            "You didn't provide an API key. Put it into the Authorization header as a bearer key.",
            status=401,
        )


def json_body(received: Received) -> dict[str, Any]:
    """The body, an object.

    Raises:
        ProviderRefusal: it is none, or not declared as JSON.
    """
    kind = received.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise ProviderRefusal(f"Unsupported content type: '{kind}'.", status=400)
    try:
        body = orjson.loads(received.body)
    except orjson.JSONDecodeError:
        raise ProviderRefusal("We could not parse the JSON body of your request.") from None
    if not isinstance(body, dict):
        raise ProviderRefusal("The body of your request is no JSON object.")
    return body


def understood(body: Body, translated: dict[str, Any], provider: str) -> Saying:
    """The reply to a body.

    Args:
        body: as it came.
        translated: the same in the names of OpenAI's chat completions.
        provider: the provider's id.

    Raises:
        ProviderRefusal: a value has the wrong type or is out of range.
    """
    try:
        request = ChatCompletionRequest.model_validate(translated)
        composition = compose(request, provider=provider, model=request.model)
    except ValidationError as error:
        first = error.errors()[0]
        param = ".".join(str(step) for step in first["loc"])
        raise ProviderRefusal(
            f"Invalid value for '{param}': {first['msg']}.", code="invalid_value", param=param
        ) from None
    except InvalidRequest as error:
        raise ProviderRefusal(error.message, code="invalid_value", param=error.param) from None
    return Saying(body, request, composition)
