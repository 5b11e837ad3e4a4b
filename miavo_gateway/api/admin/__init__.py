"""`/admin/v1`: what the app and the commands use."""

from __future__ import annotations

import os

from quart import Blueprint, Response

from miavo_gateway import __version__
from miavo_gateway.api.access import require_admin, the_gateway
from miavo_gateway.api.admin import (
    accounts,
    catalogue,
    credentials,
    credit,
    events,
    health,
    keys,
    logs,
    pulse,
    settings,
    totals,
    usage,
    videos,
)
from miavo_gateway.api.wire import json_answer
from miavo_gateway.clock import iso
from miavo_gateway.gateway import Gateway
from miavo_gateway.schema.admin import EngineView, GatewayView

__all__ = ["blueprint"]

blueprint = Blueprint("admin", __name__, url_prefix="/admin/v1")
blueprint.before_request(require_admin)
for part in (
    accounts,
    catalogue,
    credentials,
    credit,
    events,
    health,
    keys,
    logs,
    pulse,
    settings,
    totals,
    usage,
    videos,
):
    blueprint.register_blueprint(part.blueprint)


@blueprint.get("/gateway")
async def show_gateway() -> Response:
    """The running gateway."""
    gateway = the_gateway()
    return json_answer(
        GatewayView(
            version=__version__,
            url=gateway.url,
            pid=os.getpid(),
            home=str(gateway.home.path),
            started_at=iso(gateway.started_at),
            requests_in_flight=len(gateway.live),
            sandbox=gateway.settings.sandbox or await _simulates(gateway),
            engines=[
                EngineView(slug=slug, state=engine.state)
                for slug, engine in gateway.router.engines.items()
            ],
        )
    )


async def _simulates(gateway: Gateway) -> bool:
    """Whether a kept credential is simulated; False while the database is being opened."""
    if not gateway.ready:
        return False
    books = await gateway.books()
    return any(credential.simulated for credential in books.credentials.all())
