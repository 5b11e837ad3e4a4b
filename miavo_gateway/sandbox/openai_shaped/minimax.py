"""MiniMax: errors in answers of status 200, and thoughts inside the text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from miavo_gateway.sandbox.openai_shaped.refusal import ProviderRefusal
from miavo_gateway.sandbox.openai_shaped.shape import BodyShape, fields
from miavo_gateway.sandbox.openai_shaped.simulator import Dialect
from miavo_gateway.sandbox.openai_shaped.writing import (
    DONE,
    Body,
    Saying,
    call_deltas,
    event,
    json_answer,
    stream_answer,
    text_deltas,
    whole_calls,
)
from miavo_gateway.sandbox.simulator import Part, Simulated
from miavo_gateway.sandbox.sound.minimax import answer_music, answer_speech
from miavo_gateway.sandbox.videos.minimax import minimax_videos

__all__ = ["MINIMAX"]

_SHAPE = BodyShape(
    body=fields(
        "model messages temperature top_p max_tokens max_completion_tokens stream stream_options n "
        # Documented as accepted and without effect.
        "presence_penalty frequency_penalty logit_bias "
        "tools tool_choice reasoning_split"
    ),
    roles={
        "system": fields("role content name"),
        "user": fields("role content name"),
        "assistant": fields("role content name tool_calls reasoning_content reasoning_details"),
        "tool": fields("role content tool_call_id name"),
    },
)
_CODES = {401: 1004, 403: 2038, 429: 1002, 500: 1000, 529: 1041}
"""What stands in `base_resp` for a failure."""
_OUTPUT_SENSITIVE = 1027
_INVALID = 2013
_OPENING = ("<th", "ink>\n")
_CLOSING = ("\n</thi", "nk>\n\n")
"""Tags come in pieces, as from a tokenizer that does not know them."""


def _refused(refusal: ProviderRefusal) -> Simulated:
    code = _CODES.get(refusal.status)
    if code is not None:
        return json_answer({"choices": None, "base_resp": _base_resp(code, refusal.message)})
    error = {
        "type": "bad_request_error",
        "message": f"invalid params, {refusal.message} ({_INVALID})",
        "http_code": str(refusal.status),
    }
    return json_answer(
        {"type": "error", "error": error, "request_id": "sandbox"}, status=refusal.status
    )


def _check(body: Body) -> None:
    temperature, top_p = body.get("temperature"), body.get("top_p")
    for name, value in (("temperature", temperature), ("top_p", top_p)):
        if value is not None and not (isinstance(value, int | float) and 0 < value <= 1):
            raise ProviderRefusal(f"{name} must be in (0, 1]", param=name)
    if body.get("n") not in (None, 1):
        raise ProviderRefusal("n must be 1", param="n")
    if body.get("tool_choice") not in (None, "auto"):
        raise ProviderRefusal("tool_choice is not supported", param="tool_choice")
    for i, message in enumerate(body["messages"]):
        if message["role"] == "system" and i > 0:
            raise ProviderRefusal("invalid message role: system", param=f"messages[{i}].role")
        if isinstance(message.get("content"), list):
            raise ProviderRefusal("content must be a string", param=f"messages[{i}].content")
    if "tools" in body and not body["tools"]:
        raise ProviderRefusal("tools is empty", param="tools")
    for i, tool in enumerate(body.get("tools") or ()):
        if not (tool["function"].get("name") and tool["function"].get("parameters")):
            raise ProviderRefusal(
                "function name or parameters is empty", param=f"tools[{i}].function"
            )


def _translated(body: Body) -> dict[str, Any]:
    """M2 always thinks."""
    return {**body, "reasoning_effort": "medium"}


def _said(saying: Saying) -> Simulated:
    reply = saying.composition
    if reply.refusal:
        blocked: dict[str, Any] = {
            **_head(saying, "chat.completion"),
            "choices": None,
            "usage": _usage(saying),
            "base_resp": _base_resp(_OUTPUT_SENSITIVE, "output new_sensitive"),
        }
        if saying.request.stream:
            return stream_answer(iter((event(blocked),)))
        return json_answer(blocked)
    if saying.request.stream:
        return stream_answer(_events(saying))
    content = reply.text
    message: dict[str, Any] = {"role": "assistant", "name": "MiniMax AI", "audio_content": ""}
    if not _splits(saying):
        content = "".join((*_OPENING, reply.reasoning, *_CLOSING, content))
    elif reply.reasoning:
        message |= _thought(saying, reply.reasoning)
    message["content"] = content
    if reply.calls:
        message["tool_calls"] = whole_calls(saying, _ids(saying))
    choice = {"index": 0, "finish_reason": reply.finish_reason, "message": message}
    body = {
        **_head(saying, "chat.completion"),
        "choices": [choice],
        "usage": _usage(saying),
        "input_sensitive": False,
        "output_sensitive": False,
        "input_sensitive_type": 0,
        "output_sensitive_type": 0,
        "base_resp": _base_resp(0, ""),
    }
    return json_answer(body, tokens=reply.output_tokens)


def _events(saying: Saying) -> Iterator[Part]:
    head = _head(saying, "chat.completion.chunk")
    reply = saying.composition

    def chunk(delta: dict[str, Any], tokens: int = 0, **more: Any) -> Part:
        choice = {"index": 0, "delta": {"role": "", **delta}}
        return event({**head, "choices": [choice], **more}, tokens)

    nothing_yet = {"total_tokens": 0, "total_characters": 0}
    yield chunk({"role": "assistant", "content": ""}, usage=nothing_yet)
    for token in () if _splits(saying) else _OPENING:
        yield chunk({"content": token})
    for token in reply.reasoning_tokens_text():
        yield chunk(_thought(saying, token) if _splits(saying) else {"content": token}, 1)
    for token in () if _splits(saying) else _CLOSING:
        yield chunk({"content": token})
    for delta, tokens in (*text_deltas(reply), *call_deltas(saying, _ids(saying))):
        yield chunk(delta, tokens)
    last = {"index": 0, "finish_reason": reply.finish_reason}
    if _usage_apart(saying):
        yield event({**head, "choices": [{**last, "delta": {"role": ""}}]})
        # Without a delta, as some of the models end.
        yield event({**head, "choices": [last], "usage": _usage(saying)})
    else:
        ended = {**head, "choices": [{**last, "delta": {"role": ""}}], "usage": _usage(saying)}
        yield event({**ended, "base_resp": _base_resp(0, "")})
    yield DONE


def _splits(saying: Saying) -> bool:
    return bool(saying.body.get("reasoning_split"))


def _usage_apart(saying: Saying) -> bool:
    return saying.model.startswith("MiniMax-M2.7")


def _thought(saying: Saying, text: str) -> dict[str, Any]:
    """A thought that was split off; some builds give it twice."""
    details = [
        {
            "type": "reasoning.text",
            "id": "reasoning-text-1",
            "format": "MiniMax-response-v1",
            "index": 0,
            "text": text,
        }
    ]
    if saying.model.startswith("MiniMax-M2.1"):
        return {"reasoning_details": details}
    return {"reasoning_content": text, "reasoning_details": details}


def _ids(saying: Saying) -> dict[int, str]:
    return {
        number: f"call_function_{saying.digest[:12]}_{number + 1}"
        for number in range(len(saying.composition.calls))
    }


def _head(saying: Saying, kind: str) -> dict[str, Any]:
    return {
        "id": saying.digest[:32],
        "object": kind,
        "created": saying.created,
        "model": saying.model,
    }


def _usage(saying: Saying) -> dict[str, Any]:
    reply = saying.composition
    return {
        "prompt_tokens": reply.prompt_tokens,
        "completion_tokens": reply.output_tokens,
        "total_tokens": reply.prompt_tokens + reply.output_tokens,
        "total_characters": 0,
        "prompt_tokens_details": {"cached_tokens": reply.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": reply.reasoning_tokens},
    }


def _base_resp(code: int, message: str) -> dict[str, Any]:
    return {"status_code": code, "status_msg": message}


MINIMAX = Dialect(
    provider="minimax",
    chat_path="/v1/chat/completions",
    models_path="/v1/models",
    models=("MiniMax-M2.7", "MiniMax-M2.7-highspeed", "MiniMax-M2.5", "MiniMax-M2.1"),
    shape=lambda body: _SHAPE,
    check=_check,
    translated=_translated,
    said=_said,
    refused=_refused,
    others={"/v1/t2a_v2": answer_speech, "/v1/music_generation": answer_music},
    videos=minimax_videos,
)
