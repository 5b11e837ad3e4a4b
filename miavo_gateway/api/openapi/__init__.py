"""`GET /openapi.json`."""

from __future__ import annotations

import asyncio
import importlib
from typing import cast

import orjson
from quart import Blueprint, Quart, Response, current_app

__all__ = ["blueprint", "description_of"]

blueprint = Blueprint("openapi", __name__)

_KEPT = "openapi"


@blueprint.get("/openapi.json")
async def show_description() -> Response:
    """This description of the whole HTTP surface."""
    app = cast(Quart, current_app._get_current_object())  # type: ignore[attr-defined]
    # In a thread: the first request takes a while, and others must not wait for it.
    written = await asyncio.to_thread(description_of, app)
    return Response(written, content_type="application/json")


def description_of(app: Quart) -> bytes:
    """The description of an application, as JSON; put together on the first call."""
    if _KEPT not in app.extensions:
        document = importlib.import_module("miavo_gateway.api.openapi.document")
        rules = list(app.url_map.iter_rules())
        described = document.describe(rules, dict(app.view_functions))
        app.extensions[_KEPT] = orjson.dumps(described)
    return cast(bytes, app.extensions[_KEPT])
