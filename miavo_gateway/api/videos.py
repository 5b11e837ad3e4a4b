"""`/v1/videos/generations`.

The address of a file carries an unguessable token in place of a key. The documentation's example
fetches it with the key, and says that a `<video>` tag may play it, which sends none: both work.
"""

from __future__ import annotations

import hmac

from quart import Blueprint, Response, g, request

from miavo_gateway.api.access import require_key, the_gateway
from miavo_gateway.api.admin.paging import page_limit
from miavo_gateway.api.video_file import file_answer
from miavo_gateway.api.video_view import video_view
from miavo_gateway.api.wire import json_answer, read_body
from miavo_gateway.errors import InvalidRequest, NotFound
from miavo_gateway.schema.videos import VideoDeleted, VideoGenerationRequest, VideoList

__all__ = ["blueprint"]

blueprint = Blueprint("videos", __name__, url_prefix="/v1/videos/generations")


@blueprint.post("")
async def create_video() -> Response:
    """Begin to render a video.

    The answer is a task, which is asked for until its `status` is neither `pending` nor `running`.
    What it may cost is held now, and what was rendered is charged when it has ended.
    """
    books, key = await require_key()
    body = await read_body(VideoGenerationRequest)
    return json_answer(video_view(await books.videos.create(body, key, g.request_id)))


@blueprint.get("")
async def list_videos() -> Response:
    """A page of the key's video tasks, newest first."""
    from miavo_gateway.flow.videos.tasks import TaskFilter

    books, key = await require_key()
    limit = page_limit()
    before = None
    if (after := request.args.get("after")) is not None:
        try:
            before = (await books.videos.get(after, key.id)).number
        except NotFound as error:
            raise InvalidRequest(f"'after': {error.message}", param="after") from None
    found = await books.videos.page(limit + 1, before, TaskFilter(key_id=(key.id,)))
    shown = [video_view(task) for task in found[:limit]]
    return json_answer(
        VideoList(data=shown, has_more=len(found) > limit, last_id=shown[-1].id if shown else None)
    )


@blueprint.get("/<task_id>")
async def show_video(task_id: str) -> Response:
    """How a video task is doing."""
    books, key = await require_key()
    task = await books.videos.get(task_id, key.id)
    if task.simulated:
        the_gateway().observer.simulated()
    return json_answer(video_view(task))


@blueprint.delete("/<task_id>")
async def delete_video(task_id: str) -> Response:
    """Cancel a video task that is under way; remove one that has ended, with its file.

    What a provider renders to its end all the same, since it cannot be called back, is charged.
    """
    books, key = await require_key()
    cancelled = await books.videos.delete(task_id, key.id)
    return json_answer(VideoDeleted(id=task_id) if cancelled is None else video_view(cancelled))


@blueprint.get("/<task_id>/content")
async def download_video(task_id: str) -> Response:
    """The file that was rendered, at the address that its task names.

    It takes the token in that address, or the key that the task belongs to. Ranges, `etag` and
    conditional requests are understood.
    """
    token = request.args.get("token")
    books = await the_gateway().books()
    if token is not None:
        task = await books.videos.get(task_id)
        if not hmac.compare_digest(task.file_token.encode(), token.encode(errors="replace")):
            raise NotFound(f"There is no video task '{task_id[:64]}'.")
    else:
        _, key = await require_key()
        task = await books.videos.get(task_id, key.id)
    if task.simulated:
        the_gateway().observer.simulated()
    return await file_answer(task, books.videos.shelf.file(task.id))
