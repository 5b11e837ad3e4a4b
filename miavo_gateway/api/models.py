"""`GET /v1/models` and `GET /v1/models/{slug}`."""

from __future__ import annotations

from quart import Blueprint, Response

from miavo_gateway.api.access import require_key, the_gateway
from miavo_gateway.api.wire import json_answer
from miavo_gateway.catalogue import Kind, Model, as_wire
from miavo_gateway.errors import NotFound
from miavo_gateway.gateway import Gateway

__all__ = ["blueprint", "model_list", "model_object"]

blueprint = Blueprint("models", __name__)


@blueprint.get("/v1/models")
async def list_models() -> Response:
    """Every model of the catalogue, in its order."""
    await require_key()
    return json_answer(model_list(the_gateway()))


@blueprint.get("/v1/models/<path:slug>")
async def show_model(slug: str) -> Response:
    """One model."""
    await require_key()
    gateway = the_gateway()
    model = gateway.catalogue.get(slug)
    if model is None:
        near = gateway.catalogue.suggest(slug)
        hint = f" Did you mean '{near}'?" if near else ""
        raise NotFound(f"There is no model '{slug[:100]}'.{hint}", param="model")
    return json_answer(model_object(gateway, model))


def model_list(gateway: Gateway) -> dict[str, object]:
    """The list object of all models."""
    return {
        "object": "list",
        "data": [model_object(gateway, model) for model in gateway.catalogue.models],
    }


def model_object(gateway: Gateway, model: Model) -> dict[str, object]:
    """One model on the wire, with whether it can be called now."""
    reason = gateway.router.unreachable_reason(model)
    return {
        **as_wire(model, gateway.catalogue.provider_of(model)),
        "reachable": reason is None,
        "unreachable_reason": reason,
        "renders": _renders(gateway, model),
    }


def _renders(gateway: Gateway, model: Model) -> dict[str, object] | None:
    """What a video model renders; None for others, and while the gateway starts."""
    engine = gateway.router.reach.get(model.slug) if model.kind is Kind.VIDEO else None
    rules = getattr(engine, "rules", None)
    if rules is None:
        return None
    return {
        "aspect_ratios": list(rules.aspect_ratios),
        "resolutions": list(rules.resolutions),
        "seconds": list(rules.seconds),
        "default_seconds": rules.default_seconds,
        "seconds_by_resolution": {name: list(each) for name, each in rules.seconds_at.items()},
        "stretched_seconds": {str(asked): made for asked, made in rules.stretched.items()},
        "longest_prompt": rules.longest_prompt,
        "image": rules.image,
        "audio": rules.audio,
        "default_audio": rules.default_audio,
        "greatest_seed": rules.seed,
        "negative_prompt": rules.negative_prompt,
    }
