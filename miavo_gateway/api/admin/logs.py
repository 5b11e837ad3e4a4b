"""`/admin/v1/logs`: the gateway's log, page by page and as it is written."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from itertools import zip_longest
from typing import TYPE_CHECKING

from quart import Blueprint, Response, request

from miavo_gateway.api.access import the_gateway
from miavo_gateway.api.admin.paging import page_limit
from miavo_gateway.api.wire import json_answer, live_answer
from miavo_gateway.errors import InvalidRequest
from miavo_gateway.observe.log_file import (
    LEVELS,
    LogLine,
    LogPlace,
    lines_after,
    page_before,
)
from miavo_gateway.schema.logs import LogLineView, LogPageView

if TYPE_CHECKING:
    from pathlib import Path

    from miavo_gateway.gateway import Gateway
    from miavo_gateway.upstream.secrets import Secret

__all__ = ["blueprint"]

blueprint = Blueprint("admin_logs", __name__, url_prefix="/logs")

_LOOK_SECONDS = 0.4
_NO_FILE_YET = LogPlace(0, 0)
"""Ahead of any file's first line."""
_KEEP_ALIVE_SECONDS = 15.0


@blueprint.get("")
async def list_log() -> Response:
    """A page of the log, newest first: `limit` lines of `level` and above, ahead of `before`.

    A page may have fewer lines where those of the level are rare; `next_before` goes on.
    """
    gateway = the_gateway()
    before = _place("before")
    limit, level = page_limit(), _level()
    page = await asyncio.to_thread(
        page_before,
        _file(gateway),
        before,
        limit=limit,
        level=level,
        secrets=await _secrets(gateway),
    )
    return json_answer(
        LogPageView(
            data=[_view(line) for line in page.lines],
            next_before=page.before.written() if page.before else None,
            end=page.end.written() if page.end else None,
        )
    )


@blueprint.get("/live")
async def follow_log() -> Response:
    """The log as it is written, from `after` or from now on, until the caller hangs up.

    Each line is an event named `line`, whose id is the place behind it: who was cut off goes on
    with it as `after`.
    """
    gateway = the_gateway()
    return live_answer(_live(gateway, _place("after"), _level()))


async def _live(gateway: Gateway, place: LogPlace | None, level: str) -> AsyncIterator[bytes]:
    log, happenings = _file(gateway), gateway.observer.happenings
    if place is None:
        _, place = await asyncio.to_thread(lines_after, log, None, level=level, secrets=())
        place = place or _NO_FILE_YET
    yield b": listening\n\n"
    spoke = time.monotonic()
    while not happenings.closed:
        lines, place = await asyncio.to_thread(
            lines_after, log, place, level=level, secrets=await _secrets(gateway)
        )
        written = b"".join(
            f"event: line\nid: {behind.written()}\n".encode()
            + f"data: {_view(line).model_dump_json()}\n\n".encode()
            for line, behind in _with_places(lines, place)
        )
        if not written and time.monotonic() - spoke >= _KEEP_ALIVE_SECONDS:
            written = b": keep-alive\n\n"
        if written:
            yield written
            spoke = time.monotonic()
        await asyncio.sleep(_LOOK_SECONDS)


def _with_places(lines: list[LogLine], end: LogPlace | None) -> Iterator[tuple[LogLine, LogPlace]]:
    """Lines, each with where to follow on from it: what lies before the next was not wanted."""
    for line, following in zip_longest(lines, lines[1:]):
        yield line, (following.place if following else end or line.place)


def _file(gateway: Gateway) -> Path:
    return gateway.home.logs / "gateway.log"


async def _secrets(gateway: Gateway) -> tuple[Secret, ...]:
    """Every secret in memory; none while the books are not open, as none has been read yet."""
    return tuple((await gateway.books()).credentials.secrets()) if gateway.ready else ()


def _level() -> str:
    level = request.args.get("level", "info")
    if level not in LEVELS:
        raise InvalidRequest(f"'level': must be one of {', '.join(LEVELS)}.", param="level")
    return level


def _place(name: str) -> LogPlace | None:
    given = request.args.get(name)
    if given is None:
        return None
    try:
        return LogPlace.read(given)
    except ValueError:
        raise InvalidRequest(
            f"'{name}': must be a place that a page of the log gave.", param=name
        ) from None


def _view(line: LogLine) -> LogLineView:
    said = asdict(line)
    del said["place"]
    return LogLineView(**said)
