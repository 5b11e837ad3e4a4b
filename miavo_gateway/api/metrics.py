"""`GET /metrics`, for Prometheus."""

from __future__ import annotations

import asyncio
import importlib
import ipaddress

from quart import Blueprint, Response, request

from miavo_gateway.api.access import require_admin, the_gateway

__all__ = ["blueprint"]

blueprint = Blueprint("metrics", __name__)


@blueprint.get("/metrics")
async def show_metrics() -> Response:
    """The gateway's numbers.

    Who reaches a loopback listener by a loopback name may read them without a token: it is this
    machine's own scraper, and a scraper's configuration is no place for a token that can do
    everything. Any other listener, and any other `Host` header (a proxy that lets strangers in,
    or a web page whose name was pointed at this machine), needs the admin token. A key does not
    do: keys are handed out, and what a gateway spends is not their holders' business.

    Raises:
        AuthenticationError: the admin token is needed, and missing or wrong.
    """
    gateway = the_gateway()
    if not (_is_loopback(gateway.settings.host) and _is_loopback(_host_asked_for())):
        await require_admin()
    books = await gateway.books()
    module = await asyncio.to_thread(importlib.import_module, "miavo_gateway.observe.exposition")
    page, content_type = module.exposition(gateway, books, request.headers.get("accept", ""))
    return Response(page, content_type=content_type, headers={"cache-control": "no-store"})


def _host_asked_for() -> str:
    """The `Host` header without its port and brackets."""
    host = request.host
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
