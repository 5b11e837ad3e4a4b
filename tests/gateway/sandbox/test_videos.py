"""Simulated Veo, Hailuo and CogVideoX: strict, and Google's own client takes one for Veo."""

from __future__ import annotations

import base64
import time
from pathlib import Path
from typing import Any

import orjson
import pytest
from google import genai
from google.genai import types
from google.oauth2.credentials import Credentials

from miavo_gateway.media.inspection import look_at_video
from miavo_gateway.sandbox.gemini import GoogleSimulator
from miavo_gateway.sandbox.openai_shaped import SIMULATORS
from miavo_gateway.sandbox.simulator import Received, Simulated
from tests.gateway.sandbox.simulated_http import over_http

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
VEO = "veo-3.1-fast-generate-001"


@pytest.mark.parametrize("express", [True, False])
def test_googles_own_client_renders_a_video_and_saves_it(tmp_path: Path, express: bool) -> None:
    with over_http(GoogleSimulator("vertex"), cut=4_096) as url:
        options = types.HttpOptions(base_url=url)
        if express:
            client = genai.Client(vertexai=True, api_key="a-key", http_options=options)
        else:
            client = genai.Client(
                vertexai=True,
                project="a-project",
                location="us-central1",
                credentials=Credentials("a-token"),  # type: ignore[no-untyped-call]
                http_options=options,
            )
        operation = client.models.generate_videos(
            model=VEO,
            source=types.GenerateVideosSource(
                prompt="Raindrops on a window.",
                image=types.Image(image_bytes=PNG, mime_type="image/png"),
            ),
            config=types.GenerateVideosConfig(
                aspect_ratio="9:16",
                duration_seconds=4,
                resolution="720p",
                negative_prompt="people",
                generate_audio=True,
                seed=7,
                number_of_videos=1,
            ),
        )
        assert not operation.done
        deadline = time.monotonic() + 10
        while not operation.done:
            assert time.monotonic() < deadline
            time.sleep(0.1)
            operation = client.operations.get(operation)
        [generated] = operation.result.generated_videos
        target = tmp_path / "video.mp4"
        generated.video.save(str(target))
    facts = look_at_video(target)
    assert (facts.width, facts.height, facts.milliseconds, facts.sound) == (720, 1280, 4_000, True)


def test_googles_own_client_reads_what_the_filter_kept() -> None:
    with over_http(GoogleSimulator("vertex"), cut=4_096) as url:
        client = genai.Client(
            vertexai=True, api_key="a-key", http_options=types.HttpOptions(base_url=url)
        )
        operation = client.models.generate_videos(
            model=VEO, source=types.GenerateVideosSource(prompt="Blood [[refuse]]")
        )
        while not operation.done:
            time.sleep(0.1)
            operation = client.operations.get(operation)
        assert not operation.result.generated_videos
        assert operation.result.rai_media_filtered_count == 1
        assert "Support codes" in operation.result.rai_media_filtered_reasons[0]


VERTEX = f"/v1/projects/p/locations/us-central1/publishers/google/models/{VEO}:predictLongRunning"
GOOGLE = "/v1beta/models/veo-3.1-generate-preview:predictLongRunning"


def veo(**parameters: object) -> dict[str, Any]:
    return {"instances": [{"prompt": "A lamp."}], "parameters": parameters}


def hailuo(**more: object) -> dict[str, Any]:
    return {"model": "MiniMax-Hailuo-2.3", "prompt": "A lamp.", **more}


def cog(**more: object) -> dict[str, Any]:
    return {"model": "cogvideox-3", "prompt": "A lamp.", **more}


def sent(provider: str, path: str, body: object) -> Simulated:
    google = provider in ("google", "vertex")
    simulator = GoogleSimulator(provider) if google else SIMULATORS[provider]  # type: ignore[arg-type]
    headers = {"authorization": "Bearer a-key", "content-type": "application/json"}
    if google:
        headers["x-goog-api-key"] = "a-key"
    return simulator.answer(Received("POST", path, {}, headers, orjson.dumps(body)))


@pytest.mark.parametrize(
    ("provider", "path", "body", "words"),
    [
        ("vertex", VERTEX, veo(durationSeconds=5), "duration"),
        ("vertex", VERTEX, veo(aspectRatio="1:1"), "aspect ratio"),
        ("vertex", VERTEX, veo(resolution="768p"), "resolution"),
        ("vertex", VERTEX, veo(duration=4), "duration"),
        ("vertex", VERTEX, veo(seed=-1), "seed"),
        ("vertex", VERTEX, {"instances": [], "parameters": {}}, "instances"),
        ("vertex", VERTEX.replace("fast", "slow"), veo(), "not found"),
        ("google", GOOGLE, veo(generateAudio=True), "generateAudio"),
        ("google", GOOGLE, veo(resolution="1080p", durationSeconds=4), "1080p"),
        ("minimax", "/v1/video_generation", hailuo(duration=8), "8s"),
        ("minimax", "/v1/video_generation", hailuo(duration=10, resolution="1080P"), "1080P"),
        ("minimax", "/v1/video_generation", hailuo(resolution="720P"), "resolution"),
        ("minimax", "/v1/video_generation", hailuo(aspect_ratio="16:9"), "aspect_ratio"),
        (
            "minimax",
            "/v1/video_generation",
            hailuo(model="MiniMax-Hailuo-2.3-Fast"),
            "first_frame_image",
        ),
        ("minimax", "/v1/video_generation", hailuo(first_frame_image="nothing"), "picture"),
        ("zhipu", "/api/paas/v4/videos/generations", cog(duration=8), "duration"),
        ("zhipu", "/api/paas/v4/videos/generations", cog(size="1x1"), "size"),
        ("zhipu", "/api/paas/v4/videos/generations", cog(image_url="data:"), "image_url"),
        ("zhipu", "/api/paas/v4/videos/generations", cog(seed=1), "seed"),
        (
            "zhipu",
            "/api/paas/v4/videos/generations",
            cog(model="cogvideox-flash", size="1280x720"),
            "size",
        ),
    ],
)
def test_what_a_provider_does_not_take_its_simulator_refuses(
    provider: str, path: str, body: object, words: str
) -> None:
    answer = sent(provider, path, body)
    said = b"".join(part.data for part in answer.parts).decode()
    assert answer.status >= 400 or '"task_id":""' in said
    assert words in said
