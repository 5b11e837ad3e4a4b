"""`GET /admin/v1/events`: what happens, as server-sent events.

| event | data |
|---|---|
| `request.started` | the usage row as it was opened |
| `request.first_token` | `request_id`, `slug`, `first_token_ms` |
| `request.ended` | the usage row, as `GET /admin/v1/usage/{request_id}` |
| `video.changed` | the task, as `GET /admin/v1/videos/{task_id}` |
| `credit.changed` | `account_id`, `balance_nano`, `held_nano`, `balance_usd`, `held_usd` |
| `key.changed` | `id`, `name`, `created`, `revoked` |
| `credential.changed` | `id`, `provider`, `label`, `state` (or `removed`), `reason` |
| `lost` | `count`: so many request events came faster than this listener read them |

The three `….changed` compare what stands now with what stood half a second ago, so they are never
lost, and a value that changed and changed back in between is not told.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import orjson
from quart import Blueprint, Response

from miavo_gateway.api.access import the_gateway
from miavo_gateway.api.admin.money import to_usd
from miavo_gateway.api.admin.usage_view import usage_view
from miavo_gateway.api.video_view import admin_video_view
from miavo_gateway.api.wire import live_answer
from miavo_gateway.observe.standing import Standing

if TYPE_CHECKING:
    from miavo_gateway.gateway import Books
    from miavo_gateway.observe.happenings import Happening, Happenings

__all__ = ["blueprint", "event_stream"]

blueprint = Blueprint("admin_events", __name__)

_KEEP_ALIVE_SECONDS = 15.0
_LOOK_SECONDS = 0.5
_GATHER_SECONDS = 0.04
_ROW_EVENTS = {"request.started", "request.ended"}


@blueprint.get("/events")
async def listen() -> Response:
    """Live events until the caller hangs up or the gateway stops."""
    gateway = the_gateway()
    events = event_stream(await gateway.books(), gateway.observer.happenings)
    return live_answer(events)


async def event_stream(
    books: Books, happenings: Happenings, *, keep_alive: float = _KEEP_ALIVE_SECONDS
) -> AsyncIterator[bytes]:
    """The events as they are sent.

    The first part is a comment: who has read it misses nothing from then on. `keep_alive` is
    after how many silent seconds another comment shows that the stream lives.
    """
    with happenings.listening() as listener:
        stood = Standing.of(books)
        yield b": listening\n\n"
        spoke = looked = time.monotonic()
        while not happenings.closed:
            silent = time.monotonic() - spoke
            if await listener.wait(max(0.0, min(_LOOK_SECONDS, keep_alive - silent))):
                # What comes at hundreds a second goes out together: each trip has its price.
                await asyncio.sleep(_GATHER_SECONDS)
            told = listener.take()
            if time.monotonic() - looked >= _LOOK_SECONDS:
                standing = Standing.of(books)
                told += standing.changes_since(stood)
                stood, looked = standing, time.monotonic()
            written = b"".join([_event(one, books) for one in told])
            if not written and time.monotonic() - spoke >= keep_alive:
                written = b": keep-alive\n\n"
            if written:
                yield written
                spoke = time.monotonic()


def _event(happening: Happening, books: Books) -> bytes:
    data = happening.data
    if happening.name == "video.changed":
        body = admin_video_view(data["task"], books.keys).model_dump_json().encode()
    elif happening.name in _ROW_EVENTS:
        body = usage_view(data, books.keys).model_dump_json().encode()
    elif happening.name == "credit.changed":
        dollars = {
            "balance_usd": to_usd(data["balance_nano"]),
            "held_usd": to_usd(data["held_nano"]),
        }
        body = orjson.dumps({**data, **dollars})
    else:
        body = orjson.dumps(dict(data))
    return b"event: %b\ndata: %b\n\n" % (happening.name.encode(), body)
