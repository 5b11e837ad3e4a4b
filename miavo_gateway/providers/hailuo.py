"""Hailuo at MiniMax: `video_generation`, its query, and the link to the file that came of it.

Sources: `minimax-mcp` 0.0.19, and digests of the video pages of platform.minimaxi.com; nothing was
called live. A model that renders from an image alone names in the trait `without_image` the id
that is asked where a request has none.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import orjson

from miavo_gateway.catalogue import Model
from miavo_gateway.providers.adapter import Access
from miavo_gateway.providers.exchange import ErrorClass, Garbled, ProviderError, WireRequest
from miavo_gateway.providers.openai_shaped.errors import read_error
from miavo_gateway.providers.openai_shaped.minimax import MINIMAX
from miavo_gateway.providers.video import (
    Failed,
    Looked,
    Rendering,
    Result,
    VideoPlan,
    VideoRules,
)

__all__ = ["Hailuo"]

_RULES: Final = VideoRules(
    # With an image the video has the shape of that; without one there is this alone.
    aspect_ratios=("16:9",),
    resolutions=("768p", "1080p"),
    seconds=(6, 10),
    default_seconds=6,
    stretched={8: 10},
    seconds_at={"1080p": (6,)},
    longest_prompt=2_000,
    image_types=("image/png", "image/jpeg", "image/webp"),
)
_OK: Final = 0


@dataclass(frozen=True, slots=True)
class Hailuo:
    """It is a `VideoAdapter`."""

    provider: str = "minimax"
    inline: bool = False

    def rules(self, model: Model) -> VideoRules:
        """What a model renders."""
        del model
        return _RULES

    def submit_request(self, plan: VideoPlan, model: Model, access: Access) -> WireRequest:
        """Hands a task in."""
        upstream = model.upstream
        if plan.image is None:
            upstream = str(model.traits.get("without_image", upstream))
        body: dict[str, Any] = {
            "model": upstream,
            "prompt": plan.prompt,
            "duration": plan.seconds,
            "resolution": plan.resolution.upper(),
        }
        if plan.image is not None:
            encoded = b64encode(plan.image.data).decode()
            body["first_frame_image"] = f"data:{plan.image.media_type};base64,{encoded}"
        return WireRequest(
            "POST",
            f"{_base(access)}/video_generation",
            {**access.bearer, "content-type": "application/json"},
            orjson.dumps(body),
        )

    def submitted(self, body: bytes) -> str | ProviderError | Garbled:
        """The task's id."""
        answer = self._answer(body)
        if not isinstance(answer, dict):
            return answer
        task = answer.get("task_id")
        return str(task) if task else Garbled("the answer names no task")

    def look_request(self, reference: str, access: Access) -> WireRequest:
        """Asks how a task is doing."""
        query = urlencode({"task_id": reference})
        return WireRequest("GET", f"{_base(access)}/query/video_generation?{query}", access.bearer)

    def looked(self, body: bytes) -> Looked:
        """What the answer says; a status that is not known is one of a task under way."""
        try:
            decoded = orjson.loads(body)
        except orjson.JSONDecodeError:
            return Garbled("the answer is no JSON")
        if isinstance(decoded, dict) and str(decoded.get("status")).lower() == "fail":
            # The reason is in `base_resp`, whose number is no fault of the question then.
            error = self.error(200, {}, body)
            return Failed(
                error
                if error.message and error.code != str(_OK)
                else ProviderError("", "it gave no reason", ErrorClass.CONTENT_FILTER)
            )
        answer = self._answer(body)
        if not isinstance(answer, dict):
            if isinstance(answer, ProviderError) and (
                answer.error_class is ErrorClass.CONTENT_FILTER
            ):
                return Failed(answer)
            return answer
        if str(answer.get("status")).lower() == "success":
            file = answer.get("file_id")
            return Result(str(file)) if file else Garbled("the task succeeded and names no file")
        return Rendering()

    def locate_request(self, location: str, access: Access) -> WireRequest | None:
        """Asks for a link, which is good for an hour."""
        query = urlencode({"file_id": location})
        return WireRequest("GET", f"{_base(access)}/files/retrieve?{query}", access.bearer)

    def located(self, body: bytes) -> str | ProviderError | Garbled:
        """The link."""
        answer = self._answer(body)
        if not isinstance(answer, dict):
            return answer
        file = answer.get("file")
        link = file.get("download_url") if isinstance(file, dict) else None
        return link if isinstance(link, str) and link else Garbled("the answer names no link")

    def fetch_request(self, location: str, access: Access) -> WireRequest:
        """Fetches the file from the storage, which wants no key."""
        del access
        return WireRequest("GET", location, {})

    def error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """The error in an answer."""
        del headers
        return read_error(body, status, MINIMAX.classify)

    def _answer(self, body: bytes) -> dict[str, Any] | ProviderError | Garbled:
        """An answer of status 200, whose `base_resp` says whether it is an error."""
        try:
            answer = orjson.loads(body)
        except orjson.JSONDecodeError:
            return Garbled("the answer is no JSON")
        if not isinstance(answer, dict):
            return Garbled("the answer is no JSON object")
        base = answer.get("base_resp")
        if isinstance(base, dict) and base.get("status_code") != _OK:
            return self.error(200, {}, body)
        return answer


def _base(access: Access) -> str:
    return access.base_url or MINIMAX.base_url
