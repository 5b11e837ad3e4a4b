"""Veo, as the Gemini API had it and as Vertex AI has it."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import unquote

import orjson

from miavo_gateway.sandbox.gemini.refusals import GoogleRefusal
from miavo_gateway.sandbox.simulator import Part, Received, Simulated
from miavo_gateway.sandbox.videos.task import SimulatedTask, file_answer
from miavo_gateway.upstream.fetching.media import media_type

__all__ = ["google_videos"]

Api = Literal["google", "vertex"]

_JSON: Final = "application/json; charset=UTF-8"
_PLACE: Final = r"(?P<place>projects/[^/]+/locations/[a-z][a-z0-9-]*/)?publishers/google/"
_SUBMIT: Final = {
    "google": re.compile(r"/v1(?:beta)?/models/(?P<model>[^/:]+):predictLongRunning"),
    "vertex": re.compile(rf"/v1(?:beta1)?/{_PLACE}models/(?P<model>[^/:]+):predictLongRunning"),
}
_LOOK: Final = re.compile(r"/v1(?:beta)?/models/(?P<model>[^/:]+)/operations/(?P<task>[\w-]+)")
_FETCH: Final = re.compile(rf"/v1(?:beta1)?/{_PLACE}models/(?P<model>[^/:]+):fetchPredictOperation")
_DOWNLOAD: Final = re.compile(r"/v1(?:beta)?/files/(?P<task>[\w-]+):download")
_MODELS: Final = {
    "google": frozenset({"veo-3.1-generate-preview", "veo-3.1-fast-generate-preview"}),
    "vertex": frozenset({"veo-3.1-generate-001", "veo-3.1-fast-generate-001"}),
}
_INSTANCE: Final = frozenset({"prompt", "image"})
_PARAMETERS: Final = frozenset(
    {
        "sampleCount",
        "aspectRatio",
        "durationSeconds",
        "resolution",
        "negativePrompt",
        "seed",
        "personGeneration",
    }
)
_OF_VERTEX: Final = frozenset({"generateAudio", "enhancePrompt", "compressionQuality"})
_LINES: Final = {"720p": 720, "1080p": 1080, "4k": 2160}
_SECONDS: Final = frozenset({4, 6, 8})
_WHOLE: Final = 8
_FILTERED: Final = (
    "The prompt could not be submitted: it contains words that violate Google's policy. "
    "Support codes: 58061214"
)
_INTERNAL: Final = 13


def google_videos(received: Received, api: Api) -> Simulated | None:
    """The answer to a request about video; None to any other."""
    path = unquote(received.path)
    if received.method == "POST" and (found := _SUBMIT[api].fullmatch(path)):
        return _submitted(received, api, found["model"], path)
    if api == "vertex":
        if received.method == "POST" and (found := _FETCH.fullmatch(path)):
            return _fetched(received, path.split("/", 2)[2].rpartition(":")[0])
        return None
    if received.method == "GET" and (found := _LOOK.fullmatch(path)):
        return _looked(received, path.split("/", 2)[2], found["task"])
    if received.method == "GET" and (found := _DOWNLOAD.fullmatch(path)):
        if received.query.get("alt") != "media":
            raise GoogleRefusal("A download needs alt=media.")
        return file_answer(_task(found["task"]))
    return None


@dataclass(frozen=True, slots=True)
class _Parameters:
    aspect_ratio: str
    seconds: int
    lines: int
    audio: bool


def _submitted(received: Received, api: Api, model: str, path: str) -> Simulated:
    if model not in _MODELS[api]:
        raise GoogleRefusal(f"models/{model} is not found for predictLongRunning.", status=404)
    body = _decoded(received)
    _only(body, frozenset({"instances", "parameters", "labels"}), "")
    instances = body.get("instances")
    if not (isinstance(instances, list) and len(instances) == 1 and isinstance(instances[0], dict)):
        raise GoogleRefusal("`instances` must have exactly one element.")
    instance = instances[0]
    _only(instance, _INSTANCE, "instances[0]")
    prompt = instance.get("prompt", "")
    if not isinstance(prompt, str) or not (prompt or "image" in instance):
        raise GoogleRefusal("Text prompt or image is required.")
    _check_image(instance.get("image"))
    wanted = _parameters(body.get("parameters") or {}, api)
    long = wanted.lines * 16 // 9
    task = SimulatedTask.begun(
        received,
        model=model,
        prompt=prompt,
        size=(long, wanted.lines) if wanted.aspect_ratio == "16:9" else (wanted.lines, long),
        seconds=wanted.seconds,
        audio=wanted.audio,
    )
    resource = path.split("/", 2)[2].rpartition(":")[0]
    return _json({"name": f"{resource}/operations/{task.id}"})


def _parameters(given: dict[str, Any], api: Api) -> _Parameters:
    if not isinstance(given, dict):
        raise GoogleRefusal("`parameters` must be an object.")
    _only(given, _PARAMETERS | (_OF_VERTEX if api == "vertex" else frozenset()), "parameters")
    ratio, seconds = given.get("aspectRatio", "16:9"), given.get("durationSeconds", _WHOLE)
    resolution = given.get("resolution", "720p")
    if ratio not in ("16:9", "9:16"):
        raise GoogleRefusal(f"Unsupported aspect ratio: {ratio}.")
    if seconds not in _SECONDS or isinstance(seconds, bool):
        raise GoogleRefusal(
            f"Unsupported output video duration {seconds} seconds, supported durations are "
            "[8, 5, 6, 7, 4]."
        )
    if resolution not in _LINES:
        raise GoogleRefusal(f"Unsupported resolution: {resolution}.")
    if api == "google" and resolution != "720p" and seconds != _WHOLE:
        raise GoogleRefusal(f"Resolution {resolution} needs a duration of {_WHOLE} seconds.")
    if given.get("sampleCount", 1) != 1:
        raise GoogleRefusal("The sandbox renders one sample.")
    seed = given.get("seed", 0)
    if not isinstance(seed, int) or not 0 <= seed < 2**32:
        raise GoogleRefusal("`seed` must be an unsigned 32-bit integer.")
    if not isinstance(given.get("negativePrompt", ""), str):
        raise GoogleRefusal("`negativePrompt` must be a string.")
    audio = given.get("generateAudio", True)
    if not isinstance(audio, bool):
        raise GoogleRefusal("`generateAudio` must be a boolean.")
    return _Parameters(ratio, seconds, _LINES[resolution], audio)


def _looked(received: Received, name: str, task_id: str) -> Simulated:
    task = _task(task_id)
    if task.progress < 1:
        return _json({"name": name})
    if task.fails:
        return _json(_failed(name))
    if task.refused:
        response: dict[str, Any] = {
            "raiMediaFilteredCount": 1,
            "raiMediaFilteredReasons": [_FILTERED],
        }
    else:
        # The host of the sandbox stands where Google's would.
        uri = f"{received.base}/v1beta/files/{task.id}:download?alt=media"
        response = {"generatedSamples": [{"video": {"uri": uri}}]}
    kind = "type.googleapis.com/google.ai.generativelanguage.v1beta.PredictLongRunningResponse"
    answer = {"@type": kind, "generateVideoResponse": response}
    return _json({"name": name, "done": True, "response": answer})


def _fetched(received: Received, resource: str) -> Simulated:
    body = _decoded(received)
    _only(body, frozenset({"operationName"}), "")
    name = body.get("operationName")
    prefix = f"{resource}/operations/"
    if not isinstance(name, str) or not name.startswith(prefix):
        raise GoogleRefusal("The operation is none of this model's.")
    task = _task(name.removeprefix(prefix))
    if task.progress < 1:
        return _json({"name": name})
    if task.fails:
        return _json(_failed(name))
    response: dict[str, Any] = {
        "@type": "type.googleapis.com/cloud.ai.large_models.vision.GenerateVideoResponse",
        "raiMediaFilteredCount": 0,
    }
    if task.refused:
        response |= {"raiMediaFilteredCount": 1, "raiMediaFilteredReasons": [_FILTERED]}
    else:
        encoded = b64encode(task.file()).decode()
        response["videos"] = [{"bytesBase64Encoded": encoded, "mimeType": "video/mp4"}]
    return _json({"name": name, "done": True, "response": response})


def _failed(name: str) -> dict[str, Any]:
    error = {"code": _INTERNAL, "message": "Video generation failed due to an internal error."}
    return {"name": name, "done": True, "error": error}


def _task(task_id: str) -> SimulatedTask:
    task = SimulatedTask.of(task_id)
    if task is None:
        raise GoogleRefusal("Operation not found.", status=404)
    return task


def _decoded(received: Received) -> dict[str, Any]:
    try:
        body = orjson.loads(received.body)
    except orjson.JSONDecodeError:
        raise GoogleRefusal("Invalid JSON payload received. Unexpected token.") from None
    if not isinstance(body, dict):
        raise GoogleRefusal("Invalid JSON payload received.")
    return body


def _only(given: dict[str, Any], known: frozenset[str], at: str) -> None:
    for name in given:
        if name not in known:
            place = f" at '{at}'" if at else ""
            raise GoogleRefusal(
                f'Invalid JSON payload received. Unknown name "{name}"{place}: Cannot find field.'
            )


def _check_image(image: Any) -> None:
    if image is None:
        return
    if not isinstance(image, dict) or not {"bytesBase64Encoded", "mimeType"} == image.keys():
        raise GoogleRefusal("`image` must have `bytesBase64Encoded` and `mimeType`.")
    try:
        data = b64decode(image["bytesBase64Encoded"], validate=True)
    except (ValueError, TypeError):
        raise GoogleRefusal("`bytesBase64Encoded` is no base64.") from None
    if media_type(data) != image["mimeType"]:
        raise GoogleRefusal("Unsupported image format; `mimeType` must be that of the bytes.")


def _json(body: dict[str, Any]) -> Simulated:
    return Simulated(200, {"content-type": _JSON}, (Part(orjson.dumps(body)),))
