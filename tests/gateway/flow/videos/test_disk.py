"""A disk that takes no more ends a video clearly, whoever renders it, and nothing is charged."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.flow.videos.serving import Desk
from tests.gateway.upstream.scripted_server import Connection, serving, whole

LARGEST = 8 * 1024 * 1024


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "home")
    yield desk
    desk.close()


async def test_a_disk_that_takes_no_more_ends_a_video_and_costs_nothing(desk: Desk) -> None:
    url = ""

    async def zhipu(connection: Connection) -> None:
        if "/file" in connection.head.splitlines()[0]:
            await connection.send(whole(bytes(LARGEST * 2)))
            return
        result = {"task_status": "SUCCESS", "video_result": [{"url": f"{url}/file"}]}
        await connection.send(whole(json.dumps({"id": "task-1", **result}).encode()))

    async with serving(zhipu) as server:
        url = server.url
        await asyncio.to_thread(desk.start, largest_file=LARGEST)
        body = {"provider": "zhipu", "secret": "a-secret-of-the-tests", "base_url": url}
        await asyncio.to_thread(desk.admin, "POST", "credentials", body)
        task = await asyncio.to_thread(desk.begin, "cogvideox")
        ended = await asyncio.to_thread(desk.wait, task["id"])
    assert (ended["status"], ended["error"]["code"]) == ("failed", "internal_error")
    assert "could not store the video" in ended["error"]["message"]
    assert not list((desk.home / "media").iterdir())
    assert desk.query("SELECT state, cost_nano FROM usage") == [("failed", 0)]
    desk.check_books()
    # The gateway itself goes on.
    again = await asyncio.to_thread(desk.begin, "local-storyboard", duration_seconds=1)
    assert (await asyncio.to_thread(desk.wait, again["id"]))["status"] == "succeeded"
