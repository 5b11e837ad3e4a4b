"""A video task as the gateway tells of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from miavo_tui import json_fields
from miavo_tui.json_fields import JsonObject
from miavo_tui.plain_text import printable

__all__ = ["VideoTask"]


@dataclass(frozen=True, slots=True)
class VideoTask:
    """One video, asked for and perhaps rendered."""

    id: str
    model: str
    prompt: str
    status: str
    """`pending`, `running`, `succeeded` or `failed`."""
    progress: int | None
    """Per cent; None where the provider does not tell."""
    created_at: datetime
    completed_at: datetime | None
    resolution: str
    duration_seconds: int
    video_url: str | None
    """A path on the gateway, once it has succeeded."""
    problem: str | None
    """Why it failed."""

    @property
    def ended(self) -> bool:
        """Whether it is neither waiting nor being rendered."""
        return self.status not in ("pending", "running")

    @classmethod
    def from_json(cls, data: JsonObject) -> VideoTask:
        """Reads one task."""
        error = json_fields.optional(data, "error", dict)
        completed = json_fields.optional(data, "completed_at", int)
        url = json_fields.optional_text(data, "video_url")
        # A path on this gateway and nowhere else: the app's key goes there.
        if url is not None and not (url.startswith("/") and not url.startswith("//")):
            raise json_fields.UnexpectedShape("the field `video_url` is not a path")
        return cls(
            id=json_fields.text(data, "id"),
            model=json_fields.text(data, "model"),
            prompt=json_fields.text(data, "prompt"),
            status=json_fields.text(data, "status"),
            progress=json_fields.optional(data, "progress", int),
            created_at=datetime.fromtimestamp(json_fields.field(data, "created_at", int), UTC),
            completed_at=None if completed is None else datetime.fromtimestamp(completed, UTC),
            resolution=json_fields.text(data, "resolution"),
            duration_seconds=json_fields.field(data, "duration_seconds", int),
            video_url=url,
            problem=None if error is None else printable(str(error.get("message", ""))),
        )
