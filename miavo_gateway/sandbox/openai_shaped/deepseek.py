"""DeepSeek: thinks unless told not to, and keeps connections alive with blank lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

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
    logprobs,
    reasoning_deltas,
    stream_answer,
    text_deltas,
    whole_calls,
)
from miavo_gateway.sandbox.simulator import Part, Simulated

__all__ = ["DEEPSEEK"]

_SHAPE = BodyShape(
    body=frozenset(
        # Without max_completion_tokens, which DeepSeek passes over in silence.
        [
            "model",
            "messages",
            "max_tokens",
            "temperature",
            "top_p",
            "presence_penalty",
            "frequency_penalty",
            "logprobs",
            "top_logprobs",
            "stop",
            "stream",
            "stream_options",
            "tools",
            "tool_choice",
            "response_format",
            "thinking",
            "reasoning_effort",
            "user_id",
        ]
    ),
    image=fields("url detail"),
)
_EFFORTS = ("minimal", "low", "medium", "high", "xhigh", "max")
_TYPES = {
    401: "authentication_error",
    429: "rate_limit_error",
    500: "server_error",
    529: "service_unavailable_error",
}
_USER_ID = re.compile(r"[A-Za-z0-9_-]{1,512}")
_KEEP_ALIVE = Part(b": keep-alive\n\n")


def _refused(refusal: ProviderRefusal) -> Simulated:
    error = {
        "message": refusal.message,
        "type": _TYPES.get(refusal.status, "invalid_request_error"),
        "param": refusal.param,
        "code": refusal.code if refusal.status == 400 and refusal.code else "invalid_request_error",
    }
    return json_answer({"error": error}, status=503 if refusal.status == 529 else refusal.status)


def _thinking(model: str) -> Thinking:
    if model == "deepseek-chat":
        return "off"
    return "always" if model == "deepseek-reasoner" else "on"


def _sees(model: str) -> bool:
    return "flash" in model


def _check(body: Body) -> None:
    thinking = thinks(body, _thinking(body["model"]))
    _check_values(body)
    kind = (body.get("response_format") or {}).get("type")
    if kind == "json_schema":
        raise ProviderRefusal(
            "This response_format type is unavailable now", param="response_format"
        )
    if kind == "json_object" and "json" not in str(body["messages"]).lower():
        raise ProviderRefusal(
            "Prompt must contain the word 'json' in some form to use 'response_format' of type "
            "'json_object'.",
            param="messages",
        )
    _check_content(body)
    if thinking:
        if body.get("tool_choice") not in (None, "auto", "none"):
            raise ProviderRefusal(
                "Thinking mode does not support this tool_choice", param="tool_choice"
            )
        for name in ("logprobs", "top_logprobs"):
            if body.get(name):
                raise ProviderRefusal(f"Thinking mode does not support {name}", param=name)
        check_thoughts_came_back(
            body, "The reasoning_content in the thinking mode must be passed back to the API."
        )


def _check_values(body: Body) -> None:
    effort, user = body.get("reasoning_effort"), body.get("user_id")
    if effort is not None and effort not in _EFFORTS:
        raise ProviderRefusal(f"unknown variant `{effort}`", status=422, param="reasoning_effort")
    if user is not None and not (isinstance(user, str) and _USER_ID.fullmatch(user)):
        raise ProviderRefusal("user_id is not valid", status=422, param="user_id")


def _check_content(body: Body) -> None:
    for i, message in enumerate(body["messages"]):
        if not isinstance(message.get("content"), list):
            continue
        if message["role"] != "user" or not _sees(body["model"]):
            raise ProviderRefusal(
                f"messages[{i}]: invalid type: sequence, expected a string",
                status=422,
                param=f"messages[{i}].content",
            )


def _translated(body: Body) -> dict[str, Any]:
    thinking = thinks(body, _thinking(body["model"]))
    effort = body.get("reasoning_effort") or "high"
    return {**body, "reasoning_effort": effort if thinking else "none"}


def _said(saying: Saying) -> Simulated:
    reply = saying.composition
    if saying.request.stream:
        return stream_answer(_events(saying))
    message: dict[str, Any] = {"role": "assistant", "content": reply.text}
    if reply.reasoning:
        message["reasoning_content"] = reply.reasoning
    if reply.calls:
        message["tool_calls"] = whole_calls(saying)
    choice = {
        "index": 0,
        "message": message,
        "logprobs": logprobs(saying, reply.text_tokens()),
        "finish_reason": reply.finish_reason,
    }
    body = {**_head(saying, "chat.completion"), "choices": [choice], "usage": _usage(saying)}
    plain = json_answer(body, tokens=reply.output_tokens)
    [part] = plain.parts
    # Blank lines keep a connection alive while a request waits for its turn.
    return replace(plain, parts=(replace(part, data=b"\n\n\n" + part.data),))


def _events(saying: Saying) -> Iterator[Part]:
    head = _head(saying, "chat.completion.chunk")
    reply = saying.composition

    def chunk(delta: dict[str, Any], tokens: int = 0) -> Part:
        said = [delta["content"]] if delta.get("content") else []
        choice = {
            "index": 0,
            "delta": delta,
            "logprobs": logprobs(saying, said),
            "finish_reason": None,
        }
        return event({**head, "choices": [choice]}, tokens)

    yield _KEEP_ALIVE
    yield chunk({"role": "assistant", "content": None if reply.reasoning else ""})
    for delta, tokens in reasoning_deltas(reply):
        yield chunk({"content": None, **delta}, tokens)
    yield _KEEP_ALIVE
    for delta, tokens in text_deltas(reply):
        yield chunk({**delta, "reasoning_content": None} if reply.reasoning else delta, tokens)
    for delta, tokens in call_deltas(saying):
        yield chunk(delta, tokens)
    choice = {
        "index": 0,
        "delta": {"content": ""},
        "logprobs": None,
        "finish_reason": reply.finish_reason,
    }
    yield event({**head, "choices": [choice], "usage": _usage(saying)})
    yield DONE


def _head(saying: Saying, kind: str) -> dict[str, Any]:
    digest = saying.digest
    return {
        "id": f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}",
        "object": kind,
        "created": saying.created,
        "model": saying.model,
        "system_fingerprint": "fp_sandbox",
    }


def _usage(saying: Saying) -> dict[str, Any]:
    reply = saying.composition
    return {
        "prompt_tokens": reply.prompt_tokens,
        "completion_tokens": reply.output_tokens,
        "total_tokens": reply.prompt_tokens + reply.output_tokens,
        "completion_tokens_details": {"reasoning_tokens": reply.reasoning_tokens},
        "prompt_cache_hit_tokens": reply.cached_tokens,
        "prompt_cache_miss_tokens": reply.prompt_tokens - reply.cached_tokens,
    }


DEEPSEEK = Dialect(
    provider="deepseek",
    chat_path="/chat/completions",
    models_path="/models",
    models=("deepseek-flash", "deepseek-v4-pro"),
    shape=lambda body: _SHAPE,
    check=_check,
    translated=_translated,
    said=_said,
    refused=_refused,
    others={},
)
