"""Moonshot's Kimi: fixed sampling on the K2.5 line, thoughts that have to come back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from miavo_gateway.sandbox.openai_shaped.history import has_images, parts_of
from miavo_gateway.sandbox.openai_shaped.refusal import ProviderRefusal
from miavo_gateway.sandbox.openai_shaped.shape import BodyShape, fields
from miavo_gateway.sandbox.openai_shaped.simulator import Dialect
from miavo_gateway.sandbox.openai_shaped.thinking import (
    Thinking,
    check_thoughts_came_back,
    thinks,
)
from miavo_gateway.sandbox.openai_shaped.writing import (
    DONE,
    Body,
    Saying,
    call_deltas,
    event,
    json_answer,
    reasoning_deltas,
    stream_answer,
    text_deltas,
    whole_calls,
)
from miavo_gateway.sandbox.simulator import Part, Simulated

__all__ = ["MOONSHOT"]

_SHAPE = BodyShape(
    body=fields(
        "model messages temperature top_p n presence_penalty frequency_penalty max_tokens "
        "max_completion_tokens stop stream stream_options tools tool_choice "
        "response_format thinking"
    ),
    roles={
        "system": fields("role content name"),
        "user": fields("role content name"),
        "assistant": fields("role content name partial tool_calls reasoning_content"),
        "tool": fields("role content tool_call_id name"),
    },
    image=fields("url detail"),
)
_TYPES = {
    400: "invalid_request_error",
    401: "invalid_authentication_error",
    403: "permission_denied_error",
    404: "resource_not_found_error",
    429: "rate_limit_reached_error",
    500: "server_error",
    529: "engine_overloaded_error",
}
_FIXED = ("kimi-k2.5", "kimi-k2.6")
_SIGHTED = (*_FIXED, "kimi-latest")
_LEAST_TEMPERATURE_OF_SEVERAL = 0.3


def _refused(refusal: ProviderRefusal) -> Simulated:
    status = 429 if refusal.status == 529 else refusal.status
    kind = refusal.code if refusal.code == "content_filter" else _TYPES[refusal.status]
    return json_answer({"error": {"type": kind, "message": refusal.message}}, status=status)


def _thinking(model: str) -> Thinking:
    if model.startswith(_FIXED):
        return "on"
    return "always" if "thinking" in model else "never"


def _check(body: Body) -> None:
    model = body["model"]
    thinking = thinks(body, _thinking(model))
    _check_sampling(body, fixed=_thinking(model) != "never")
    if body.get("tool_choice") not in (None, "auto", "none"):
        raise ProviderRefusal("tool_choice only supports auto and none", param="tool_choice")
    if (body.get("response_format") or {}).get("type") not in (None, "text", "json_object"):
        raise ProviderRefusal(
            "response_format type json_schema is not supported", param="response_format"
        )
    if has_images(body["messages"]) and not model.startswith(_SIGHTED):
        raise ProviderRefusal(f"Image input not supported for model {model}", param="messages")
    for i, message in enumerate(body["messages"]):
        for j, part in enumerate(parts_of(message)):
            url = str((part.get("image_url") or {}).get("url", ""))
            if part["type"] == "image_url" and not url.startswith(("data:image/", "ms://")):
                raise ProviderRefusal(
                    "unsupported image url: send base64 or an uploaded file",
                    param=f"messages[{i}].content[{j}].image_url.url",
                )
    if thinking:
        check_thoughts_came_back(
            body,
            "thinking is enabled but reasoning_content is missing in assistant tool call message "
            "at index {}",
        )


def _check_sampling(body: Body, *, fixed: bool) -> None:
    temperature, several = body.get("temperature"), (body.get("n") or 1) > 1
    if fixed:
        if temperature not in (None, 1):
            raise ProviderRefusal(
                "invalid temperature: only 1 is allowed for this model", param="temperature"
            )
        for name in ("top_p", "n", "presence_penalty", "frequency_penalty"):
            if body.get(name) is not None:
                raise ProviderRefusal(f"{name} is fixed for this model", param=name)
    elif temperature is not None:
        if not 0 <= temperature <= 1:
            raise ProviderRefusal(
                "invalid temperature: must be between 0 and 1", param="temperature"
            )
        if several and temperature < _LEAST_TEMPERATURE_OF_SEVERAL:
            raise ProviderRefusal("invalid n: only 1 is allowed near temperature 0", param="n")


def _translated(body: Body) -> dict[str, Any]:
    thinking = thinks(body, _thinking(body["model"]))
    return {**body, "reasoning_effort": "medium" if thinking else "none"}


def _said(saying: Saying) -> Simulated:
    reply = saying.composition
    if reply.refusal:
        raise ProviderRefusal(
            "The request was rejected because it was considered high risk", code="content_filter"
        )
    if saying.request.stream:
        return stream_answer(_events(saying))
    message: dict[str, Any] = {"role": "assistant", "content": reply.text}
    if reply.reasoning:
        message["reasoning_content"] = reply.reasoning
    if reply.calls:
        message["tool_calls"] = whole_calls(saying, _ids(saying))
    choices = [
        {"index": index, "message": message, "finish_reason": reply.finish_reason}
        for index in range(saying.request.choices_wanted)
    ]
    usage = _usage(saying, choices=len(choices))
    return json_answer(
        {**_head(saying, "chat.completion"), "choices": choices, "usage": usage},
        tokens=reply.output_tokens * len(choices),
    )


def _events(saying: Saying) -> Iterator[Part]:
    head = _head(saying, "chat.completion.chunk")
    reply = saying.composition
    indices = range(saying.request.choices_wanted)

    def chunk(index: int, delta: dict[str, Any], tokens: int = 0) -> Part:
        choice = {"index": index, "delta": delta, "finish_reason": None}
        return event({**head, "choices": [choice]}, tokens)

    for index in indices:
        yield chunk(index, {"role": "assistant", "content": ""})
    deltas = (
        *reasoning_deltas(reply),
        *text_deltas(reply),
        *call_deltas(saying, _ids(saying)),
    )
    for delta, tokens in deltas:
        for index in indices:
            yield chunk(index, delta, tokens)
    for index in indices:
        choice = {
            "index": index,
            "delta": {},
            "finish_reason": reply.finish_reason,
            "usage": _usage(saying, choices=1),
        }
        yield event({**head, "choices": [choice]})
    if saying.wants_usage:
        yield event({**head, "choices": [], "usage": _usage(saying, choices=len(indices))})
    yield DONE


def _ids(saying: Saying) -> dict[int, str]:
    """Kimi counts the calls of a whole conversation."""
    before = sum(len(message.get("tool_calls") or ()) for message in saying.body["messages"])
    return {
        number: f"functions.{call.name}:{before + number}"
        for number, call in enumerate(saying.composition.calls)
    }


def _head(saying: Saying, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{saying.digest[:24]}",
        "object": kind,
        "created": saying.created,
        "model": saying.model,
    }


def _usage(saying: Saying, *, choices: int) -> dict[str, Any]:
    reply = saying.composition
    output = reply.output_tokens * choices
    counts: dict[str, Any] = {
        "prompt_tokens": reply.prompt_tokens,
        "completion_tokens": output,
        "total_tokens": reply.prompt_tokens + output,
    }
    if reply.cached_tokens:
        counts["cached_tokens"] = reply.cached_tokens
    return counts


MOONSHOT = Dialect(
    provider="moonshot",
    chat_path="/v1/chat/completions",
    models_path="/v1/models",
    models=("kimi-k2.6",),
    shape=lambda body: _SHAPE,
    check=_check,
    translated=_translated,
    said=_said,
    refused=_refused,
    others={},
)
