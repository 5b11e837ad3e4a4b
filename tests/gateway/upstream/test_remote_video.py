"""A provider of videos that misbehaves, behind a whole gateway: the task, the bill, the pool."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

import httpx
import pytest

from miavo_gateway.sandbox.videos.clip import clip
from tests.conftest import RunningGateway
from tests.gateway.upstream.scripted_server import Connection, serving, whole

VIDEOS = "/v1/videos/generations"
SECRET = "0123456789abcdef0123456789abcdef.a-secret-of-the-tests"
ACCEPTED = {"id": "task-1", "task_status": "PROCESSING"}


@cache
def film() -> bytes:
    """Five seconds, as asked for."""
    return clip(1280, 720, 5, audio=False)


class Provider:
    """Zhipu, as far as its answers are given; the rest goes well."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[tuple[str, str, str]] = []
        self.submits: list[Callable[[Connection], Awaitable[None]]] = []
        self.looks: list[Callable[[Connection], Awaitable[None]]] = []
        self.files: list[Callable[[Connection], Awaitable[None]]] = []

    async def __call__(self, connection: Connection) -> None:
        head = connection.head
        method, path, _ = head.split(" ", 2)
        lines = dict(line.lower().split(": ", 1) for line in head.splitlines()[1:] if ": " in line)
        self.asked.append((method, path, lines.get("authorization", "")))
        if method == "POST":
            script = self.submits.pop(0) if self.submits else saying(ACCEPTED)
        elif "async-result" in path:
            done = {"task_status": "SUCCESS", "video_result": [{"url": f"{self.url}/file"}]}
            script = self.looks.pop(0) if self.looks else saying(done)
        else:
            script = self.files.pop(0) if self.files else filed
        await script(connection)

    def count(self, method: str, words: str) -> int:
        return sum(each[0] == method and words in each[1] for each in self.asked)


def saying(body: object, status: str = "200 OK") -> Callable[[Connection], Awaitable[None]]:
    async def script(connection: Connection) -> None:
        await connection.send(whole(json.dumps(body).encode(), status))

    return script


def refusing(
    status: str, code: str, message: str = "No."
) -> Callable[[Connection], Awaitable[None]]:
    return saying({"error": {"code": code, "message": message}}, status)


async def filed(connection: Connection) -> None:
    await connection.send(whole(film(), "200 OK", "content-type: video/mp4"))


async def broken_off(connection: Connection) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(film())
    await connection.send(head + film()[:1_000])
    connection.writer.close()


async def hung_up(connection: Connection) -> None:
    connection.writer.close()


@pytest.fixture
def funded(gateway: RunningGateway) -> RunningGateway:
    gateway.admin("POST", "credit", {"amount_usd": "10"})
    return gateway


def add(gateway: RunningGateway, url: str, label: str = "main") -> str:
    body = {"provider": "zhipu", "secret": SECRET, "label": label, "base_url": url}
    return str(gateway.admin("POST", "credentials", body)["id"])


async def post(gateway: RunningGateway, **more: Any) -> httpx.Response:
    key = await asyncio.to_thread(gateway.key)
    body = {"model": "cogvideox", "prompt": "A lamp.", "duration_seconds": 5, **more}
    async with httpx.AsyncClient(base_url=gateway.url, timeout=30) as client:
        headers = {"authorization": f"Bearer {key}"}
        return await client.post(VIDEOS, json=body, headers=headers)


async def ended(gateway: RunningGateway, answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    path = f"videos/{answer.json()['id']}"
    async with asyncio.timeout(30):
        while True:
            task = await asyncio.to_thread(gateway.admin, "GET", path)
            if task["status"] not in ("pending", "running"):
                return dict(task)
            await asyncio.sleep(0.05)


async def bill(gateway: RunningGateway, answer: httpx.Response) -> tuple[str, int | None, int]:
    """The state and cost of a task's row, and what is held."""
    request = answer.headers["x-request-id"]
    row = await asyncio.to_thread(gateway.admin, "GET", f"usage/{request}")
    credit = await asyncio.to_thread(gateway.admin, "GET", "credit")
    return row["state"], row["cost_nano"], credit["held_nano"]


async def test_a_link_that_is_refused_or_broken_is_asked_for_anew(funded: RunningGateway) -> None:
    provider = Provider()
    provider.files = [refusing("403 Forbidden", "AccessDenied", "Expired"), broken_off]
    async with serving(provider) as server:
        provider.url = server.url
        await asyncio.to_thread(add, funded, server.url)
        answer = await post(funded)
        task = await ended(funded, answer)
    assert task["status"] == "succeeded", task
    assert provider.count("GET", "async-result") == provider.count("GET", "/file") == 3
    assert provider.count("POST", "generations") == 1
    # The storage is another's: it is not shown the key.
    assert {key for method, path, key in provider.asked if path == "/file"} == {""}
    assert await bill(funded, answer) == ("completed", 1_000_000_000, 0)


async def test_a_file_that_is_not_to_be_had_ends_the_task_and_costs_nothing(
    funded: RunningGateway,
) -> None:
    provider = Provider()
    provider.files = [refusing("403 Forbidden", "AccessDenied", f"Not with {SECRET}")] * 9
    async with serving(provider) as server:
        provider.url = server.url
        await asyncio.to_thread(add, funded, server.url)
        answer = await post(funded)
        task = await ended(funded, answer)
    assert (task["status"], task["error"]["code"]) == ("failed", "upstream_error")
    assert "was rendered, but its file could not be fetched" in task["error"]["message"]
    assert SECRET not in json.dumps(task)
    assert await bill(funded, answer) == ("failed", 0, 0)


@pytest.mark.parametrize("body", [b"<html>no video</html>", b"\0\0\0\x18ftypmp42", b""])
async def test_what_is_no_video_is_not_passed_on_or_charged(
    funded: RunningGateway, body: bytes
) -> None:
    async def sends(connection: Connection) -> None:
        await connection.send(whole(body, "200 OK", "content-type: video/mp4"))

    provider = Provider()
    provider.files = [sends] * 9
    async with serving(provider) as server:
        provider.url = server.url
        await asyncio.to_thread(add, funded, server.url)
        answer = await post(funded)
        task = await ended(funded, answer)
    assert task["status"] == "failed"
    assert "no video" in task["error"]["message"]
    assert await bill(funded, answer) == ("failed", 0, 0)
    assert not list((funded.home / "media").iterdir())


async def test_a_shorter_file_is_charged_for_what_it_is(funded: RunningGateway) -> None:
    async def short(connection: Connection) -> None:
        await connection.send(whole(clip(1280, 720, 2, audio=False), "200 OK"))

    provider = Provider()
    provider.files = [short]
    async with serving(provider) as server:
        provider.url = server.url
        await asyncio.to_thread(add, funded, server.url)
        answer = await post(funded)
        task = await ended(funded, answer)
    assert task["file"]["duration_seconds"] == 2
    assert await bill(funded, answer) == ("completed", 400_000_000, 0)


async def test_looks_that_fail_for_a_while_are_made_again(funded: RunningGateway) -> None:
    provider = Provider()
    provider.looks = [
        refusing("500 Internal Server Error", "1234"),
        hung_up,
        saying({"task_status": "PROCESSING"}),
    ]
    async with serving(provider) as server:
        provider.url = server.url
        await asyncio.to_thread(add, funded, server.url)
        answer = await post(funded)
        task = await ended(funded, answer)
    assert task["status"] == "succeeded"
    assert await bill(funded, answer) == ("completed", 1_000_000_000, 0)


async def test_another_credential_is_tried_before_a_task_is_taken_and_none_after(
    funded: RunningGateway,
) -> None:
    throttled, willing = Provider(), Provider()
    throttled.submits = [refusing("429 Too Many Requests", "1302")] * 2
    async with serving(throttled) as first, serving(willing) as second:
        throttled.url, willing.url = first.url, second.url
        await asyncio.to_thread(add, funded, first.url, "first")
        of_second = await asyncio.to_thread(add, funded, second.url, "second")
        answer = await post(funded)
        task = await ended(funded, answer)
    assert task["status"] == "succeeded"
    assert task["credential_id"] == of_second
    assert throttled.count("GET", "") == 0
    assert await bill(funded, answer) == ("completed", 1_000_000_000, 0)


async def test_a_task_that_may_have_been_taken_is_not_handed_in_again(
    funded: RunningGateway,
) -> None:
    broken, willing = Provider(), Provider()
    broken.submits, willing.submits = [hung_up] * 3, [hung_up] * 3
    async with serving(broken) as first, serving(willing) as second:
        await asyncio.to_thread(add, funded, first.url, "first")
        await asyncio.to_thread(add, funded, second.url, "second")
        answer = await post(funded)
    assert answer.status_code == 502
    # OpenAI's SDKs ask again by themselves, unless they are told not to.
    assert answer.headers["x-should-retry"] == "false"
    assert len(broken.asked) + len(willing.asked) == 1
    assert (await bill(funded, answer))[1:] == (0, 0)


async def test_a_task_whose_credential_is_gone_ends_and_costs_nothing(
    funded: RunningGateway,
) -> None:
    provider = Provider()
    provider.looks = [saying({"task_status": "PROCESSING"})] * 99
    async with serving(provider) as server:
        credential = await asyncio.to_thread(add, funded, server.url)
        answer = await post(funded)
        await asyncio.to_thread(funded.admin, "DELETE", f"credentials/{credential}")
        task = await ended(funded, answer)
    assert task["status"] == "failed"
    assert "gone" in task["error"]["message"]
    assert await bill(funded, answer) == ("failed", 0, 0)


async def test_a_retired_model_says_so_and_names_what_takes_its_place(
    funded: RunningGateway,
) -> None:
    gone = {"error": {"code": 404, "message": "It is no longer available.", "status": "NOT_FOUND"}}

    async def answer_all(connection: Connection) -> None:
        await connection.send(whole(json.dumps(gone).encode(), "404 Not Found"))

    async with serving(answer_all) as server:
        body = {"provider": "google", "secret": "AIzaSyA-key-of-tests", "base_url": server.url}
        await asyncio.to_thread(funded.admin, "POST", "credentials", body)
        answer = await post(funded, model="veo-3.1-fast", duration_seconds=4)
    assert answer.status_code == 502
    message = answer.json()["error"]["message"]
    assert "no longer available" in message
    assert "'vertex-veo-3.1-fast' takes its place" in message
    assert (await bill(funded, answer))[1:] == (0, 0)


async def test_a_file_inside_the_answer_goes_to_the_disk_however_it_is_cut(
    funded: RunningGateway,
) -> None:
    video = clip(1280, 720, 4, audio=True)
    name = (
        "projects/p/locations/us-central1/publishers/google/models/veo-3.1-fast-generate-001/"
        "operations/op-1"
    )
    looks: list[str] = []

    async def vertex(connection: Connection) -> None:
        path = connection.head.split(" ")[1]
        if path.endswith(":predictLongRunning"):
            await connection.send(whole(json.dumps({"name": name}).encode(), "200 OK"))
            return
        looks.append(path)
        videos = [{"mimeType": "video/mp4", "bytesBase64Encoded": base64.b64encode(video).decode()}]
        operation = {"name": name, "done": True, "response": {"videos": videos}}
        body = json.dumps(operation).encode()
        await connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body))
        for start in range(0, len(body), 1_013):
            await connection.send(body[start : start + 1_013])

    async with serving(vertex) as server:
        body = {"provider": "vertex", "secret": "AIzaSyA-key-of-tests", "base_url": server.url}
        await asyncio.to_thread(funded.admin, "POST", "credentials", body)
        answer = await post(funded, model="vertex-veo-3.1-fast", duration_seconds=4)
        task = await ended(funded, answer)
    assert task["status"] == "succeeded", task
    stored = funded.home / "media" / f"{task['id']}.mp4"
    assert stored.read_bytes() == video
    assert looks[0].endswith("veo-3.1-fast-generate-001:fetchPredictOperation")
    assert await bill(funded, answer) == ("completed", 400_000_000, 0)
