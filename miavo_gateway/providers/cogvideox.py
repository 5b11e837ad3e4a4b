"""CogVideoX at Zhipu: `videos/generations`, then `async-result`.

Sources: `zai-sdk` 0.2.3 and the mirror of docs.bigmodel.cn; nothing was called live.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import orjson

from miavo_gateway.catalogue import Model
from miavo_gateway.providers.adapter import Access
from miavo_gateway.providers.exchange import ErrorClass, Garbled, ProviderError, WireRequest
from miavo_gateway.providers.openai_shaped.errors import read_error
from miavo_gateway.providers.openai_shaped.zhipu import ZHIPU
from miavo_gateway.providers.video import (
    Failed,
    LinkInTask,
    Looked,
    Rendering,
    Result,
    VideoPlan,
    VideoRules,
)

__all__ = ["CogVideoX"]

_IMAGE_BYTES: Final = 5 * 1024 * 1024
_SIZES: Final[Mapping[tuple[str, str], str]] = {
    ("16:9", "720p"): "1280x720",
    ("9:16", "720p"): "720x1280",
    ("16:9", "1080p"): "1920x1080",
    ("9:16", "1080p"): "1080x1920",
}
_RULES: Final = VideoRules(
    aspect_ratios=("16:9", "9:16"),
    resolutions=("720p", "1080p"),
    seconds=(5, 10),
    default_seconds=5,
    stretched={6: 10, 8: 10},
    longest_prompt=1_500,
    largest_image=_IMAGE_BYTES,
    audio=True,
)
_FLASH: Final = VideoRules(
    # It has neither a size nor a length to choose: its clips are as they are.
    aspect_ratios=("16:9",),
    resolutions=("720p",),
    seconds=(6,),
    default_seconds=6,
    stretched={5: 6, 8: 6},
    longest_prompt=1_500,
    largest_image=_IMAGE_BYTES,
    audio=True,
)


@dataclass(frozen=True, slots=True)
class CogVideoX(LinkInTask):
    """It is a `VideoAdapter`. A model with the trait `fixed` has no settings."""

    provider: str = "zhipu"
    inline: bool = False

    def rules(self, model: Model) -> VideoRules:
        """What a model renders."""
        return _FLASH if model.traits.get("fixed") is True else _RULES

    def submit_request(self, plan: VideoPlan, model: Model, access: Access) -> WireRequest:
        """Hands a task in."""
        body: dict[str, Any] = {
            "model": model.upstream,
            "prompt": plan.prompt,
            "with_audio": plan.audio,
        }
        if model.traits.get("fixed") is not True:
            body["size"] = _SIZES[plan.aspect_ratio, plan.resolution]
            body["duration"] = plan.seconds
        if plan.image is not None:
            body["image_url"] = b64encode(plan.image.data).decode()
        return WireRequest(
            "POST",
            f"{_base(access)}/videos/generations",
            {**access.bearer, "content-type": "application/json"},
            orjson.dumps(body),
        )

    def submitted(self, body: bytes) -> str | ProviderError | Garbled:
        """The task's id."""
        answer = _decoded(body)
        if isinstance(answer, dict):
            if isinstance(answer.get("error"), dict):
                return self.error(200, {}, body)
            if answer.get("task_status") == "FAIL":
                return ProviderError("", "the task failed at once")
            if isinstance(task := answer.get("id"), str) and task:
                return task
        return Garbled("the answer names no task")

    def look_request(self, reference: str, access: Access) -> WireRequest:
        """Asks how a task is doing."""
        path = f"async-result/{quote(reference, safe='')}"
        return WireRequest("GET", f"{_base(access)}/{path}", access.bearer)

    def looked(self, body: bytes) -> Looked:
        """What the answer says; CogVideoX tells no progress."""
        answer = _decoded(body)
        if not isinstance(answer, dict):
            return Garbled("the answer is no JSON object")
        match answer.get("task_status"):
            case "SUCCESS":
                for each in _list(answer.get("video_result")):
                    if isinstance(each, dict) and isinstance(each.get("url"), str):
                        return Result(each["url"])
                return Garbled("the task succeeded and names no file")
            case "FAIL":
                error = self.error(200, {}, body)
                # The reason is not documented; what says nothing is taken for the filter's.
                return Failed(
                    error
                    if error.message
                    else ProviderError("", "it gave no reason", ErrorClass.CONTENT_FILTER)
                )
            case str():
                return Rendering()
            case _:
                if "error" in answer:
                    return self.error(200, {}, body)
                return Garbled("the answer tells no status")

    def fetch_request(self, location: str, access: Access) -> WireRequest:
        """Fetches the file from the storage, which wants no key."""
        del access
        return WireRequest("GET", location, {})

    def error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """The error in an answer."""
        del headers
        return read_error(body, status, ZHIPU.classify)


def _base(access: Access) -> str:
    return access.base_url or ZHIPU.base_url


def _decoded(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
