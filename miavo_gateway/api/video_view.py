"""Video tasks as they are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from miavo_gateway.flow.videos.flow import ENDPOINT
from miavo_gateway.flow.videos.task import TaskStatus, VideoTask
from miavo_gateway.schema.errors import ErrorDetail
from miavo_gateway.schema.videos import AdminVideoView, VideoFileView, VideoView

if TYPE_CHECKING:
    from miavo_gateway.flow.keys import Keys

__all__ = ["admin_video_view", "video_view"]

_SECOND = 1_000_000


def video_view(task: VideoTask) -> VideoView:
    """A task for the key that it belongs to."""
    return VideoView(**_shown(task))


def admin_video_view(task: VideoTask, keys: Keys) -> AdminVideoView:
    """A task for the app."""
    return AdminVideoView(
        **_shown(task),
        number=task.number,
        provider=task.provider,
        key_id=task.key_id,
        key_name=keys.name_of(task.key_id),
        request_id=task.request_id,
        credential_id=task.credential_id,
        simulated=task.simulated,
    )


def _shown(task: VideoTask) -> dict[str, Any]:
    plan = task.plan
    # The contract knows four: what was cancelled has failed, and its error says how.
    status = TaskStatus.FAILED if task.status is TaskStatus.CANCELLED else task.status
    return {
        "id": task.id,
        "created_at": task.created_at // _SECOND,
        "completed_at": task.completed_at and task.completed_at // _SECOND,
        "model": task.slug,
        "status": status.value,
        "progress": 100 if status is TaskStatus.SUCCEEDED else task.progress,
        "prompt": plan.prompt,
        "negative_prompt": plan.negative_prompt,
        "aspect_ratio": plan.aspect_ratio,
        "resolution": plan.resolution,
        "duration_seconds": plan.seconds,
        "seed": plan.seed,
        "audio": plan.audio,
        "video_url": _video_url(task),
        "file": _file(task),
        "error": ErrorDetail.model_validate(task.error) if task.error else None,
    }


def _video_url(task: VideoTask) -> str | None:
    if task.file_bytes is None:
        return None
    return f"{ENDPOINT}/{task.id}/content?token={task.file_token}"


def _file(task: VideoTask) -> VideoFileView | None:
    if task.file_bytes is None:
        return None
    return VideoFileView(
        bytes=task.file_bytes,
        duration_seconds=(task.file_ms or 0) / 1_000,
        width=task.file_width or 0,
        height=task.file_height or 0,
        media_type=task.file_type or "video/mp4",
    )
