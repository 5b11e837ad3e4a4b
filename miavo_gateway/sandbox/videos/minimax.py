"""Hailuo at MiniMax: errors in `base_resp`, and a file that is asked for by its own id."""

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

__all__ = ["minimax_videos"]

_FIELDS: Final = fields(
    "model prompt first_frame_image duration resolution prompt_optimizer fast_pretreatment "
    "callback_url aigc_watermark"
)
_TEXT: Final = "MiniMax-Hailuo-2.3"
_FROM_IMAGE: Final = "MiniMax-Hailuo-2.3-Fast"
_SIZES: Final = {"768P": (1366, 768), "1080P": (1920, 1080)}
_LONGEST_PROMPT: Final = 2_000
_DATA_URL = re.compile(r"data:image/(?:png|jpeg|jpg|webp);base64,(.+)", re.DOTALL)
_FILE = re.compile(r"/files/([A-Za-z0-9_-]+)\.mp4")
_SENSITIVE: Final = 1026
_OUTPUT_SENSITIVE: Final = 1027


def minimax_videos(received: Received) -> Simulated | None:
    """The answer to a request about video; None to any other."""
    match received.method, received.path:
        case "POST", "/v1/video_generation":
            authorized(received)
            return _submitted(received, json_body(received))
        case "GET", "/v1/query/video_generation":
            authorized(received)
            return _looked(received.query.get("task_id", ""))
        case "GET", "/v1/files/retrieve":
            authorized(received)
            return _located(received, received.query.get("file_id", ""))
        case "GET", path if found := _FILE.fullmatch(path):
            return file_answer(_task(found[1]))
        case _:
            return None


def _submitted(received: Received, body: dict[str, Any]) -> Simulated:
    for name in body:
        if name not in _FIELDS:
            raise unknown_field(name)
    model, prompt, image = body.get("model"), body.get("prompt", ""), body.get("first_frame_image")
    if model not in (_TEXT, _FROM_IMAGE):
        raise ProviderRefusal(f"unknown model {model}", param="model")
    if not isinstance(prompt, str) or len(prompt) > _LONGEST_PROMPT:
        raise ProviderRefusal("prompt is too long, or no string", param="prompt")
    if not prompt and image is None:
        raise ProviderRefusal("prompt is required", param="prompt")
    if model == _FROM_IMAGE and image is None:
        raise ProviderRefusal("first_frame_image is required", param="first_frame_image")
    _check_image(image)
    seconds, resolution = body.get("duration", 6), body.get("resolution", "768P")
    if resolution not in _SIZES:
        raise ProviderRefusal("resolution must be 768P or 1080P", param="resolution")
    if seconds not in (6, 10) or (seconds == 10 and resolution == "1080P"):
        raise ProviderRefusal(f"{resolution} does not support {seconds}s", param="duration")
    task = SimulatedTask.begun(
        received,
        model=model,
        prompt=prompt,
        size=_SIZES[resolution],
        seconds=seconds,
        audio=False,
    )
    if task.refused:
        return json_answer({"task_id": "", "base_resp": _base(_SENSITIVE, "input new_sensitive")})
    return json_answer({"task_id": task.id, "base_resp": _base()})


def _looked(task_id: str) -> Simulated:
    task = _task(task_id)
    answer: dict[str, Any] = {"task_id": task.id, "base_resp": _base(), "file_id": ""}
    if task.progress < 1:
        steps = ("Preparing", "Queueing", "Processing")
        answer["status"] = steps[min(2, int(task.progress * 6))]
    elif task.fails:
        answer |= {"status": "Fail", "base_resp": _base(_OUTPUT_SENSITIVE, "output sensitive")}
    else:
        answer |= {
            "status": "Success",
            "file_id": task.id,
            "video_width": task.width,
            "video_height": task.height,
        }
    return json_answer(answer)


def _located(received: Received, file_id: str) -> Simulated:
    task = _task(file_id)
    key = received.headers.get("authorization", "").partition(" ")[2]
    file = {
        "file_id": file_id,
        "bytes": len(task.file()),
        "created_at": int(task.began),
        "filename": "output.mp4",
        "purpose": "video_generation",
        "download_url": f"{received.base}/files/{task.id}.mp4?key={key}",
    }
    return json_answer({"file": file, "base_resp": _base()})


def _task(task_id: str) -> SimulatedTask:
    task = SimulatedTask.of(task_id)
    if task is None:
        raise ProviderRefusal("the task does not exist", param="task_id")
    return task


def _check_image(image: Any) -> None:
    if image is None or (isinstance(image, str) and image.startswith("https://")):
        return
    found = _DATA_URL.fullmatch(image) if isinstance(image, str) else None
    try:
        kind = media_type(b64decode(found[1], validate=True)) if found else None
    except ValueError:
        kind = None
    if kind not in ("image/png", "image/jpeg", "image/webp"):
        raise ProviderRefusal(
            "first_frame_image is no picture of a kind that is taken", param="first_frame_image"
        )


def _base(code: int = 0, message: str = "success") -> dict[str, Any]:
    return {"status_code": code, "status_msg": message}
