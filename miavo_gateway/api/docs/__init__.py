"""`GET /docs`: the documentation, and `/docs/api`: the reference of every endpoint.

Only the routes are here. What makes the pages is imported, in a thread, when one is first asked
for: a gateway that nobody reads about has nothing of it in memory.
"""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING, Any, cast

from quart import Blueprint, Quart, Response, current_app, request

from miavo_gateway.api.access import the_gateway
from miavo_gateway.api.docs.address import address_asked_for
from miavo_gateway.errors import NotFound

if TYPE_CHECKING:
    from miavo_gateway.api.docs.shelf import Page, Shelf

__all__ = ["blueprint"]

blueprint = Blueprint("docs", __name__)

_KEPT = "docs"
_FOREVER = "public, max-age=31536000, immutable"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_GUARDS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
}


@blueprint.get("/docs")
async def show_documentation() -> Response:
    """The documentation: how to call this gateway, and each model with its price and code.

    The examples carry the address that the page was asked for under.
    """
    shelf = await _shelf()
    gateway = the_gateway()
    address = address_asked_for(request.headers, gateway.url)
    return _answer(await asyncio.to_thread(shelf.documentation, gateway.catalogue, address))


@blueprint.get("/docs/api")
async def show_reference() -> Response:
    """The reference of the whole HTTP surface, made from `/openapi.json`."""
    shelf = await _shelf()
    return _answer(await asyncio.to_thread(shelf.reference))


@blueprint.get("/docs/assets/<name>")
async def show_asset(name: str) -> Response:
    """A stylesheet or script of the documentation; its name changes with its content."""
    asset = (await _shelf()).asset(name)
    if asset is None:
        raise NotFound(f"There is nothing at {request.path[:200]}.")
    return _answer(asset, cached=_FOREVER)


async def _shelf() -> Shelf:
    app = cast(Quart, current_app._get_current_object())  # type: ignore[attr-defined]
    if _KEPT not in app.extensions:
        module = await asyncio.to_thread(importlib.import_module, "miavo_gateway.api.docs.shelf")
        app.extensions.setdefault(_KEPT, module.Shelf(app))
    return cast("Shelf", app.extensions[_KEPT])


def _answer(page: Page, cached: str = "no-cache") -> Response:
    headers: dict[str, Any] = {
        **_GUARDS,
        "cache-control": cached,
        "etag": f'"{page.etag}"',
        "vary": "accept-encoding",
    }
    if page.content_type.startswith("text/html"):
        headers["content-security-policy"] = _POLICY
        headers["vary"] = "accept-encoding, host, x-forwarded-proto"
    if request.if_none_match.contains_weak(page.etag):
        return Response(b"", 304, headers)
    body = page.body
    if request.accept_encodings["gzip"]:
        body = page.zipped
        headers["content-encoding"] = "gzip"
    return Response(body, 200, headers, content_type=page.content_type)
