"""`/admin/v1`: what the app and the commands use."""

from __future__ import annotations

import os

from quart import Blueprint, Response

from miavo_gateway import __version__
from miavo_gateway.api.access import require_admin, the_gateway
from miavo_gateway.api.admin import credentials, credit, events, keys, totals, usage
from miavo_gateway.api.models import model_list
from miavo_gateway.api.wire import json_answer
from miavo_gateway.catalogue import examples
from miavo_gateway.clock import iso
from miavo_gateway.schema.admin import EngineView, GatewayView

__all__ = ["blueprint"]

blueprint = Blueprint("admin", __name__, url_prefix="/admin/v1")
blueprint.before_request(require_admin)
blueprint.register_blueprint(credentials.blueprint)
blueprint.register_blueprint(keys.blueprint)
blueprint.register_blueprint(credit.blueprint)
blueprint.register_blueprint(usage.blueprint)
blueprint.register_blueprint(totals.blueprint)
blueprint.register_blueprint(events.blueprint)


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
            engines=[
                EngineView(slug=slug, state=engine.state)
                for slug, engine in gateway.router.engines.items()
            ],
        )
    )


@blueprint.get("/catalogue")
async def list_catalogue() -> Response:
    """Every model, as `GET /v1/models`."""
    return json_answer(model_list(the_gateway()))


@blueprint.get("/catalogue/<path:slug>/examples")
async def show_examples(slug: str) -> Response:
    """Copy-paste code for one model against this gateway."""
    gateway = the_gateway()
    return json_answer(examples(gateway.router.model(slug), gateway.url))
