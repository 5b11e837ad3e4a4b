"""The endpoint for videos of a real gateway: tasks, files, and who may see them."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from miavo_gateway.catalogue import Kind, load_catalogue
from miavo_gateway.home import Home
from miavo_gateway.server import EmbeddedGateway
from tests.conftest import RunningGateway

VIDEOS = "/v1/videos/generations"
SLUGS = [model.slug for model in load_catalogue().models if model.kind is Kind.VIDEO]
PAID = [slug for slug in SLUGS if slug not in ("local-storyboard", "cogvideox-flash")]
PNG = base64.b64encode(
    base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5E"
        "rkJggg=="
    )
).decode()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    home = tmp_path_factory.mktemp("videos") / "home"
    embedded = EmbeddedGateway(Home(home), port=0)
    running = RunningGateway(home, embedded, embedded.start())
    running.admin("POST", "credit", {"amount_usd": "100"})
    for provider in ("google", "vertex", "minimax", "zhipu"):
        terms = {"provider": provider, "sandbox": {"video_seconds": 0.1}}
        running.admin("POST", "credentials", terms)
    yield running
    embedded.stop()


@pytest.fixture(scope="module")
def http(gateway: RunningGateway) -> Iterator[httpx.Client]:
    made = gateway.admin("POST", "keys", {"name": "videos", "rpm_limit": 100_000})
    headers = {"authorization": f"Bearer {made['key']}"}
    with httpx.Client(base_url=gateway.url, headers=headers, timeout=30) as client:
        yield client


def begin(http: httpx.Client, model: str = "local-storyboard", **more: Any) -> dict[str, Any]:
    if model == "local-storyboard":
        more = {"duration_seconds": 1, "resolution": "480p", **more}
    answer = http.post(VIDEOS, json={"model": model, "prompt": "A lamp in the rain.", **more})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def ended(http: httpx.Client, task: dict[str, Any]) -> dict[str, Any]:
    deadline = time.monotonic() + 40
    while task["status"] in ("pending", "running"):
        assert time.monotonic() < deadline, task
        time.sleep(0.05)
        task = http.get(f"{VIDEOS}/{task['id']}").json()
    return task


@pytest.fixture(scope="module")
def rendered(http: httpx.Client) -> dict[str, Any]:
    task = ended(http, begin(http))
    assert task["status"] == "succeeded", task
    return task


def fault(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["code"] == code
    return dict(error)


def test_the_file_opens_with_the_key_or_with_its_address_alone(
    gateway: RunningGateway, http: httpx.Client, rendered: dict[str, Any]
) -> None:
    with_key = http.get(rendered["video_url"])
    without = httpx.get(gateway.url + rendered["video_url"])
    by_key_alone = http.get(f"{VIDEOS}/{rendered['id']}/content")
    assert with_key.content == without.content == by_key_alone.content
    assert len(without.content) == rendered["file"]["bytes"]
    assert without.headers["content-type"] == "video/mp4"
    assert without.headers["accept-ranges"] == "bytes"
    address = gateway.url + rendered["video_url"].partition("?")[0]
    fault(httpx.get(address), 401, "authentication_error")
    fault(httpx.get(f"{address}?token=guessed"), 404, "not_found")


def test_a_part_of_the_file_can_be_asked_for(
    gateway: RunningGateway, rendered: dict[str, Any]
) -> None:
    with httpx.Client(base_url=gateway.url) as player:
        url = rendered["video_url"]
        whole = player.get(url)
        size = len(whole.content)
        for wanted, begin_at, end_at in (
            ("bytes=0-0", 0, 1),
            ("bytes=100-199", 100, 200),
            (f"bytes={size - 5}-", size - 5, size),
            ("bytes=-7", size - 7, size),
            (f"bytes=10-{size * 2}", 10, size),
        ):
            part = player.get(url, headers={"range": wanted})
            assert part.status_code == 206, wanted
            assert part.content == whole.content[begin_at:end_at]
            assert part.headers["content-range"] == f"bytes {begin_at}-{end_at - 1}/{size}"
            assert part.headers["content-length"] == str(end_at - begin_at)
        beyond = player.get(url, headers={"range": f"bytes={size}-"})
        assert beyond.status_code == 416
        assert beyond.headers["content-range"] == f"bytes */{size}"
        # Several parts at once, or no range at all: the whole file is an answer that is allowed.
        for odd in ("bytes=0-1,5-6", "lines=1-2", "nonsense"):
            assert player.get(url, headers={"range": odd}).content == whole.content
        head = player.head(url)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(size)
        etag = whole.headers["etag"]
        known = player.get(url, headers={"if-none-match": etag})
        assert (known.status_code, known.content) == (304, b"")
        for tag, status in ((etag, 206), ('"another"', 200)):
            headers = {"range": "bytes=0-9", "if-range": tag}
            assert player.get(url, headers=headers).status_code == status


def test_a_key_sees_its_own_tasks_alone(gateway: RunningGateway, rendered: dict[str, Any]) -> None:
    headers = {"authorization": f"Bearer {gateway.key('another')}"}
    with httpx.Client(base_url=gateway.url, headers=headers) as another:
        path = f"{VIDEOS}/{rendered['id']}"
        fault(another.get(path), 404, "not_found")
        fault(another.delete(path), 404, "not_found")
        fault(another.get(f"{path}/content"), 404, "not_found")
        assert another.get(VIDEOS).json()["data"] == []
        fault(another.get(VIDEOS, params={"after": rendered["id"]}), 400, "invalid_request")


def test_tasks_are_listed_page_by_page(gateway: RunningGateway) -> None:
    headers = {"authorization": f"Bearer {gateway.key('pages')}"}
    with httpx.Client(base_url=gateway.url, headers=headers, timeout=30) as http:
        ids = [begin(http)["id"] for _ in range(5)]
        seen: list[str] = []
        params: dict[str, Any] = {"limit": 2}
        while True:
            page = http.get(VIDEOS, params=params).json()
            seen += [task["id"] for task in page["data"]]
            if not page["has_more"]:
                break
            params["after"] = page["last_id"]
        assert seen == ids[::-1]
        for task_id in ids:
            ended(http, http.get(f"{VIDEOS}/{task_id}").json())


@pytest.mark.parametrize("slug", PAID)
def test_what_a_provider_will_not_show_costs_nothing(
    gateway: RunningGateway, http: httpx.Client, slug: str
) -> None:
    before = gateway.admin("GET", "credit")["balance_nano"]
    refused = http.post(VIDEOS, json={"model": slug, "prompt": "Blood [[refuse]]"})
    if refused.status_code == 200:  # Google says so when it has looked at it
        task = ended(http, refused.json())
        assert task["status"] == "failed"
        assert "Support codes" in task["error"]["message"]
        assert task["video_url"] is None
        error = task["error"]
    else:
        error = fault(refused, 400, "invalid_request")
    assert error["code"] == "invalid_request"
    failed = ended(http, begin(http, slug, prompt="A lamp. [[fail]]"))
    assert failed["status"] == "failed"
    assert failed["error"]["message"]
    after = gateway.admin("GET", "credit")
    assert (after["balance_nano"], after["held_nano"]) == (before, 0)


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"duration_seconds": 7}, "duration_seconds", "second"),
    ({"duration_seconds": -1}, "duration_seconds", "second"),
    ({"duration_seconds": "8"}, "duration_seconds", "whole number"),
    ({"aspect_ratio": "5:4"}, "aspect_ratio", "16:9"),
    ({"resolution": "240p"}, "resolution", "0p"),
    ({"image": "https//nowhere"}, "image", "https"),
    ({"image": "data:image/png;base64,%%%"}, "image", "base64"),
    ({"image": "data:text/plain;base64,aGVsbG8="}, "image", "PNG"),
    ({"image": "https://127.0.0.1/a.png"}, "image", "public"),
    ({"prompt": " "}, "prompt", "seen"),
    ({"prompt": "x" * 5_000}, "prompt", "at most"),
    ({"seed": -1}, "seed", "0"),
    ({"seed": 2**40}, "seed", ""),
    ({"length": 4}, "length", "not known"),
]


@pytest.mark.parametrize("slug", SLUGS)
def test_what_a_model_does_not_render_is_refused_by_name_and_costs_nothing(
    gateway: RunningGateway, http: httpx.Client, slug: str
) -> None:
    before = gateway.admin("GET", "credit")
    for fields, param, words in BAD:
        if slug == "local-storyboard" and fields.get("duration_seconds") == 7:
            continue  # It renders any length.
        answer = http.post(VIDEOS, json={"model": slug, "prompt": "A lamp.", **fields})
        error = fault(answer, 400, "invalid_request")
        assert error["param"] == param, (fields, error)
        assert words.lower() in error["message"].lower(), error
    assert gateway.admin("GET", "credit") == before


def test_a_length_that_a_resolution_lacks_is_refused_with_those_it_has(http: httpx.Client) -> None:
    asked = {"prompt": "A lamp.", "resolution": "1080p"}
    hailuo = http.post(
        VIDEOS, json={"model": "minimax-hailuo-2.3", "duration_seconds": 10, **asked}
    )
    assert fault(hailuo, 400, "invalid_request")["message"].endswith("renders 6 seconds at 1080p.")
    assert begin(http, "minimax-hailuo-2.3", resolution="1080P")["resolution"] == "1080p"


def test_other_models_and_other_endpoints_say_where_to_go(http: httpx.Client) -> None:
    chat = http.post(VIDEOS, json={"model": "local-echo", "prompt": "A lamp."})
    assert "/v1/chat/completions" in fault(chat, 400, "invalid_request")["message"]
    body = {"model": "local-storyboard", "messages": [{"role": "user", "content": "A lamp."}]}
    video = http.post("/v1/chat/completions", json=body)
    assert VIDEOS in fault(video, 400, "invalid_request")["message"]
    unknown = http.post(VIDEOS, json={"model": "veo-3", "prompt": "A lamp."})
    assert fault(unknown, 400, "invalid_request")["param"] == "model"


def test_the_gates_of_every_paid_request_hold_for_videos(gateway: RunningGateway) -> None:
    barred = gateway.admin("POST", "keys", {"name": "barred", "allow": ["local-echo"]})
    poor = gateway.admin("POST", "keys", {"name": "poor", "budget_usd": "1.00"})
    body = {"model": "veo-3.1", "prompt": "A lamp.", "duration_seconds": 8}
    for made, status, code in (
        (barred, 403, "model_not_allowed"),
        (poor, 402, "budget_exhausted"),
    ):
        headers = {"authorization": f"Bearer {made['key']}"}
        fault(httpx.post(gateway.url + VIDEOS, json=body, headers=headers), status, code)
    fault(httpx.post(gateway.url + VIDEOS, json=body), 401, "authentication_error")


def test_no_crowd_of_requests_gets_more_tasks_than_a_key_may_have(
    gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("miavo_gateway.flow.videos.flow._MOST_ALIVE", 3)
    terms = {"name": "a crowd", "rpm_limit": 1_000, "budget_usd": "1.00"}
    made = gateway.admin("POST", "keys", terms)
    with httpx.Client(
        base_url=gateway.url, headers={"authorization": f"Bearer {made['key']}"}, timeout=30
    ) as crowd:

        def ask(model: str, seconds: int) -> httpx.Response:
            body = {"model": model, "prompt": "A lamp.", "duration_seconds": seconds}
            return crowd.post(VIDEOS, json={**body, "resolution": "1080p"})

        # What is refused for another reason keeps no place.
        for _ in range(4):
            fault(ask("veo-3.1", 8), 402, "budget_exhausted")
        for _ in range(2):  # cancelled tasks give their places back
            with ThreadPoolExecutor(12) as callers:
                answers = list(callers.map(ask, ["local-storyboard"] * 12, [30] * 12))
            assert sorted(each.status_code for each in answers) == [200] * 3 + [429] * 9
            refused = next(each for each in answers if each.status_code == 429)
            assert "renders 3 videos" in fault(refused, 429, "rate_limit_exceeded")["message"]
            for task in (each.json() for each in answers if each.status_code == 200):
                crowd.delete(f"{VIDEOS}/{task['id']}")


def test_a_task_that_has_ended_can_be_removed_with_its_file(
    gateway: RunningGateway, http: httpx.Client
) -> None:
    task = ended(http, begin(http))
    [file] = (gateway.home / "media").glob(f"{task['id']}*")
    path = f"{VIDEOS}/{task['id']}"
    assert http.delete(path).json() == {
        "id": task["id"],
        "object": "video.generation.deleted",
        "deleted": True,
    }
    assert not file.exists()
    fault(http.get(path), 404, "not_found")
    fault(http.delete(path), 404, "not_found")
    fault(httpx.get(gateway.url + task["video_url"]), 404, "not_found")


def test_a_video_that_is_rendered_here_stops_when_it_is_cancelled(
    gateway: RunningGateway, http: httpx.Client
) -> None:
    task = begin(http, duration_seconds=30, resolution="1080p")
    cancelled = http.delete(f"{VIDEOS}/{task['id']}").json()
    assert cancelled["status"] == "failed"
    assert cancelled["error"]["code"] == "cancelled"
    row = gateway.admin("GET", "usage?slug=local-storyboard&limit=1")["data"][0]
    assert (row["state"], row["cost_nano"]) == ("cancelled", 0)
    assert not list((gateway.home / "media").glob(f"{task['id']}*"))
    # Asked to go once more, it goes.
    assert http.delete(f"{VIDEOS}/{task['id']}").json()["deleted"] is True


def test_an_image_is_what_a_video_begins_with(gateway: RunningGateway, http: httpx.Client) -> None:
    image = f"data:image/png;base64,{PNG}"
    slugs = (
        "local-storyboard",
        "vertex-veo-3.1-fast",
        "minimax-hailuo-2.3-fast",
        "cogvideox-flash",
    )
    tasks = [begin(http, slug, image=image) for slug in slugs]
    assert {ended(http, task)["status"] for task in tasks} == {"succeeded"}
    assert not list((gateway.home / "media").glob("*.image"))


def test_the_same_seed_makes_the_same_storyboard(http: httpx.Client) -> None:
    tasks = [begin(http, seed=seed, resolution="720p") for seed in (1, 1, 2)]
    files = [http.get(ended(http, task)["video_url"]).content for task in tasks]
    digests = [hashlib.sha256(file).hexdigest() for file in files]
    assert digests[0] == digests[1] != digests[2]


def test_the_app_sees_the_tasks_of_all_keys_and_how_they_go_on(
    gateway: RunningGateway, http: httpx.Client
) -> None:
    token = {"authorization": f"Bearer {gateway.admin_token}"}
    told: list[dict[str, Any]] = []
    with httpx.stream("GET", f"{gateway.url}/admin/v1/events", headers=token, timeout=30) as events:
        lines = events.iter_lines()
        assert next(lines) == ": listening"
        task = begin(http)
        name = ""
        for line in lines:
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: ") and name == "video.changed":
                told.append(json.loads(line.removeprefix("data: ")))
                if told[-1]["status"] == "succeeded":
                    break
    mine = [each for each in told if each["id"] == task["id"]]
    assert mine[0]["status"] in ("pending", "running")
    percents = [each["progress"] for each in mine if each["progress"] is not None]
    assert percents == sorted(percents)
    assert percents[-1] == 100
    shown = gateway.admin("GET", f"videos/{task['id']}")
    assert shown == mine[-1]
    assert shown["key_name"] == "videos"
    listed = gateway.admin("GET", "videos?limit=1&status=succeeded&slug=local-storyboard")
    assert listed["data"] == [shown]
    either = gateway.admin(
        "GET", "videos?status=running&status=succeeded&slug=veo-3.1&slug=local-storyboard&limit=1"
    )
    assert either["data"] == [shown]
    assert gateway.admin("GET", "videos?status=running&status=pending&slug=veo-3.1")["data"] == []
    file = httpx.get(f"{gateway.url}/admin/v1/videos/{task['id']}/file", headers=token)
    assert len(file.content) == shown["file"]["bytes"]
    assert gateway.admin("DELETE", f"videos/{task['id']}")["deleted"] is True


def test_a_folder_that_is_gone_is_made_again_and_one_that_cannot_be_is_said(
    tmp_path: Path, gateway: RunningGateway, http: httpx.Client
) -> None:
    media = gateway.home / "media"
    aside = media.rename(tmp_path / "aside")
    try:
        assert ended(http, begin(http))["status"] == "succeeded"
        media.rename(tmp_path / "made")
        media.write_text("no folder")
        task = ended(http, begin(http, "vertex-veo-3.1-fast"))
        assert task["status"] == "failed"
        assert task["error"]["code"] == "internal_error"
        assert "could not store the video" in task["error"]["message"]
        media.unlink()
    finally:
        aside.rename(media)
    assert gateway.admin("GET", "credit")["held_nano"] == 0
    [row] = gateway.admin("GET", "usage?slug=vertex-veo-3.1-fast&limit=1")["data"]
    assert (row["state"], row["cost_nano"]) == ("failed", 0)


def test_a_second_costs_what_its_resolution_costs(
    gateway: RunningGateway, http: httpx.Client
) -> None:
    for resolution, cost in (("720p", 800_000_000), ("1080p", 960_000_000)):
        answer = http.post(
            VIDEOS,
            json={"model": "veo-3.1-fast", "prompt": "A lamp.", "resolution": resolution},
        )
        assert ended(http, answer.json())["status"] == "succeeded"
        row = gateway.admin("GET", f"usage/{answer.headers['x-request-id']}")
        assert (row["cost_nano"], row["seconds"]) == (cost, 8)


def test_simulated_videos_are_marked(http: httpx.Client) -> None:
    asked = {"model": "cogvideox-flash", "prompt": "A lamp."}
    begun = http.post(VIDEOS, json=asked)
    assert begun.headers["x-miavo-simulated"] == "true"
    task = ended(http, begun.json())
    assert http.get(f"{VIDEOS}/{task['id']}").headers["x-miavo-simulated"] == "true"
    assert "x-miavo-simulated" not in http.get(VIDEOS).headers
