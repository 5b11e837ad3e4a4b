"""CogVideoX at Zhipu."""

from __future__ import annotations

import re
from base64 import b64decode
from typing import Any, Final

from miavo_gateway.sandbox.openai_shaped.refusal import ProviderRefusal, unknown_field
from miavo_gateway.sandbox.openai_shaped.shape import fields
from miavo_gateway.sandbox.openai_shaped.simulator import authorized, json_body
from miavo_gateway.sandbox.openai_shaped.writing import json_answer
from miavo_gateway.sandbox.simulator import Received, Simulated
from miavo_gateway.sandbox.videos.task import SimulatedTask, file_answer
from miavo_gateway.upstream.fetching.media import media_type

__all__ = ["zhipu_videos"]

_ROOT: Final = "/api/paas/v4"
_FIELDS: Final = fields(
    "model prompt quality with_audio size duration fps image_url request_id user_id "
    "watermark_enabled"
)
_OF_SIZE: Final = frozenset({"quality", "size", "fps", "duration"})
_SIZES: Final = frozenset(
    ["1280x720", "720x1280", "1024x1024", "1920x1080", "1080x1920", "2048x1080", "3840x2160"]
)
_MODELS: Final = frozenset({"cogvideox-3", "cogvideox-flash"})
_FLASH_SECONDS: Final = 6
_LONGEST_PROMPT: Final = 1_500
_LARGEST_IMAGE: Final = 5 * 1024 * 1024
_ILLEGAL: Final = "1214"
_FILE = re.compile(r"/files/([A-Za-z0-9_-]+)\.mp4")


def zhipu_videos(received: Received) -> Simulated | None:
    """The answer to a request about video; None to any other."""
    if received.method == "GET" and (found := _FILE.fullmatch(received.path)):
        return file_answer(_task(found[1]))
    if received.method == "POST" and received.path == f"{_ROOT}/videos/generations":
        authorized(received)
        return _submitted(received, json_body(received))
    looked, _, task_id = received.path.partition("/async-result/")
    if received.method == "GET" and looked == _ROOT and task_id:
        authorized(received)
        return _looked(received, task_id)
    return None


def _submitted(received: Received, body: dict[str, Any]) -> Simulated:
    for name in body:
        if name not in _FIELDS:
            raise unknown_field(name)
    model, prompt = body.get("model"), body.get("prompt")
    if model not in _MODELS:
        raise ProviderRefusal(f"model {model} does not exist", status=404)
    if prompt is None and body.get("image_url") is None:
        raise _illegal("prompt or image_url is required", "prompt")
    if not isinstance(prompt, str) or len(prompt) > _LONGEST_PROMPT:
        raise _illegal("prompt is too long, or no string", "prompt")
    if not isinstance(body.get("with_audio", False), bool):
        raise _illegal("with_audio is true or false", "with_audio")
    _check_image(body.get("image_url"))
    size, seconds = "1280x720", _FLASH_SECONDS
    if model == "cogvideox-flash":
        if used := _OF_SIZE & body.keys():
            raise _illegal(f"{model} does not support {sorted(used)[0]}", sorted(used)[0])
    else:
        size, seconds = body.get("size", "1920x1080"), body.get("duration", 5)
        if size not in _SIZES:
            raise _illegal(f"size must be one of {', '.join(sorted(_SIZES))}", "size")
        if seconds not in (5, 10):
            raise _illegal("duration must be 5 or 10", "duration")
    width, height = (int(side) for side in size.split("x"))
    task = SimulatedTask.begun(
        received,
        model=model,
        prompt=prompt,
        size=(width, height),
        seconds=seconds,
        audio=body.get("with_audio", False),
    )
    if task.refused:
        raise ProviderRefusal(
            "The content you sent is sensitive or unsafe.", status=400, code="1301"
        )
    return json_answer({**_head(task), "task_status": "PROCESSING"})


def _looked(received: Received, task_id: str) -> Simulated:
    task = _task(task_id)
    if task.progress < 1:
        return json_answer({**_head(task), "task_status": "PROCESSING"})
    if task.fails:
        return json_answer({**_head(task), "task_status": "FAIL"})
    key = received.headers.get("authorization", "").partition(" ")[2]
    link = f"{received.base}/files/{task.id}.mp4?key={key}"
    video = {"url": link, "cover_image_url": link.replace(".mp4", ".jpg")}
    return json_answer({**_head(task), "task_status": "SUCCESS", "video_result": [video]})


def _head(task: SimulatedTask) -> dict[str, Any]:
    return {"id": task.id, "request_id": task.id[-16:], "model": task.model}


def _task(task_id: str) -> SimulatedTask:
    task = SimulatedTask.of(task_id)
    if task is None:
        raise ProviderRefusal("The task does not exist", status=404)
    return task


def _check_image(image: Any) -> None:
    if image is None or (isinstance(image, str) and image.startswith("https://")):
        return
    try:
        data = b64decode(image, validate=True)
    except (ValueError, TypeError):
        raise _illegal("image_url is an address or bare base64", "image_url") from None
    if media_type(data) not in ("image/png", "image/jpeg") or len(data) > _LARGEST_IMAGE:
        raise _illegal("the image is png or jpeg of 5 MB at most", "image_url")


def _illegal(message: str, param: str) -> ProviderRefusal:
    return ProviderRefusal(message, code=_ILLEGAL, param=param)
