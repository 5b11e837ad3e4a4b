"""`/admin/v1/videos`: the video tasks of all keys."""

from __future__ import annotations

from quart import Blueprint, Response

from miavo_gateway.api.access import the_gateway
from miavo_gateway.api.admin.accounts import account_asked_for
from miavo_gateway.api.admin.paging import before_row, page_limit
from miavo_gateway.api.admin.usage_query import several
from miavo_gateway.api.video_file import file_answer
from miavo_gateway.api.video_view import admin_video_view
from miavo_gateway.api.wire import json_answer
from miavo_gateway.errors import InvalidRequest
from miavo_gateway.schema.videos import AdminVideoPage, VideoDeleted

__all__ = ["blueprint"]

_STATUSES = ("pending", "running", "succeeded", "failed")

blueprint = Blueprint("admin_videos", __name__, url_prefix="/videos")


@blueprint.get("")
async def list_all_videos() -> Response:
    """A page of video tasks, newest first: `limit` of them older than the one numbered `before`.

    Filtered by `account`, `key_id`, `slug`, `provider` and `status`; of several values of one, a
    task has to have one.
    """
    from miavo_gateway.flow.videos.tasks import TaskFilter

    books = await the_gateway().books()
    limit = page_limit()
    found = await books.videos.page(
        limit,
        before_row(),
        TaskFilter(
            key_id=several("key_id"),
            slug=several("slug"),
            provider=several("provider"),
            status=_statuses(),
            account_id=account_asked_for(books),
        ),
    )
    return json_answer(
        AdminVideoPage(
            data=[admin_video_view(task, books.keys) for task in found],
            next_before=found[-1].number if len(found) == limit else None,
        )
    )


def _statuses() -> tuple[str, ...] | None:
    given = several("status")
    if given is not None and not set(given) <= set(_STATUSES):
        raise InvalidRequest(f"'status': must be one of {', '.join(_STATUSES)}.", param="status")
    return given


@blueprint.get("/<task_id>")
async def show_any_video(task_id: str) -> Response:
    """One video task."""
    books = await the_gateway().books()
    return json_answer(admin_video_view(await books.videos.get(task_id), books.keys))


@blueprint.delete("/<task_id>")
async def delete_any_video(task_id: str) -> Response:
    """Cancel a video task that is under way; remove one that has ended, with its file."""
    books = await the_gateway().books()
    cancelled = await books.videos.delete(task_id)
    if cancelled is None:
        return json_answer(VideoDeleted(id=task_id))
    return json_answer(admin_video_view(cancelled, books.keys))


@blueprint.get("/<task_id>/file")
async def download_any_video(task_id: str) -> Response:
    """The file that was rendered."""
    books = await the_gateway().books()
    return await file_answer(await books.videos.get(task_id), books.videos.shelf.file(task_id))
