"""A composed reply as a response object, or as the events that build it up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from miavo_gateway.sandbox.composition import Call
from miavo_gateway.sandbox.openai_shaped.responses.items import sealed
from miavo_gateway.sandbox.openai_shaped.writing import Saying, json_answer, stream_answer
from miavo_gateway.sandbox.simulator import Part, Simulated

__all__ = ["write_response"]

_SEALED = "reasoning.encrypted_content"
_DELTAS = {"output_text": "text", "refusal": "refusal"}


def write_response(saying: Saying) -> Simulated:
    """The answer, plain or as a stream."""
    headers = {"x-request-id": f"req_{saying.digest[:32]}"}
    if saying.request.stream:
        return stream_answer(_events(saying), headers)
    items = [item for item, _ in _items(saying)]
    body = _response(saying, items, ended=True)
    return json_answer(body, tokens=saying.composition.output_tokens, headers=headers)


def _response(saying: Saying, output: list[dict[str, Any]], *, ended: bool) -> dict[str, Any]:
    reply, body = saying.composition, saying.body
    cut = reply.finish_reason == "length"
    status = ("incomplete" if cut else "completed") if ended else "in_progress"
    return {
        "id": f"resp_{saying.digest[:48]}",
        "object": "response",
        "created_at": saying.created,
        "status": status,
        "background": False,
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if ended and cut else None,
        "instructions": body.get("instructions"),
        "max_output_tokens": body.get("max_output_tokens"),
        "model": saying.model,
        "output": output,
        "parallel_tool_calls": body.get("parallel_tool_calls") is not False,
        "previous_response_id": None,
        "reasoning": {
            "effort": saying.request.reasoning_effort,
            "summary": (body.get("reasoning") or {}).get("summary"),
        },
        "service_tier": "default",
        "store": body.get("store") is not False,
        "temperature": body.get("temperature", 1.0),
        "text": body.get("text") or {"format": {"type": "text"}},
        "tool_choice": body.get("tool_choice") or "auto",
        "tools": body.get("tools") or [],
        "top_p": body.get("top_p", 1.0),
        "truncation": "disabled",
        "usage": _usage(saying) if ended else None,
        "user": body.get("user"),
        "metadata": body.get("metadata") or {},
    }


def _usage(saying: Saying) -> dict[str, Any]:
    reply = saying.composition
    return {
        "input_tokens": reply.prompt_tokens,
        "input_tokens_details": {"cached_tokens": reply.cached_tokens, "cache_write_tokens": 0},
        "output_tokens": reply.output_tokens,
        "output_tokens_details": {"reasoning_tokens": reply.reasoning_tokens},
        "total_tokens": reply.prompt_tokens + reply.output_tokens,
    }


def _items(saying: Saying) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """The output items, whole, each with its tokens."""
    reply = saying.composition
    if reply.reasoning:
        yield _reasoning(saying), reply.reasoning_tokens_text()
    for number, call in enumerate(reply.calls):
        yield _call(saying, number, call), reply.argument_tokens(call)
    if reply.calls or (reply.finish_reason == "length" and not (reply.text or reply.refusal)):
        return
    if reply.refusal:
        yield (
            _message(saying, {"type": "refusal", "refusal": reply.refusal}),
            reply.refusal_tokens(),
        )
        return
    text = {"type": "output_text", "text": reply.text, "annotations": [], "logprobs": []}
    yield _message(saying, text), reply.text_tokens()


def _reasoning(saying: Saying) -> dict[str, Any]:
    item_id = f"rs_{saying.digest[:48]}"
    summarized = (saying.body.get("reasoning") or {}).get("summary")
    item: dict[str, Any] = {
        "id": item_id,
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": saying.composition.reasoning}]
        if summarized
        else [],
    }
    if _SEALED in (saying.body.get("include") or ()):
        item["encrypted_content"] = sealed(item_id)
    return item


def _call(saying: Saying, number: int, call: Call) -> dict[str, Any]:
    return {
        "id": f"fc_{saying.digest[:46]}{number:02d}",
        "type": "function_call",
        "status": "completed",
        "call_id": saying.call_id(number),
        "name": call.name,
        "arguments": call.arguments,
    }


def _message(saying: Saying, part: dict[str, Any]) -> dict[str, Any]:
    cut = saying.composition.finish_reason == "length"
    return {
        "id": f"msg_{saying.digest[:48]}",
        "type": "message",
        "status": "incomplete" if cut else "completed",
        "role": "assistant",
        "content": [part],
    }


@dataclass(slots=True)
class _Stream:
    """Numbers the events."""

    sequence: int = 0
    parts: list[Part] = field(default_factory=list)

    def say(self, kind: str, tokens: int = 0, **fields: Any) -> None:
        data = {"type": kind, "sequence_number": self.sequence, **fields}
        self.sequence += 1
        line = f"event: {kind}\ndata: ".encode() + orjson.dumps(data) + b"\n\n"
        self.parts.append(Part(line, tokens))


def _events(saying: Saying) -> Iterator[Part]:
    stream = _Stream()
    begun = _response(saying, [], ended=False)
    stream.say("response.created", response=begun)
    stream.say("response.in_progress", response=begun)
    output: list[dict[str, Any]] = []
    for index, (item, tokens) in enumerate(_items(saying)):
        match item["type"]:
            case "reasoning":
                _say_reasoning(stream, index, item, tokens)
            case "function_call":
                _say_call(stream, index, item, tokens)
            case _:
                _say_message(stream, index, item, tokens)
        stream.say("response.output_item.done", output_index=index, item=item)
        output.append(item)
    ended = _response(saying, output, ended=True)
    stream.say(f"response.{ended['status']}", response=ended)
    return iter(stream.parts)


def _say_reasoning(stream: _Stream, index: int, item: dict[str, Any], tokens: list[str]) -> None:
    stream.say("response.output_item.added", output_index=index, item={**item, "summary": []})
    if not item["summary"]:
        return
    at = {"item_id": item["id"], "output_index": index, "summary_index": 0}
    [part] = item["summary"]
    stream.say("response.reasoning_summary_part.added", **at, part={**part, "text": ""})
    for token in tokens:
        stream.say("response.reasoning_summary_text.delta", 1, **at, delta=token)
    stream.say("response.reasoning_summary_text.done", **at, text=part["text"])
    stream.say("response.reasoning_summary_part.done", **at, part=part)


def _say_call(stream: _Stream, index: int, item: dict[str, Any], tokens: list[str]) -> None:
    begun = {**item, "status": "in_progress", "arguments": ""}
    stream.say("response.output_item.added", 1, output_index=index, item=begun)
    at = {"item_id": item["id"], "output_index": index}
    for token in tokens:
        stream.say("response.function_call_arguments.delta", 1, **at, delta=token)
    stream.say("response.function_call_arguments.done", **at, arguments=item["arguments"])


def _say_message(stream: _Stream, index: int, item: dict[str, Any], tokens: list[str]) -> None:
    begun = {**item, "status": "in_progress", "content": []}
    stream.say("response.output_item.added", output_index=index, item=begun)
    at = {"item_id": item["id"], "output_index": index, "content_index": 0}
    [part] = item["content"]
    kind = part["type"]
    text = _DELTAS[kind]
    more: dict[str, Any] = {"logprobs": []} if kind == "output_text" else {}
    stream.say("response.content_part.added", **at, part={**part, text: ""})
    for token in tokens:
        stream.say(f"response.{kind}.delta", 1, **at, delta=token, **more)
    stream.say(f"response.{kind}.done", **at, **{text: part[text]}, **more)
    stream.say("response.content_part.done", **at, part=part)
