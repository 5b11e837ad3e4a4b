"""OpenAI's chat completions. `responses` has its other interface."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from miavo_gateway.sandbox.openai_shaped.openai_models import openai_model
from miavo_gateway.sandbox.openai_shaped.openai_rules import check_rules
from miavo_gateway.sandbox.openai_shaped.refusal import ProviderRefusal
from miavo_gateway.sandbox.openai_shaped.responses import answer_responses
from miavo_gateway.sandbox.openai_shaped.shape import BodyShape, fields
from miavo_gateway.sandbox.openai_shaped.simulator import Dialect
from miavo_gateway.sandbox.openai_shaped.spoken import (
    audio_deltas,
    audio_tokens,
    speaks,
    whole_audio,
)
from miavo_gateway.sandbox.openai_shaped.writing import (
    DONE,
    Body,
    Saying,
    call_deltas,
    event,
    json_answer,
    logprobs,
    stream_answer,
    text_deltas,
    whole_calls,
)
from miavo_gateway.sandbox.simulator import Part, Simulated
from miavo_gateway.sandbox.sound.openai import answer_speech, answer_transcription
from miavo_gateway.schema.chat import NamedToolChoice

__all__ = ["OPENAI", "refused"]

_SHAPE = BodyShape(
    # Those of `CompletionCreateParams` in the openai package 3.54.
    body=fields(
        "audio frequency_penalty function_call functions logit_bias logprobs "
        "max_completion_tokens max_tokens messages metadata modalities model moderation n "
        "parallel_tool_calls prediction presence_penalty prompt_cache_key "
        "prompt_cache_options prompt_cache_retention reasoning_effort response_format "
        "safety_identifier seed service_tier stop store stream stream_options temperature "
        "tool_choice tools top_logprobs top_p user verbosity web_search_options"
    ),
    roles={
        "system": fields("role content name"),
        "developer": fields("role content name"),
        "user": fields("role content name"),
        "assistant": fields("role content name refusal audio tool_calls"),
        "tool": fields("role content tool_call_id"),
    },
    parts={
        "text": fields("type text"),
        "refusal": fields("type refusal"),
        "image_url": fields("type image_url"),
        "input_audio": fields("type input_audio"),
        "file": fields("type file"),
    },
    image=fields("url detail"),
    function=fields("name description parameters strict"),
)
_TYPES = {
    400: "invalid_request_error",
    401: "invalid_request_error",
    403: "invalid_request_error",
    404: "invalid_request_error",
    429: "requests",
    500: "server_error",
    529: "server_error",
}
_CODES = {
    401: "invalid_api_key",
    403: "unsupported_country_region_territory",
    404: "model_not_found",
    429: "rate_limit_exceeded",
    500: "server_error",
    529: "server_is_overloaded",
}


def refused(refusal: ProviderRefusal) -> Simulated:
    """OpenAI's error; it says 503 where others say 529."""
    error = {
        "message": refusal.message,
        "type": _TYPES[refusal.status],
        "param": refusal.param,
        "code": refusal.code or _CODES.get(refusal.status),
    }
    status = 503 if refusal.status == 529 else refusal.status
    return json_answer({"error": error}, status=status)


def _translated(body: Body) -> dict[str, Any]:
    """The body itself, with the effort that is in force."""
    effort = openai_model(body["model"]).effort(body.get("reasoning_effort"), "reasoning_effort")
    return {**body, "reasoning_effort": effort}


def _said(saying: Saying) -> Simulated:
    headers = {"x-request-id": f"req_{saying.digest[:32]}", "openai-version": "2020-10-01"}
    if saying.request.stream:
        return stream_answer(_events(saying), headers)
    reply = saying.composition
    message: dict[str, Any] = {
        "role": "assistant",
        "content": None if reply.calls or reply.refusal else reply.text,
        "refusal": reply.refusal or None,
        "annotations": [],
    }
    if reply.calls:
        message["tool_calls"] = whole_calls(saying)
    elif speaks(saying.body):
        message |= {"content": None, "audio": whole_audio(saying)}
    choices = [
        {
            "index": index,
            "message": message,
            "logprobs": logprobs(saying, reply.text_tokens()),
            "finish_reason": _finish(saying),
        }
        for index in range(saying.request.choices_wanted)
    ]
    body = {
        **_head(saying, "chat.completion"),
        "choices": choices,
        "usage": _usage(saying),
        "system_fingerprint": "fp_sandbox",
    }
    return json_answer(
        body, tokens=reply.output_tokens * saying.request.choices_wanted, headers=headers
    )


def _events(saying: Saying) -> Iterator[Part]:
    head = _head(saying, "chat.completion.chunk") | {"system_fingerprint": "fp_sandbox"}
    tail: dict[str, Any] = {"usage": None} if saying.wants_usage else {}
    reply = saying.composition

    def chunk(
        index: int, delta: dict[str, Any], tokens: int = 0, finish: str | None = None
    ) -> Part:
        said = [delta["content"]] if delta.get("content") else []
        choice = {
            "index": index,
            "delta": delta,
            "logprobs": logprobs(saying, said),
            "finish_reason": finish,
        }
        return event({**head, "choices": [choice], **tail}, tokens)

    indices = range(saying.request.choices_wanted)
    content = None if reply.calls or reply.refusal else ""
    for index in indices:
        yield chunk(index, {"role": "assistant", "content": content, "refusal": None})
    for token in reply.refusal_tokens():
        for index in indices:
            yield chunk(index, {"refusal": token}, 1)
    told = audio_deltas(saying) if speaks(saying.body) else text_deltas(reply)
    for delta, tokens in (*told, *call_deltas(saying)):
        for index in indices:
            yield chunk(index, delta, tokens)
    for index in indices:
        yield chunk(index, {}, finish=_finish(saying))
    if saying.wants_usage:
        yield event({**head, "choices": [], "usage": _usage(saying)})
    yield DONE


def _head(saying: Saying, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{saying.digest[:29]}",
        "object": kind,
        "created": saying.created,
        "model": saying.model,
        "service_tier": "default",
    }


def _finish(saying: Saying) -> str:
    """A refusal of the model's own ends as any other reply does, and so does a call by name."""
    reason = saying.composition.finish_reason
    named = isinstance(saying.request.tool_choice, NamedToolChoice)
    return "stop" if reason == "content_filter" or (named and reason == "tool_calls") else reason


def _usage(saying: Saying) -> dict[str, Any]:
    reply = saying.composition
    output = reply.output_tokens * saying.request.choices_wanted
    spoken = audio_tokens(saying) if speaks(saying.body) else 0
    output += spoken
    return {
        "prompt_tokens": reply.prompt_tokens,
        "completion_tokens": output,
        "total_tokens": reply.prompt_tokens + output,
        "prompt_tokens_details": {"cached_tokens": reply.cached_tokens, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": reply.reasoning_tokens * saying.request.choices_wanted,
            "audio_tokens": spoken,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


OPENAI = Dialect(
    provider="openai",
    chat_path="/v1/chat/completions",
    models_path="/v1/models",
    models=("gpt-5.5", "gpt-5.5-pro", "gpt-5.4", "gpt-5.4-mini", "gpt-5.4-nano"),
    shape=lambda body: _SHAPE,
    check=check_rules,
    translated=_translated,
    said=_said,
    refused=refused,
    others={
        "/v1/responses": answer_responses,
        "/v1/audio/speech": answer_speech,
        "/v1/audio/transcriptions": answer_transcription,
    },
)
