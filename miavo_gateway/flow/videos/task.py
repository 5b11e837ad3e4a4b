"""A video task: what its row says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Self

import orjson

from miavo_gateway.errors import MiavoError
from miavo_gateway.media.facts import VideoFacts
from miavo_gateway.providers.video import VideoPlan

__all__ = ["MEDIA_TYPES", "TaskStatus", "VideoTask", "recorded_error"]

MEDIA_TYPES = {"mp4": "video/mp4", "webm": "video/webm"}
"""The containers that are kept, and their media types."""


class TaskStatus(StrEnum):
    """Where a task stands."""

    PENDING = "pending"
    """Not known to have been taken by whoever renders it."""
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    """The caller wants it no more. On the wire it is a failure of code `cancelled`."""

    @property
    def ended(self) -> bool:
        """Whether nothing more comes of it."""
        return self not in (TaskStatus.PENDING, TaskStatus.RUNNING)


@dataclass(frozen=True, slots=True)
class VideoTask:
    """One task. Times are Unix microseconds."""

    id: str
    request_id: str
    """Of its row in the usage."""
    key_id: str
    slug: str
    provider: str
    plan: VideoPlan
    """Without its image."""
    created_at: int
    file_token: str = field(repr=False)
    number: int = 0
    status: TaskStatus = TaskStatus.PENDING
    completed_at: int | None = None
    credential_id: str | None = None
    reference: str | None = field(default=None, repr=False)
    simulated: bool = False
    error: Mapping[str, str | None] | None = None
    """`message`, `type`, `code`, `param`."""
    file_bytes: int | None = None
    file_ms: int | None = None
    file_width: int | None = None
    file_height: int | None = None
    file_type: str | None = None
    progress: int | None = None
    """Per cent; in memory alone."""

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Self:
        """The task of a row."""
        values = {each.name: row[each.name] for each in fields(cls) if each.name in row}
        known = {each.name for each in fields(VideoPlan)}
        plan = orjson.loads(row["plan"])
        values["plan"] = VideoPlan(**{name: plan[name] for name in plan if name in known})
        values["status"] = TaskStatus(row["status"])
        values["error"] = orjson.loads(row["error"]) if row["error"] else None
        return cls(**values)

    def row(self) -> dict[str, Any]:
        """The row of a task, without its number."""
        values = asdict(self)
        del values["number"], values["progress"]
        values["plan"] = orjson.dumps(values["plan"]).decode()
        values["error"] = orjson.dumps(self.error).decode() if self.error else None
        values["status"] = self.status.value
        return values

    def ended_with(self, status: TaskStatus, error: MiavoError | None, at: int) -> Self:
        """The task, ended."""
        body = error.body()["error"] if error is not None else None
        return replace(self, status=status, error=body, completed_at=at, progress=None)

    def with_file(self, facts: VideoFacts, size: int) -> Self:
        """The task with the file that came of it."""
        return replace(
            self,
            file_bytes=size,
            file_ms=facts.milliseconds,
            file_width=facts.width,
            file_height=facts.height,
            file_type=MEDIA_TYPES[facts.container],
        )

    def without_file(self) -> Self:
        """The task when its file is gone."""
        return replace(
            self, file_bytes=None, file_ms=None, file_width=None, file_height=None, file_type=None
        )


def recorded_error(body: Mapping[str, str | None]) -> MiavoError:
    """The error that a task ended with, as far as its row says."""
    error = MiavoError(body["message"] or "", param=body["param"])
    error.code, error.type = body["code"] or error.code, body["type"] or error.type
    return error
