"""A composed reply as Gemini's responses: whole, or as the events of a stream."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import orjson

from miavo_gateway.sandbox.composition import Call, Composition
from miavo_gateway.sandbox.gemini.models import Api
from miavo_gateway.sandbox.gemini.signatures import sign, sign_text
from miavo_gateway.sandbox.simulator import Part

__all__ = ["Reply"]

_TOKENS_AT_ONCE: Final = 4
"""Gemini's events hold some words each, not a token."""
_FINISH: Final = {
    "stop": "STOP",
    "tool_calls": "STOP",
    "length": "MAX_TOKENS",
    "content_filter": "SAFETY",
}
_LOGPROB: Final = -0.01


@dataclass(frozen=True, slots=True)
class Reply:
    """How one reply is written."""

    composed: Composition
    api: Api
    model: str
    id: str
    """`responseId`."""
    generation: int
    shows_thoughts: bool = False
    logprobs: int | None = None
    """How many likely tokens to tell at each step; None if nothing is to be told."""

    def whole(self) -> dict[str, Any]:
        """The response of `generateContent`."""
        composed = self.composed
        parts: list[dict[str, Any]] = []
        if composed.reasoning and self.shows_thoughts:
            parts.append({"text": composed.reasoning, "thought": True})
        if composed.text:
            parts.append({"text": composed.text, **self._signed_text()})
        parts += self._calls()
        candidate = self._candidate(parts)
        if self.logprobs is not None and composed.text:
            candidate["logprobsResult"] = self._logprobs(composed.text_tokens())
        return self._response({**candidate, **self._end()}, composed.output_tokens)

    def events(self) -> Iterator[tuple[dict[str, Any], int]]:
        """The responses of a stream, with the tokens that are new in each."""
        composed = self.composed
        said = composed.reasoning_tokens
        if composed.reasoning and self.shows_thoughts:
            thought = {"text": composed.reasoning, "thought": True}
            yield self._response(self._candidate([thought]), said), said
        for tokens in _groups(composed.text_tokens()):
            said += len(tokens)
            candidate = self._candidate([{"text": "".join(tokens)}])
            if self.logprobs is not None:
                candidate["logprobsResult"] = self._logprobs(tokens)
            yield self._response(candidate, said), len(tokens)
        for call, part in zip(composed.calls, self._calls(), strict=True):
            tokens_of_call = 1 + len(composed.argument_tokens(call))
            said += tokens_of_call
            yield self._response(self._candidate([part]), said), tokens_of_call
        # A text's signature comes after it, on a part without words.
        last = [{"text": "", **self._signed_text()}] if composed.text else []
        candidate = {**self._candidate(last), **self._end()}
        yield self._response(candidate, composed.output_tokens), 0

    def sse(self) -> Iterator[Part]:
        """The events as server-sent ones."""
        for response, tokens in self.events():
            yield Part(b"data: " + orjson.dumps(response) + b"\r\n\r\n", tokens)

    def array(self) -> Iterator[Part]:
        """The events as the array that a stream is where SSE is not asked for."""
        opening = b"["
        for response, tokens in self.events():
            yield Part(opening + orjson.dumps(response), tokens)
            opening = b",\r\n"
        yield Part(b"]")

    def _response(self, candidate: dict[str, Any], output: int) -> dict[str, Any]:
        composed = self.composed
        thoughts = composed.reasoning_tokens
        usage: dict[str, Any] = {
            "promptTokenCount": composed.prompt_tokens,
            "candidatesTokenCount": output - thoughts,
            "totalTokenCount": composed.prompt_tokens + output,
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": composed.prompt_tokens}],
        }
        if composed.cached_tokens:
            usage["cachedContentTokenCount"] = composed.cached_tokens
        if thoughts:
            usage["thoughtsTokenCount"] = thoughts
        if self.api == "vertex":
            usage["trafficType"] = "ON_DEMAND"
        return {
            "candidates": [candidate],
            "usageMetadata": usage,
            "modelVersion": self.model,
            "responseId": self.id,
        }

    def _candidate(self, parts: list[dict[str, Any]]) -> dict[str, Any]:
        content = {"parts": parts, "role": "model"} if parts else {"role": "model"}
        return {"content": content, "index": 0}

    def _end(self) -> dict[str, Any]:
        finish = _FINISH[self.composed.finish_reason]
        if finish != "SAFETY":
            return {"finishReason": finish}
        return {"finishReason": finish, "finishMessage": self.composed.refusal}

    def _calls(self) -> list[dict[str, Any]]:
        return [self._call(number, call) for number, call in enumerate(self.composed.calls)]

    def _call(self, number: int, call: Call) -> dict[str, Any]:
        args = orjson.loads(call.arguments)
        function: dict[str, Any] = {"name": call.name, "args": args}
        part: dict[str, Any] = {"functionCall": function}
        if self.generation >= 3:
            function["id"] = f"{self.id[:8]}-{number}"
            if number == 0:  # Only the first of calls that go together is signed.
                signature = sign(call.name, args, api=self.api, model=self.model)
                part["thoughtSignature"] = b64encode(signature).decode()
        return part

    def _signed_text(self) -> dict[str, str]:
        if self.generation < 3:
            return {}
        signature = sign_text(self.composed.text, api=self.api, model=self.model)
        return {"thoughtSignature": b64encode(signature).decode()}

    def _logprobs(self, tokens: list[str]) -> dict[str, Any]:
        chosen = [{"token": each, "tokenId": 1, "logProbability": _LOGPROB} for each in tokens]
        result: dict[str, Any] = {"chosenCandidates": chosen}
        if self.logprobs:
            result["topCandidates"] = [{"candidates": [each]} for each in chosen]
        return result


def _groups(tokens: list[str]) -> Iterator[list[str]]:
    rest = iter(tokens)
    while group := list(islice(rest, _TOKENS_AT_ONCE)):
        yield group
