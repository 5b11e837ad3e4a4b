"""A composed reply in Converse's two forms: a message, or the frames of a stream."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from miavo_gateway.sandbox.bedrock.frames import event_frame
from miavo_gateway.sandbox.bedrock.signatures import sign
from miavo_gateway.sandbox.composition import Composition
from miavo_gateway.sandbox.simulator import Part

__all__ = ["Reply"]

_LATENCY_MS = 420
_PADDING = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model says, and the service's words around it."""

    composed: Composition
    model_id: str
    request_id: str
    wants_thinking_tokens: bool
    """Whether the request asked for `/usage/output_tokens_details`."""

    def message(self) -> bytes:
        """The body of Converse's answer."""
        body: dict[str, Any] = {
            "metrics": {"latencyMs": _LATENCY_MS},
            "output": {"message": {"content": self._content(), "role": "assistant"}},
            "stopReason": self._stop_reason(),
            "usage": self._usage(),
        }
        if fields := self._additional():
            body["additionalModelResponseFields"] = fields
        return orjson.dumps(body)

    def frames(self) -> Iterator[Part]:
        """The frames of ConverseStream's answer. The usage comes after the end."""
        yield _part("messageStart", {"role": "assistant"})
        for index, block in enumerate(self._content()):
            yield from self._block_frames(index, block)
            yield _part("contentBlockStop", {"contentBlockIndex": index})
        stop: dict[str, Any] = {"stopReason": self._stop_reason()}
        if fields := self._additional():
            stop["additionalModelResponseFields"] = fields
        yield _part("messageStop", stop)
        metrics = {"latencyMs": _LATENCY_MS}
        yield _part("metadata", {"metrics": metrics, "usage": self._usage()})

    def _block_frames(self, index: int, block: dict[str, Any]) -> Iterator[Part]:
        composed = self.composed
        if "reasoningContent" in block:
            for token in composed.reasoning_tokens_text():
                yield _delta(index, {"reasoningContent": {"text": token}}, 1)
            signature = block["reasoningContent"]["reasoningText"]["signature"]
            yield _delta(index, {"reasoningContent": {"signature": signature}}, 0)
        elif "toolUse" in block:
            use = block["toolUse"]
            start = {"toolUse": {"name": use["name"], "toolUseId": use["toolUseId"]}}
            yield _part("contentBlockStart", {"contentBlockIndex": index, "start": start}, 1)
            call = next(each for i, each in enumerate(composed.calls) if use == self._use(i))
            # Claude streams no arguments at all where there are none.
            if use["input"]:
                for token in composed.argument_tokens(call):
                    yield _delta(index, {"toolUse": {"input": token}}, 1)
        else:
            tokens = composed.refusal_tokens() if composed.refusal else composed.text_tokens()
            for token in tokens:
                yield _delta(index, {"text": token}, 1)

    def _content(self) -> list[dict[str, Any]]:
        composed = self.composed
        content: list[dict[str, Any]] = []
        if composed.reasoning:
            words = {
                "signature": sign(composed.reasoning, self.model_id),
                "text": composed.reasoning,
            }
            content.append({"reasoningContent": {"reasoningText": words}})
        if text := composed.refusal or composed.text:
            content.append({"text": text})
        content += [{"toolUse": self._use(index)} for index in range(len(composed.calls))]
        return content

    def _use(self, index: int) -> dict[str, Any]:
        call = self.composed.calls[index]
        seed = f"{self.request_id}/{index}"
        use_id = "tooluse_" + hashlib.sha256(seed.encode()).hexdigest()[:22]
        return {"input": orjson.loads(call.arguments), "name": call.name, "toolUseId": use_id}

    def _stop_reason(self) -> str:
        match self.composed.finish_reason:
            case "tool_calls":
                return "tool_use"
            case "length":
                return "max_tokens"
            case "content_filter":
                return "content_filtered"
            case _:
                return "stop_sequence" if self.composed.stop_sequence else "end_turn"

    def _usage(self) -> dict[str, int]:
        composed = self.composed
        return {
            "cacheReadInputTokens": composed.cached_tokens,
            "cacheWriteInputTokens": 0,
            "inputTokens": composed.prompt_tokens - composed.cached_tokens,
            "outputTokens": composed.output_tokens,
            "totalTokens": composed.prompt_tokens + composed.output_tokens,
        }

    def _additional(self) -> dict[str, Any]:
        if not self.wants_thinking_tokens:
            return {}
        details = {"thinking_tokens": self.composed.reasoning_tokens}
        return {"usage": {"output_tokens_details": details}}


def _delta(index: int, delta: dict[str, Any], tokens: int) -> Part:
    return _part("contentBlockDelta", {"contentBlockIndex": index, "delta": delta}, tokens)


def _part(kind: str, payload: dict[str, Any], tokens: int = 0) -> Part:
    # AWS pads its events so that their sizes tell less of what is in them.
    size = len(orjson.dumps(payload)) % len(_PADDING)
    return Part(event_frame(kind, orjson.dumps({**payload, "p": _PADDING[: size + 1]})), tokens)
