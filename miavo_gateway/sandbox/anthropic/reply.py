"""A composed reply in the API's two forms: a message, or the events of a stream."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from miavo_gateway.sandbox.anthropic.signatures import redact, sign
from miavo_gateway.sandbox.composition import Composition
from miavo_gateway.sandbox.simulator import Part

__all__ = ["Reply"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model says, and the API's words around it."""

    composed: Composition
    model_id: str
    digest: str
    """Hexadecimal; decides all ids."""
    shows_thoughts: bool = True
    redacts_thoughts: bool = False
    fenced: bool = False
    """Whether JSON comes in a code fence, as Claude likes to give it."""
    caches: bool = False
    """Whether the request has the prompt cached."""

    def message(self) -> bytes:
        """The body of a plain answer."""
        return orjson.dumps(
            {**self._head(), "content": self._content(), **self._end(), "usage": self._usage()}
        )

    def events(self) -> Iterator[Part]:
        """The events of a stream."""
        usage = {**self._usage(), "output_tokens": 1}
        usage.pop("output_tokens_details", None)
        start = {**self._head(), "content": [], **_NO_END, "usage": usage}
        yield _event("message_start", {"message": start})
        content = self._content()
        for index, block in enumerate(content):
            yield from self._block_events(index, block)
            if index == 0:
                yield _event("ping", {})
        if not content:
            yield _event("ping", {})
        yield _event("message_delta", {"delta": self._end(), "usage": self._usage()})
        yield _event("message_stop", {})

    def _block_events(self, index: int, block: dict[str, Any]) -> Iterator[Part]:
        start, deltas = self._pieces(block)
        tokens = 1 if block["type"] == "tool_use" else 0
        yield _event("content_block_start", {"index": index, "content_block": start}, tokens)
        for delta, count in deltas:
            yield _event("content_block_delta", {"index": index, "delta": delta}, count)
        yield _event("content_block_stop", {"index": index})

    def _pieces(self, block: dict[str, Any]) -> tuple[dict[str, Any], list[_Delta]]:
        """How a block begins, and its deltas with their tokens."""
        composed = self.composed
        match block["type"]:
            case "text":
                words = composed.refusal_tokens() if composed.refusal else composed.text_tokens()
                if self.fenced:
                    words = ["```", "json\n", *words, "\n```"]
                return {**block, "text": ""}, [
                    ({"type": "text_delta", "text": word}, 1) for word in words
                ]
            case "thinking":
                words = composed.reasoning_tokens_text() if self.shows_thoughts else []
                deltas: list[_Delta] = [
                    ({"type": "thinking_delta", "thinking": word}, 1) for word in words
                ]
                signature = {"type": "signature_delta", "signature": block["signature"]}
                return {"type": "thinking", "thinking": "", "signature": ""}, [
                    *deltas,
                    (signature, 0),
                ]
            case "tool_use":
                return {**block, "input": {}}, [
                    ({"type": "input_json_delta", "partial_json": word}, 1 if word else 0)
                    for word in self._argument_words(block)
                ]
            case _:
                return block, []

    def _argument_words(self, block: dict[str, Any]) -> list[str]:
        """The first delta is empty; where there are no arguments it is the only one."""
        if not block["input"]:
            return [""]
        calls = self.composed.calls
        call = next(call for index, call in enumerate(calls) if self._call_id(index) == block["id"])
        return ["", *self.composed.argument_tokens(call)]

    def _head(self) -> dict[str, Any]:
        return {
            "id": f"msg_01{self.digest[:22]}",
            "type": "message",
            "role": "assistant",
            "model": self.model_id,
        }

    def _content(self) -> list[dict[str, Any]]:
        composed = self.composed
        content: list[dict[str, Any]] = []
        if composed.reasoning:
            content.append(self._thought())
        if text := composed.refusal or composed.text:
            if self.fenced:
                text = f"```json\n{text}\n```"
            content.append({"type": "text", "text": text})
        for index, call in enumerate(composed.calls):
            arguments = orjson.loads(call.arguments)
            content.append(
                {
                    "type": "tool_use",
                    "id": self._call_id(index),
                    "name": call.name,
                    "input": arguments,
                }
            )
        return content

    def _thought(self) -> dict[str, Any]:
        thought = self.composed.reasoning
        if self.redacts_thoughts:
            return {"type": "redacted_thinking", "data": redact(thought)}
        shown = thought if self.shows_thoughts else ""
        return {"type": "thinking", "thinking": shown, "signature": sign(shown)}

    def _call_id(self, index: int) -> str:
        seed = f"{self.digest}/{index}"
        return "toolu_01" + hashlib.sha256(seed.encode()).hexdigest()[:22]

    def _end(self) -> dict[str, Any]:
        composed = self.composed
        reason, details = "end_turn", None
        match composed.finish_reason:
            case "tool_calls":
                reason = "tool_use"
            case "length":
                reason = "max_tokens"
            case "content_filter":
                reason = "refusal"
                details = {"type": "refusal", "category": None, "explanation": None}
            case _ if composed.stop_sequence is not None:
                reason = "stop_sequence"
        return {
            "stop_reason": reason,
            "stop_sequence": composed.stop_sequence,
            "stop_details": details,
        }

    def _usage(self) -> dict[str, Any]:
        composed = self.composed
        read = composed.cached_tokens if self.caches else 0
        fresh = composed.prompt_tokens - read
        # What is not in the cache yet is written to it, but for the last word.
        written = max(0, fresh - 1) if self.caches else 0
        return {
            "input_tokens": fresh - written,
            "cache_creation_input_tokens": written,
            "cache_read_input_tokens": read,
            "output_tokens": max(1, composed.output_tokens),
            "output_tokens_details": {"thinking_tokens": composed.reasoning_tokens},
            "service_tier": "standard",
        }


_Delta = tuple[dict[str, Any], int]
_NO_END = {"stop_reason": None, "stop_sequence": None, "stop_details": None}


def _event(kind: str, fields: dict[str, Any], tokens: int = 0) -> Part:
    data = orjson.dumps({"type": kind, **fields})
    return Part(b"event: " + kind.encode() + b"\ndata: " + data + b"\n\n", tokens)
