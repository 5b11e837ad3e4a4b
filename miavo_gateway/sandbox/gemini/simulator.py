"""Google's two APIs of Gemini over HTTP, answered from the request alone: `Simulator`s both."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from urllib.parse import unquote

import msgspec
import orjson

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.sandbox.composition import Composition, compose
from miavo_gateway.sandbox.gemini.decode import chat_request
from miavo_gateway.sandbox.gemini.models import MODELS, Api, SimulatedGemini
from miavo_gateway.sandbox.gemini.refusals import GoogleRefusal, error_body, malformed
from miavo_gateway.sandbox.gemini.reply import Reply
from miavo_gateway.sandbox.gemini.settings import check_settings
from miavo_gateway.sandbox.gemini.shapes import GenerateContentRequest, camel
from miavo_gateway.sandbox.gemini.turns import check_turns
from miavo_gateway.sandbox.simulator import Part, Received, Simulated
from miavo_gateway.sandbox.sound.google import google_sound
from miavo_gateway.sandbox.videos.google import google_videos

__all__ = ["GoogleSimulator"]

_METHOD: Final = r"(?P<model>[^/:]+):(?P<method>generateContent|streamGenerateContent|countTokens)"
_PATHS: Final[Mapping[Api, re.Pattern[str]]] = {
    "google": re.compile(rf"/v1(?:beta|alpha)?/models/{_METHOD}"),
    "vertex": re.compile(
        r"/v1(?:beta1)?/(?P<place>projects/[^/]+/locations/[a-z][a-z0-9-]*/)?"
        rf"publishers/google/models/{_METHOD}"
    ),
}
_LIST: Final = re.compile(r"/v1(?:beta|alpha)?/models")
_JSON: Final = "application/json; charset=UTF-8"
_SSE: Final = "text/event-stream"


@dataclass(frozen=True, slots=True)
class GoogleSimulator:
    """The Gemini API (`google`) or Vertex AI (`vertex`)."""

    provider: Api

    def answer(self, received: Received) -> Simulated:
        """The answer to a request; a wrong one gets Google's own error."""
        try:
            self._check_authorization(received)
            if (about_video := google_videos(received, self.provider)) is not None:
                return about_video
            if (about_sound := google_sound(received, self.provider)) is not None:
                return about_sound
            if received.method == "GET" and self.provider == "google":
                return _listed(received)
            return self._answer(received)
        except GoogleRefusal as refusal:
            return refusal.answer()

    def failure(self, status: int, message: str) -> Simulated:
        """An error in Google's shape; a key that is wrong comes as 400 from the Gemini API."""
        match status:
            case 401 if self.provider == "google":
                refusal = GoogleRefusal(message, reason="API_KEY_INVALID")
            case 403:
                refusal = GoogleRefusal(message, status=403, reason="SERVICE_DISABLED")
            case 429:
                quota = "GenerateRequestsPerMinutePerProjectPerModel"
                refusal = GoogleRefusal(message, status=429, violation=quota)
            case 529:
                refusal = GoogleRefusal(message, status=503)
            case _:
                refusal = GoogleRefusal(message, status=status)
        return refusal.answer()

    def error_event(self, message: str) -> bytes:
        """An error in the middle of a stream."""
        return (
            b"data: " + orjson.dumps(error_body(GoogleRefusal(message, status=500))) + b"\r\n\r\n"
        )

    def malformed(self) -> bytes:
        """An event whose JSON breaks off."""
        return b'data: {"candidates": [{"content": {"parts": [{"text":\r\n\r\n'

    def _check_authorization(self, received: Received) -> None:
        """The form of it alone: whose secret it is, is the server's business."""
        if received.headers.get("x-goog-api-key") or received.query.get("key"):
            return
        scheme, _, token = received.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token and self.provider == "vertex":
            return
        if self.provider == "vertex":
            raise GoogleRefusal(
                "Request is missing required authentication credential. Expected OAuth 2 access "
                "token, login cookie or other valid authentication credential.",
                status=401,
                reason="CREDENTIALS_MISSING",
            )
        raise GoogleRefusal(
            "Method doesn't allow unregistered callers (callers without established identity). "
            "Please use API Key or other form of API consumer identity to call this API.",
            status=403,
        )

    def _answer(self, received: Received) -> Simulated:
        found = _PATHS[self.provider].fullmatch(unquote(received.path))
        if found is None or received.method != "POST":
            raise GoogleRefusal("Requested entity was not found.", status=404)
        model, method = found["model"], found["method"]
        rules = MODELS.get(model)
        if rules is None:
            raise self._unknown(model)
        counts = method == "countTokens"
        request = _decoded(received.body, counted=counts)
        check_turns(request.contents, rules, api=self.provider, model=model)
        check_settings(request, rules, api=self.provider)
        try:
            composed = compose(chat_request(request, model), provider=self.provider, model=model)
        except InvalidRequest as error:
            raise GoogleRefusal(error.message) from None
        if counts:
            return _json({"totalTokens": composed.prompt_tokens})
        reply = self._reply(request, rules, composed, model, received.body)
        if method == "generateContent":
            return _json(reply.whole(), composed.output_tokens)
        if received.query.get("alt") == "sse":
            return Simulated(200, {"content-type": _SSE}, tuple(reply.sse()))
        return Simulated(200, {"content-type": _JSON}, tuple(reply.array()))

    def _reply(
        self,
        request: GenerateContentRequest,
        rules: SimulatedGemini,
        composed: Composition,
        model: str,
        body: bytes,
    ) -> Reply:
        config = request.generation_config
        return Reply(
            composed,
            self.provider,
            model,
            # The same for a plain and a streamed request, so that their calls have the same ids.
            sha256(model.encode() + body).hexdigest()[:22],
            rules.generation,
            bool(config.thinking_config and config.thinking_config.include_thoughts),
            (config.logprobs or 0) if config.response_logprobs else None,
        )

    def _unknown(self, model: str) -> GoogleRefusal:
        if self.provider == "vertex":
            words = (
                f"Publisher Model `publishers/google/models/{model}` was not found or your project "
                "does not have access to it. Please ensure you are using a valid model version."
            )
        else:
            words = (
                f"models/{model} is not found for API version v1beta, or is not supported for "
                "generateContent. Call ListModels to see the list of available models and their "
                "supported methods."
            )
        return GoogleRefusal(words, status=404)


def _decoded(body: bytes, *, counted: bool) -> GenerateContentRequest:
    try:
        value = camel(orjson.loads(body))
    except orjson.JSONDecodeError:
        raise GoogleRefusal("Invalid JSON payload received. Unexpected token.") from None
    if counted and isinstance(value, dict) and "generateContentRequest" in value:
        value = value["generateContentRequest"]
        value = {name: each for name, each in value.items() if name != "model"}
    try:
        return msgspec.convert(value, GenerateContentRequest)
    except msgspec.ValidationError as error:
        raise malformed(str(error)) from None


def _listed(received: Received) -> Simulated:
    if not _LIST.fullmatch(received.path):
        raise GoogleRefusal("Requested entity was not found.", status=404)
    methods = ["generateContent", "countTokens"]
    listed = [
        {
            "name": f"models/{model}",
            "displayName": model,
            "outputTokenLimit": rules.max_output,
            "supportedGenerationMethods": methods,
        }
        for model, rules in MODELS.items()
    ]
    return _json({"models": listed})


def _json(body: dict[str, Any], tokens: int = 0) -> Simulated:
    return Simulated(200, {"content-type": _JSON}, (Part(orjson.dumps(body), tokens),))
