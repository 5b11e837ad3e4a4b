"""`GET /openapi.json`."""

from __future__ import annotations

import asyncio
import importlib

import orjson
from quart import Blueprint, Response, current_app

__all__ = ["blueprint"]

blueprint = Blueprint("openapi", __name__)

_KEPT = "openapi"


@blueprint.get("/openapi.json")
async def show_description() -> Response:
    """This description of the whole HTTP surface."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    if _KEPT not in app.extensions:
        # In a thread: the first request takes a while, and others must not wait for it.
        app.extensions[_KEPT] = await asyncio.to_thread(
            _written, list(app.url_map.iter_rules()), dict(app.view_functions)
        )
    return Response(app.extensions[_KEPT], content_type="application/json")


def _written(rules: list[object], views: dict[str, object]) -> bytes:
    document = importlib.import_module("miavo_gateway.api.openapi.document")
    return orjson.dumps(document.describe(rules, views))
