"""Videos on the wire: what is asked for, and the task that comes of it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from miavo_gateway.schema.errors import ErrorDetail

__all__ = [
    "AdminVideoGone",
    "AdminVideoPage",
    "AdminVideoView",
    "VideoDeleted",
    "VideoFileView",
    "VideoGenerationRequest",
    "VideoGone",
    "VideoList",
    "VideoView",
]


class VideoGenerationRequest(BaseModel):
    """The body of `POST /v1/videos/generations`.

    A field that is not known is refused: a video costs too much to be rendered without what was
    meant. What each model takes is in the error that a request gets which does not fit it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    model: str = Field(min_length=1)
    prompt: str = Field(min_length=1, max_length=20_000)
    aspect_ratio: str | None = Field(default=None, max_length=20)
    """Such as `16:9`."""
    duration_seconds: int | None = None
    resolution: str | None = Field(default=None, max_length=20)
    """Such as `720p`; prices may go by it."""
    image: str | None = None
    """What the video begins with: a `data:` URL or an https link."""
    negative_prompt: str | None = Field(default=None, max_length=20_000)
    seed: int | None = Field(default=None, ge=0)
    audio: bool | None = None
    """Whether it has sound."""


class VideoFileView(BaseModel):
    """A rendered file, as it was found to be."""

    bytes: int
    duration_seconds: float
    width: int
    height: int
    media_type: str


class VideoView(BaseModel):
    """A task: it is polled until its status is neither `pending` nor `running`."""

    id: str
    object: Literal["video.generation"] = "video.generation"
    created_at: int
    """Unix seconds."""
    completed_at: int | None
    model: str
    status: Literal["pending", "running", "succeeded", "failed"]
    progress: int | None
    """Per cent; null where the provider does not tell."""
    prompt: str
    negative_prompt: str | None
    aspect_ratio: str
    resolution: str
    duration_seconds: int
    """What is rendered; the file may be a fraction of a second shorter."""
    seed: int | None
    audio: bool
    video_url: str | None
    """A path on this gateway. It needs no key, so that a player can open it: keep it to
    yourself."""
    file: VideoFileView | None
    error: ErrorDetail | None


class VideoList(BaseModel):
    """A page of tasks, newest first; the next one is asked for with `after`: `last_id`."""

    object: Literal["list"] = "list"
    data: list[VideoView]
    has_more: bool
    last_id: str | None


class VideoDeleted(BaseModel):
    """The answer to a deletion."""

    id: str
    object: Literal["video.generation.deleted"] = "video.generation.deleted"
    deleted: Literal[True] = True


class AdminVideoView(VideoView):
    """A task as the app sees it."""

    number: int
    """Its place among all tasks."""
    provider: str
    key_id: str
    key_name: str
    request_id: str
    """Of its row in the usage."""
    credential_id: str | None
    """That it is rendered with."""
    simulated: bool


class VideoGone(RootModel[VideoView | VideoDeleted]):
    """The task that was cancelled, or word that it was removed."""


class AdminVideoGone(RootModel[AdminVideoView | VideoDeleted]):
    """The task that was cancelled, or word that it was removed."""


class AdminVideoPage(BaseModel):
    """A page of all keys' tasks, newest first, and where the next page begins."""

    data: list[AdminVideoView]
    next_before: int | None
