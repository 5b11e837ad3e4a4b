"""What both of Google's APIs say of Veo: the body of a task, and the operation it becomes.

Sources: google-genai 3.4.0 (`models.py`, `_operations_converters.py`) and litellm 1.109.1; nothing
was called live.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from typing import Any, Final

import orjson

from miavo_gateway.providers.exchange import ErrorClass, Garbled, ProviderError
from miavo_gateway.providers.gemini.errors import stream_error
from miavo_gateway.providers.video import (
    Failed,
    Looked,
    Rendering,
    Result,
    VideoPlan,
    VideoRules,
)

__all__ = ["RULES", "read_operation", "read_submitted", "task_body"]

RULES: Final = VideoRules(
    aspect_ratios=("16:9", "9:16"),
    resolutions=("720p", "1080p", "4K"),
    seconds=(4, 6, 8),
    default_seconds=8,
    longest_prompt=4_000,
    seed=2**32 - 1,
    audio=True,
    default_audio=True,
    negative_prompt=True,
)
_CLASS_BY_RPC: Final = {
    # google.rpc.Code, of an operation that failed.
    3: ErrorClass.CLIENT,
    5: ErrorClass.RETIRED,
    7: ErrorClass.BAD_CREDENTIAL,
    8: ErrorClass.QUOTA,
    9: ErrorClass.CLIENT,
}


def task_body(plan: VideoPlan, *, audio_switch: bool) -> bytes:
    """A task for `predictLongRunning`.

    Args:
        plan: what is rendered.
        audio_switch: whether the API lets one choose whether there is sound.
    """
    instance: dict[str, Any] = {"prompt": plan.prompt}
    if plan.image is not None:
        instance["image"] = {
            "bytesBase64Encoded": b64encode(plan.image.data).decode(),
            "mimeType": plan.image.media_type,
        }
    parameters: dict[str, Any] = {
        "sampleCount": 1,
        "aspectRatio": plan.aspect_ratio,
        "durationSeconds": plan.seconds,
        "resolution": plan.resolution.lower(),
    }
    if audio_switch:
        # Said always: what is the default is not documented, and it changes the price.
        parameters["generateAudio"] = plan.audio
    if plan.negative_prompt is not None:
        parameters["negativePrompt"] = plan.negative_prompt
    if plan.seed is not None:
        parameters["seed"] = plan.seed
    return orjson.dumps({"instances": [instance], "parameters": parameters})


def read_submitted(body: bytes) -> str | ProviderError | Garbled:
    """The name of the operation."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Garbled("the answer is no JSON")
    name = answer.get("name") if isinstance(answer, dict) else None
    return name if isinstance(name, str) and name else Garbled("the answer names no operation")


def read_operation(body: bytes, found: Callable[[dict[str, Any]], Result | None]) -> Looked:
    """What an operation says.

    Args:
        body: the operation as JSON.
        found: the result in the value of `response`; None if there is no video in it.
    """
    try:
        operation = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Garbled("the answer is no JSON")
    if not isinstance(operation, dict):
        return Garbled("the answer is no JSON object")
    error = operation.get("error")
    if isinstance(error, dict):
        return Failed(_error(error))
    if operation.get("done") is not True:
        return Rendering()
    response = operation.get("response")
    response = response if isinstance(response, dict) else {}
    result = found(response)
    if result is not None:
        return result
    # Done without an error does not mean that there is a video: the filter may have kept all.
    reasons = _reasons(response)
    message = "; ".join(reasons) or "its filter let nothing through"
    return Failed(ProviderError("content_filter", message, ErrorClass.CONTENT_FILTER))


def _error(error: dict[str, Any]) -> ProviderError:
    code = error.get("code")
    if isinstance(code, int) and code < 100:
        message = error.get("message")
        return ProviderError(
            str(code),
            message if isinstance(message, str) else "",
            _CLASS_BY_RPC.get(code, ErrorClass.RETRY),
        )
    return stream_error(error)


def _reasons(response: dict[str, Any]) -> list[str]:
    inner = response.get("generateVideoResponse")
    for each in (response, inner if isinstance(inner, dict) else {}):
        reasons = each.get("raiMediaFilteredReasons")
        if isinstance(reasons, list):
            return [str(reason) for reason in reasons]
    return []
