"""Veo on the Gemini API. Google took it off there on 2026-10-22; it says so when it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import quote

from miavo_gateway.catalogue import Model
from miavo_gateway.providers.adapter import Access
from miavo_gateway.providers.exchange import Garbled, ProviderError, WireRequest
from miavo_gateway.providers.gemini.adapter import api_base, model_path
from miavo_gateway.providers.gemini.errors import read_error
from miavo_gateway.providers.veo.task import RULES, read_operation, read_submitted, task_body
from miavo_gateway.providers.video import LinkInTask, Looked, Result, VideoPlan, VideoRules

__all__ = ["GeminiVeo"]

# This API renders finer pictures at full length only.
_RULES: Final = replace(RULES, seconds_at={"1080p": (8,), "4K": (8,)})


@dataclass(frozen=True, slots=True)
class GeminiVeo(LinkInTask):
    """It is a `VideoAdapter`."""

    provider: str = "google"
    inline: bool = False

    def rules(self, model: Model) -> VideoRules:
        """What a model renders."""
        del model
        return _RULES

    def submit_request(self, plan: VideoPlan, model: Model, access: Access) -> WireRequest:
        """Hands a task in."""
        path = model_path(model.upstream)
        return WireRequest(
            "POST",
            f"{api_base(access)}/{path}:predictLongRunning",
            {**_key(access), "content-type": "application/json"},
            task_body(plan, audio_switch=False),
        )

    def submitted(self, body: bytes) -> str | ProviderError | Garbled:
        """The name of the operation."""
        return read_submitted(body)

    def look_request(self, reference: str, access: Access) -> WireRequest:
        """Asks how the operation is doing."""
        return WireRequest("GET", f"{api_base(access)}/{quote(reference)}", _key(access))

    def looked(self, body: bytes) -> Looked:
        """What the operation says."""
        return read_operation(body, _found)

    def fetch_request(self, location: str, access: Access) -> WireRequest:
        """Fetches the file with the key, from where it may lead on."""
        return WireRequest("GET", location, _key(access))

    def error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """The error in an answer."""
        del headers
        return read_error(status, body)


def _key(access: Access) -> dict[str, str]:
    return {"x-goog-api-key": access.secret}


def _found(response: dict[str, Any]) -> Result | None:
    inner = response.get("generateVideoResponse")
    samples = inner.get("generatedSamples") if isinstance(inner, dict) else None
    for sample in samples if isinstance(samples, list) else ():
        video = sample.get("video") if isinstance(sample, dict) else None
        uri = video.get("uri") if isinstance(video, dict) else None
        if isinstance(uri, str) and uri:
            return Result(uri)
    return None
