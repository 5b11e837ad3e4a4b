"""Veo on Vertex AI: the file comes inside the answer about its operation, or lies in a bucket.

A model that is not served at `us-central1` names its place in the trait `location`; a credential
that names one goes before it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import orjson

from miavo_gateway.catalogue import Model
from miavo_gateway.errors import NoUpstream
from miavo_gateway.providers.adapter import Access
from miavo_gateway.providers.exchange import Garbled, ProviderError, WireRequest
from miavo_gateway.providers.gemini.errors import read_error
from miavo_gateway.providers.veo.task import RULES, read_operation, read_submitted, task_body
from miavo_gateway.providers.vertex.adapter import vertex_request
from miavo_gateway.providers.video import LinkInTask, Looked, Result, VideoPlan, VideoRules

__all__ = ["VertexVeo"]

_LOCATION: Final = "us-central1"
_VERSION: Final = "v1"
_STORAGE: Final = "https://storage.googleapis.com"
_OPERATION = re.compile(
    r"(?:projects/[^/]+/locations/(?P<location>[a-z][a-z0-9-]*)/)?publishers/google/models/"
    r"(?P<model>[^/]+)/operations/[^/]+"
)
_BUCKET = re.compile(r"gs://(?P<bucket>[^/]+)/(?P<object>.+)")


@dataclass(frozen=True, slots=True)
class VertexVeo(LinkInTask):
    """It is a `VideoAdapter`."""

    provider: str = "vertex"
    inline: bool = True

    def rules(self, model: Model) -> VideoRules:
        """What a model renders."""
        del model
        return RULES

    def submit_request(self, plan: VideoPlan, model: Model, access: Access) -> WireRequest:
        """Hands a task in.

        Raises:
            NoUpstream: the credential is of no use.
        """
        return vertex_request(
            access,
            model.upstream,
            "predictLongRunning",
            task_body(plan, audio_switch=True),
            location=str(model.traits.get("location", _LOCATION)),
            version=_VERSION,
        )

    def submitted(self, body: bytes) -> str | ProviderError | Garbled:
        """The name of the operation, which says where it is to be asked for."""
        name = read_submitted(body)
        if isinstance(name, str) and not _OPERATION.fullmatch(name):
            return Garbled("the name of the operation is none")
        return name

    def look_request(self, reference: str, access: Access) -> WireRequest:
        """Asks how the operation is doing.

        Raises:
            NoUpstream: the credential is of no use.
        """
        found = _OPERATION.fullmatch(reference)
        assert found is not None, "it was looked at when it came"
        return vertex_request(
            access,
            found["model"],
            "fetchPredictOperation",
            orjson.dumps({"operationName": reference}),
            location=found["location"] or _LOCATION,
            pinned=True,
            version=_VERSION,
        )

    def looked(self, body: bytes) -> Looked:
        """What the operation says."""
        return read_operation(body, _found)

    def fetch_request(self, location: str, access: Access) -> WireRequest:
        """Fetches the file out of its bucket.

        Raises:
            NoUpstream: the credential is of no use.
        """
        found = _BUCKET.fullmatch(location)
        if found is None:
            raise NoUpstream("Vertex named no place in a bucket for the video.")
        bucket, name = quote(found["bucket"], safe=""), quote(found["object"], safe="")
        asked = vertex_request(access, "veo", "predict", b"")
        return WireRequest(
            "GET",
            f"{_STORAGE}/storage/v1/b/{bucket}/o/{name}?alt=media",
            {name: value for name, value in asked.headers.items() if name != "content-type"},
            authorization=asked.authorization,
        )

    def error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """The error in an answer."""
        del headers
        return read_error(status, body)


def _found(response: dict[str, Any]) -> Result | None:
    videos = response.get("videos")
    for video in videos if isinstance(videos, list) else ():
        if not isinstance(video, dict):
            continue
        if "bytesBase64Encoded" in video:
            return Result(None)
        if isinstance(video.get("gcsUri"), str):
            return Result(video["gcsUri"])
    return None
