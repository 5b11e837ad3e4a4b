"""Videos: tasks that take their time."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from miavo_tui.client.connection import Connection, read_answer, read_rows
from miavo_tui.json_fields import JsonObject
from miavo_tui.video_records import VideoTask

__all__ = ["Videos"]

_PATH = "/v1/videos/generations"


class Videos:
    """The video tasks of the app's own key."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def submit(self, body: JsonObject) -> VideoTask:
        """Ask for a video, with a request of the gateway's endpoint."""
        return read_answer(
            VideoTask.from_json, await self._connection.call_json("POST", _PATH, body)
        )

    async def newest(self) -> tuple[VideoTask, ...]:
        """The newest tasks, newest first."""
        answer = await self._connection.call_json("GET", _PATH)
        return read_rows(VideoTask.from_json, answer)

    async def remove(self, task_id: str) -> None:
        """Cancel a task that runs, or delete one that has ended, with its file."""
        await self._connection.call_json("DELETE", f"{_PATH}/{quote(task_id, safe='')}")

    async def download(self, task: VideoTask, to: Path) -> None:
        """Write the file of a task that has succeeded.

        Raises:
            OSError: the file cannot be written.
        """
        assert task.video_url is not None, "the task has succeeded"
        await self._connection.fetch("GET", task.video_url, to)
