"""A rendered file as an answer: whole or in part, and only if it is not known already."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from quart import Response, request
from quart.wrappers.response import FileBody
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.http import parse_range_header

from miavo_gateway.errors import NotFound
from miavo_gateway.flow.videos.task import VideoTask

__all__ = ["file_answer"]

_PIECE = 256 * 1024


async def file_answer(task: VideoTask, path: Path) -> Response:
    """The file of a task, as the request wants it (RFC 9110: ranges, `etag`, conditions).

    Raises:
        NotFound: there is none, or no longer.
    """
    try:
        body = FileBody(path, buffer_size=_PIECE) if task.file_bytes is not None else None
    except OSError:
        body = None
    if body is None:
        raise NotFound(f"The video task '{task.id}' has no file.")
    response = Response(body, content_type=task.file_type or "video/mp4")
    response.content_length = body.size
    # Ids are never used twice and files never change.
    response.set_etag(task.id)
    ended = (task.completed_at or task.created_at) / 1_000_000
    response.last_modified = datetime.fromtimestamp(ended, UTC)
    response.headers["accept-ranges"] = "bytes"
    response.headers["cache-control"] = "private, max-age=31536000, immutable"
    response.headers["x-content-type-options"] = "nosniff"
    response.headers["content-disposition"] = f'inline; filename="{task.id}.mp4"'
    response.timeout = None  # Quart would cut a slow download after 60 seconds
    _plain_range(body.size)
    try:
        await response.make_conditional(request, accept_ranges=True, complete_length=body.size)
    except RequestedRangeNotSatisfiable:
        headers = {"content-range": f"bytes */{body.size}", "accept-ranges": "bytes"}
        return Response(b"", 416, headers)
    return response


def _plain_range(size: int) -> None:
    """Write the request's range as Quart reads it: not from the end, and one alone.

    What cannot be read, or wants several parts, may be passed over (RFC 9110, 14.2).
    """
    wanted = parse_range_header(request.headers.get("range"))
    if wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1:
        request.headers.pop("range", None)
        return
    [(begin, _)] = wanted.ranges
    if begin < 0:
        request.headers["range"] = f"bytes={max(0, size + begin)}-"
