"""What video adapters make and read, in the shapes that the providers' own clients know."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from miavo_gateway.catalogue import Kind, Model, load_catalogue
from miavo_gateway.errors import InvalidRequest
from miavo_gateway.flow.videos.planning import plan_video
from miavo_gateway.providers.adapter import Access
from miavo_gateway.providers.exchange import ErrorClass, Garbled, ProviderError
from miavo_gateway.providers.registry import VIDEO_PROVIDERS, video_adapter
from miavo_gateway.providers.video import Failed, Rendering, Result, VideoImage, VideoPlan
from miavo_gateway.schema.videos import VideoGenerationRequest

CATALOGUE = load_catalogue()
MODELS = [
    model
    for model in CATALOGUE.models
    if model.kind is Kind.VIDEO and model.provider in VIDEO_PROVIDERS
]
PLAN = VideoPlan("A lamp.", "16:9", "720p", 8, audio=True)
IMAGE = VideoImage("image/png", b"\x89PNG")
SECRET = "a-secret"
OPERATION = (
    "projects/p/locations/europe-west4/publishers/google/models/veo-3.1-generate-001/"
    "operations/op-1"
)


def model(slug: str) -> Model:
    found = CATALOGUE.get(slug)
    assert found is not None
    return found


def submitted(slug: str, plan: VideoPlan) -> tuple[str, dict[str, Any]]:
    """The address and the body of a task."""
    wire = video_adapter(model(slug).provider).submit_request(plan, model(slug), Access(SECRET))
    assert wire.method == "POST"
    assert SECRET not in wire.url
    return wire.url, orjson.loads(wire.body)


def test_veo_gets_an_instance_and_parameters() -> None:
    plan = replace(PLAN, seed=7, negative_prompt="people", image=IMAGE, resolution="4K")
    url, body = submitted("veo-3.1", plan)
    assert url == (
        "https://generativelanguage.googleapis.com/v1beta/models/"
        "veo-3.1-generate-preview:predictLongRunning"
    )
    assert body == {
        "instances": [
            {
                "prompt": "A lamp.",
                "image": {"bytesBase64Encoded": "iVBORw==", "mimeType": "image/png"},
            }
        ],
        "parameters": {
            "sampleCount": 1,
            "aspectRatio": "16:9",
            "durationSeconds": 8,
            "resolution": "4k",
            "negativePrompt": "people",
            "seed": 7,
        },
    }


def test_vertex_is_told_whether_there_is_sound_and_asked_where_the_task_is() -> None:
    url, body = submitted("vertex-veo-3.1", replace(PLAN, audio=False))
    assert url.endswith("/publishers/google/models/veo-3.1-generate-001:predictLongRunning")
    assert body["parameters"]["generateAudio"] is False
    adapter = video_adapter("vertex")
    assert adapter.submitted(orjson.dumps({"name": OPERATION})) == OPERATION
    # The place of the operation goes before the one that the credential names.
    secret = orjson.dumps({"api_key": "AIzaSyA-key", "project": "p", "location": "global"})
    wire = adapter.look_request(OPERATION, Access(secret.decode()))
    assert wire.url == (
        "https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/europe-west4/"
        "publishers/google/models/veo-3.1-generate-001:fetchPredictOperation"
    )
    assert orjson.loads(wire.body) == {"operationName": OPERATION}


@pytest.mark.parametrize("name", ["", "operations/1", "https://elsewhere/operations/1", None])
def test_a_name_that_would_lead_elsewhere_is_no_operation(name: object) -> None:
    assert isinstance(video_adapter("vertex").submitted(orjson.dumps({"name": name})), Garbled)


def test_a_file_in_a_bucket_is_fetched_from_there_with_the_token() -> None:
    adapter = video_adapter("vertex")
    response = {"videos": [{"gcsUri": "gs://a-bucket/some/video 1.mp4", "mimeType": "video/mp4"}]}
    looked = adapter.looked(orjson.dumps({"name": OPERATION, "done": True, "response": response}))
    assert looked == Result("gs://a-bucket/some/video 1.mp4")
    wire = adapter.fetch_request("gs://a-bucket/some/video 1.mp4", Access("AIzaSyA-key"))
    assert wire.url == (
        "https://storage.googleapis.com/storage/v1/b/a-bucket/o/some%2Fvideo%201.mp4?alt=media"
    )
    assert wire.headers["x-goog-api-key"] == "AIzaSyA-key"


def test_hailuo_without_an_image_is_rendered_by_the_model_that_takes_text() -> None:
    plan = VideoPlan("A lamp.", "16:9", "768p", 6)
    url, body = submitted("minimax-hailuo-2.3-fast", plan)
    assert url == "https://api.minimax.io/v1/video_generation"
    assert body == {
        "model": "MiniMax-Hailuo-2.3",
        "prompt": "A lamp.",
        "duration": 6,
        "resolution": "768P",
    }
    _, body = submitted("minimax-hailuo-2.3-fast", replace(plan, image=IMAGE))
    assert body["model"] == "MiniMax-Hailuo-2.3-Fast"
    assert body["first_frame_image"] == "data:image/png;base64,iVBORw=="


def test_cogvideox_gets_a_size_and_its_flash_none() -> None:
    url, body = submitted("cogvideox", VideoPlan("A lamp.", "9:16", "1080p", 10, image=IMAGE))
    assert url == "https://open.bigmodel.cn/api/paas/v4/videos/generations"
    assert (body["size"], body["duration"]) == ("1080x1920", 10)
    assert body["image_url"] == base64.b64encode(IMAGE.data).decode()
    _, body = submitted("cogvideox-flash", VideoPlan("A lamp.", "16:9", "720p", 6))
    assert body == {"model": "cogvideox-flash", "prompt": "A lamp.", "with_audio": False}


FILTER = ErrorClass.CONTENT_FILTER


@pytest.mark.parametrize(
    ("provider", "answer", "expected"),
    [
        ("google", {"name": "o"}, Rendering()),
        ("google", {"name": "o", "done": False, "metadata": {}}, Rendering()),
        (
            "google",
            {
                "done": True,
                "response": {
                    "generateVideoResponse": {
                        "generatedSamples": [{"video": {"uri": "https://a/file"}}]
                    }
                },
            },
            Result("https://a/file"),
        ),
        ("google", {"done": True, "error": {"code": 13, "message": "Oh."}}, ErrorClass.RETRY),
        ("google", {"done": True, "error": {"code": 3, "message": "Oh."}}, ErrorClass.CLIENT),
        ("google", {"done": True, "response": {}}, FILTER),
        (
            "vertex",
            {
                "done": True,
                "response": {"raiMediaFilteredCount": 1, "raiMediaFilteredReasons": ["No."]},
            },
            FILTER,
        ),
        ("vertex", {"done": True, "response": {"videos": [{"bytesBase64Encoded": ""}]}}, Result()),
        ("minimax", {"status": "Queueing", "base_resp": {"status_code": 0}}, Rendering()),
        ("minimax", {"status": "Thawing", "base_resp": {"status_code": 0}}, Rendering()),
        (
            "minimax",
            {"status": "Success", "file_id": 12345678901234567, "base_resp": {"status_code": 0}},
            Result("12345678901234567"),
        ),
        (
            "minimax",
            {"status": "Fail", "base_resp": {"status_code": 1027, "status_msg": "sensitive"}},
            FILTER,
        ),
        (
            "minimax",
            {"base_resp": {"status_code": 1026, "status_msg": "input sensitive"}},
            FILTER,
        ),
        ("zhipu", {"task_status": "PROCESSING"}, Rendering()),
        (
            "zhipu",
            {"task_status": "SUCCESS", "video_result": [{"url": "https://a/file"}]},
            Result("https://a/file"),
        ),
        ("zhipu", {"task_status": "FAIL"}, FILTER),
    ],
)
def test_what_an_answer_says_of_a_task(
    provider: str, answer: dict[str, Any], expected: object
) -> None:
    looked = video_adapter(provider).looked(orjson.dumps(answer))
    if isinstance(expected, ErrorClass):
        assert isinstance(looked, Failed)
        assert looked.error.error_class is expected
    else:
        assert looked == expected


@pytest.mark.parametrize(
    ("provider", "answer"),
    [
        ("minimax", {"base_resp": {"status_code": 1002, "status_msg": "rate limit"}}),
        ("zhipu", {"error": {"code": "1302", "message": "too many"}}),
    ],
)
def test_an_error_about_the_question_is_none_of_the_task(
    provider: str, answer: dict[str, Any]
) -> None:
    looked = video_adapter(provider).looked(orjson.dumps(answer))
    assert isinstance(looked, ProviderError)
    assert looked.error_class is ErrorClass.THROTTLE


@given(provider=st.sampled_from(sorted(VIDEO_PROVIDERS)), body=st.binary(max_size=200))
def test_no_bytes_make_an_adapter_raise(provider: str, body: bytes) -> None:
    adapter = video_adapter(provider)
    assert not isinstance(adapter.submitted(body), str)
    assert not isinstance(adapter.looked(body), Result)
    adapter.located(body)
    adapter.error(500, {}, body)


_NAMES = [
    *("name", "done", "error", "code", "message", "response", "videos", "generateVideoResponse"),
    *("task_id", "status", "generatedSamples", "video", "uri", "file_id", "file", "url", "id"),
    *("download_url", "base_resp", "status_code", "task_status", "video_result"),
]
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(_NAMES),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(provider=st.sampled_from(sorted(VIDEO_PROVIDERS)), answer=_JSON)
def test_no_answer_makes_an_adapter_raise(provider: str, answer: object) -> None:
    adapter, body = video_adapter(provider), orjson.dumps(answer)
    for read in (adapter.submitted, adapter.looked, adapter.located):
        read(body)
    adapter.error(400, {}, body)


@given(
    chosen=st.sampled_from(MODELS),
    ratio=st.sampled_from(["16:9", "9:16", "1:1", "4:3", None]),
    resolution=st.sampled_from(["720p", "768P", "1080p", "4k", "480p", None]),
    seconds=st.none() | st.integers(-2, 20),
    seed=st.none() | st.integers(0, 2**33),
    audio=st.none() | st.booleans(),
)
def test_a_request_is_refused_by_name_or_fits_what_is_sent(
    chosen: Model,
    ratio: str | None,
    resolution: str | None,
    seconds: int | None,
    seed: int | None,
    audio: bool | None,
) -> None:
    adapter = video_adapter(chosen.provider)
    rules = adapter.rules(chosen)
    request = VideoGenerationRequest(
        model=chosen.slug,
        prompt="A lamp.",
        aspect_ratio=ratio,
        resolution=resolution,
        duration_seconds=seconds,
        seed=seed,
        audio=audio,
    )
    try:
        plan = plan_video(request, chosen, rules)
    except InvalidRequest as error:
        named = error.param
    else:
        named = None
    if named is not None:
        assert named in {"aspect_ratio", "resolution", "duration_seconds", "seed", "audio"}
        return
    assert plan.seconds in rules.seconds_at.get(plan.resolution, rules.seconds)
    # Who asks for a length gets that, or what the rules say of it: a longer one where there is one.
    if seconds is not None and plan.seconds != seconds:
        assert plan.seconds == rules.stretched[seconds]
        assert plan.seconds == min(
            (one for one in rules.seconds if one > seconds), default=max(rules.seconds)
        )
    assert orjson.loads(adapter.submit_request(plan, chosen, Access(SECRET)).body)
