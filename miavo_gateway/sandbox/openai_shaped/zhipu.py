"""Zhipu's GLM: a narrow schema, numbered errors, and deltas that repeat the role."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson

from miavo_gateway.sandbox.openai_shaped.history import has_images, parts_of
from miavo_gateway.sandbox.openai_shaped.refusal import ProviderRefusal
from miavo_gateway.sandbox.openai_shaped.shape import BodyShape, fields
from miavo_gateway.sandbox.openai_shaped.simulator import Dialect
from miavo_gateway.sandbox.openai_shaped.thinking import Thinking, thinks
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
from miavo_gateway.sandbox.sound.zhipu import answer_speech
from miavo_gateway.sandbox.videos.zhipu import zhipu_videos

__all__ = ["ZHIPU"]

_BODY = fields(
    "model messages request_id do_sample stream stream_options temperature top_p "
    "max_tokens stop seed tools tool_choice response_format user_id "
    "sensitive_word_check"
)
_ROLES = {
    "system": fields("role content"),
    "user": fields("role content"),
    "assistant": fields("role content tool_calls reasoning_content"),
    "tool": fields("role content tool_call_id"),
}
_THINKING = fields("type clear_thinking")
_CODES = {400: "1210", 401: "1002", 403: "1220", 404: "1211", 429: "1302", 500: "1234", 529: "1305"}
_ILLEGAL = "1214"
_SIGHTED = ("glm-5v", "glm-4.6v", "glm-4v")
_STREAMS_TOOLS = ("glm-4.6", "glm-4.7", "glm-5")
_OLD = "glm-4-"
_OLD_MOST_OUTPUT = 4095
_MOST_TOOLS = 128
_BOX = ("<|begin_", "of_box|>"), ("<|end_of", "_box|>")


def _shape(body: Body) -> BodyShape:
    model = str(body.get("model"))
    known = _BODY
    if not model.startswith(_OLD):
        known |= {"thinking"}
    if model.startswith(_STREAMS_TOOLS):
        known |= {"tool_stream"}
    parts = {"text": fields("type text")}
    if model.startswith(_SIGHTED):
        parts["image_url"] = fields("type image_url")
    return BodyShape(body=known, roles=_ROLES, parts=parts)


def _refused(refusal: ProviderRefusal) -> Simulated:
    code = refusal.code if refusal.code and refusal.code.isdigit() else _CODES[refusal.status]
    status = 429 if refusal.status == 529 else refusal.status
    return json_answer({"error": {"code": code, "message": refusal.message}}, status=status)


def _thinking(model: str) -> Thinking:
    if model.startswith(_OLD):
        return "never"
    return "off" if model.startswith("glm-4.6") else "on"


def _check(body: Body) -> None:
    thinks(body, _thinking(body["model"]), _THINKING)
    _check_messages(body)
    for name, least in (("temperature", 0.0), ("top_p", 0.01)):
        value = body.get(name)
        if value is not None and not (isinstance(value, int | float) and least <= value <= 1):
            raise _illegal(f"{name} must be between {least:g} and 1", name)
    stop = body.get("stop")
    if stop is not None and not (isinstance(stop, list) and len(stop) == 1):
        raise _illegal("stop is a list of one string", "stop")
    for name, least, most in (("request_id", 6, 64), ("user_id", 6, 128)):
        value = body.get(name)
        if value is not None and not (isinstance(value, str) and least <= len(value) <= most):
            raise _illegal(f"{name} has {least} to {most} characters", name)
    if body.get("tool_choice") not in (None, "auto"):
        raise ProviderRefusal("Tool choice must be auto", param="tool_choice")
    if len(body.get("tools") or ()) > _MOST_TOOLS:
        raise _illegal(f"tools has at most {_MOST_TOOLS} functions", "tools")
    kind = (body.get("response_format") or {}).get("type")
    if kind not in (None, "text", "json_object") or (kind and body["model"].startswith(_SIGHTED)):
        raise _illegal("response_format is not supported", "response_format")
    if body["model"].startswith(_OLD) and (body.get("max_tokens") or 0) > _OLD_MOST_OUTPUT:
        raise _illegal(f"max_tokens must be in [1, {_OLD_MOST_OUTPUT}]", "max_tokens")
    if body.get("tool_stream") and not (body.get("stream") and body.get("tools")):
        raise _illegal("tool_stream needs stream and tools", "tool_stream")


def _check_messages(body: Body) -> None:
    messages = body["messages"]
    if not any(message["role"] == "user" for message in messages):
        raise _illegal("messages parameter is illegal", "messages")
    calls = Counter(
        call.get("id") for message in messages for call in message.get("tool_calls") or ()
    )
    if any(count > 1 for count in calls.values()):
        raise _illegal("messages has a tool call id twice", "messages")
    for i, message in enumerate(messages):
        at = f"messages[{i}].content"
        if message["role"] != "user" and has_images([message]):
            raise ProviderRefusal("only user messages show images", param=at)
        if message.get("content") in ([], None) and not message.get("tool_calls"):
            raise _illegal("messages parameter is illegal: content is empty", at)
        for part in parts_of(message):
            if str((part.get("image_url") or {}).get("url", "")).startswith("data:"):
                raise _illegal("an image is an address or bare base64", at)


def _illegal(message: str, param: str) -> ProviderRefusal:
    return ProviderRefusal(message, code=_ILLEGAL, param=param)


def _translated(body: Body) -> dict[str, Any]:
    thinking = thinks(body, _thinking(body["model"]), _THINKING)
    translated: dict[str, Any] = orjson.loads(orjson.dumps(body))
    for message in translated["messages"]:
        parts = message["content"] if isinstance(message.get("content"), list) else []
        for part in parts:
            if part["type"] == "image_url" and "://" not in part["image_url"]["url"]:
                bare = part["image_url"]["url"]
                part["image_url"] = {"url": f"data:{_media_type(bare)};base64,{bare}"}
    return {**translated, "reasoning_effort": "medium" if thinking else "none"}


def _media_type(base64_text: str) -> str:
    return "image/png" if base64_text.startswith("iVBOR") else "image/jpeg"


def _said(saying: Saying) -> Simulated:
    if saying.request.stream:
        return stream_answer(_events(saying))
    reply = saying.composition
    message: dict[str, Any] = {"role": "assistant", "content": _boxed(saying)}
    if reply.reasoning:
        message["reasoning_content"] = reply.reasoning
    if reply.calls:
        message["content"] = ""
        message["tool_calls"] = whole_calls(saying)
        if saying.model.startswith(_OLD):
            # As in Zhipu's published example: an object in place of its text.
            for call in message["tool_calls"]:
                call["function"]["arguments"] = orjson.loads(call["function"]["arguments"])
    choice = {"index": 0, "finish_reason": _finish(saying), "message": message}
    body = {**_head(saying), "choices": [choice], "usage": _usage(saying)}
    return json_answer(body, tokens=reply.output_tokens)


def _events(saying: Saying) -> Iterator[Part]:
    head = _head(saying)
    reply = saying.composition

    def chunk(delta: dict[str, Any], tokens: int = 0) -> Part:
        choice = {"index": 0, "delta": {"role": "assistant", **delta}}
        return event({**head, "choices": [choice]}, tokens)

    boxed = _boxes(saying)
    for delta, tokens in reasoning_deltas(reply):
        yield chunk(delta, tokens)
    for token in _BOX[0] if boxed else ():
        yield chunk({"content": token})
    for delta, tokens in text_deltas(reply):
        yield chunk(delta, tokens)
    for token in _BOX[1] if boxed else ():
        yield chunk({"content": token})
    for delta, tokens in call_deltas(saying):
        if saying.model.startswith(_OLD):  # their streams have been seen to leave ids out
            delta["tool_calls"][0].pop("id", None)
        yield chunk(delta, tokens)
    choice = {
        "index": 0,
        "finish_reason": _finish(saying),
        "delta": {"role": "assistant", "content": ""},
    }
    yield event({**head, "choices": [choice], "usage": _usage(saying)})
    yield DONE


def _boxes(saying: Saying) -> bool:
    """Whether the text is in a box, as some of the models that see put it."""
    return saying.model.startswith("glm-4.6v") and bool(saying.composition.text)


def _boxed(saying: Saying) -> str:
    text = saying.composition.text
    return "".join((*_BOX[0], text, *_BOX[1])) if _boxes(saying) else text


def _finish(saying: Saying) -> str:
    reason = saying.composition.finish_reason
    return "sensitive" if reason == "content_filter" else reason


def _head(saying: Saying) -> dict[str, Any]:
    """Without `object`, which GLM leaves out."""
    return {
        "id": saying.digest[:24],
        "request_id": saying.body.get("request_id") or saying.digest[:24],
        "created": saying.created,
        "model": saying.model,
    }


def _usage(saying: Saying) -> dict[str, Any]:
    reply = saying.composition
    return {
        "prompt_tokens": reply.prompt_tokens,
        "completion_tokens": reply.output_tokens,
        "total_tokens": reply.prompt_tokens + reply.output_tokens,
        "prompt_tokens_details": {"cached_tokens": reply.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": reply.reasoning_tokens},
    }


ZHIPU = Dialect(
    provider="zhipu",
    chat_path="/api/paas/v4/chat/completions",
    models_path="/api/paas/v4/models",
    models=("glm-5.1", "glm-5", "glm-5-turbo", "glm-5v-turbo", "glm-4.7", "glm-4.6", "glm-4.6v"),
    shape=_shape,
    check=_check,
    translated=_translated,
    said=_said,
    refused=_refused,
    others={"/api/paas/v4/audio/speech": answer_speech},
    videos=zhipu_videos,
)
