"""`/admin/v1/catalogue`: the models as the operator sees them."""

from __future__ import annotations

from collections.abc import Mapping

from quart import Blueprint, Response, request

from miavo_gateway.api.access import the_gateway
from miavo_gateway.api.models import model_object
from miavo_gateway.api.wire import json_answer
from miavo_gateway.catalogue import Catalogue, Model, as_wire, examples, with_overrides
from miavo_gateway.errors import InvalidRequest
from miavo_gateway.gateway import Gateway

__all__ = ["blueprint"]

blueprint = Blueprint("admin_catalogue", __name__, url_prefix="/catalogue")


@blueprint.get("")
async def list_catalogue() -> Response:
    """Every model as `GET /v1/models` has it, and what only the operator may know.

    That is its provider's own id for it, what `config.toml` changed in it, and what stands in for
    it. Those that `config.toml` hides are listed with `hidden=true`.

    Raises:
        InvalidRequest: `hidden` is neither true nor false.
    """
    gateway = the_gateway()
    simulated = await _simulated_providers(gateway)
    rows = [_row(gateway, model, simulated) for model in gateway.catalogue.models]
    if _flag("hidden"):
        rows += [_hidden_row(gateway, model, simulated) for model in _hidden(gateway)]
    return json_answer({"object": "list", "data": rows})


@blueprint.get("/<path:slug>/examples")
async def show_examples(slug: str) -> Response:
    """Copy-paste code for one model against this gateway."""
    gateway = the_gateway()
    return json_answer(examples(gateway.router.model(slug), gateway.url))


async def _simulated_providers(gateway: Gateway) -> frozenset[str]:
    """Providers for which simulated credentials answer; none before the database."""
    if not gateway.ready:
        return frozenset()
    pool = (await gateway.books()).pool
    return frozenset(one.id for one in gateway.catalogue.providers if pool.simulates(one.id))


def _row(gateway: Gateway, model: Model, simulated: frozenset[str]) -> dict[str, object]:
    return {
        **model_object(gateway, model),
        "simulated": model.provider in simulated,
        **_marks(gateway, model, hidden=False),
    }


def _hidden_row(gateway: Gateway, model: Model, simulated: frozenset[str]) -> dict[str, object]:
    return {
        **as_wire(model, gateway.catalogue.provider_of(model)),
        "reachable": False,
        "unreachable_reason": f"{gateway.home.config_file.name} hides '{model.slug}'.",
        "renders": None,
        "simulated": model.provider in simulated,
        **_marks(gateway, model, hidden=True),
    }


def _marks(gateway: Gateway, model: Model, *, hidden: bool) -> dict[str, object]:
    said = gateway.settings.models.get(model.slug, {})
    added = gateway.shipped.get(model.slug) is None
    after = gateway.router.fallbacks.models_for(model)[1:]
    return {
        "upstream_id": model.upstream,
        "hidden": hidden,
        "added": added,
        "overridden": [] if added else sorted(set(said) - {"hidden"}),
        "fallbacks": [each.slug for each in after],
    }


def _hidden(gateway: Gateway) -> list[Model]:
    """The models that `config.toml` takes away, otherwise as it has them."""
    without = {
        slug: {name: value for name, value in table.items() if name != "hidden"}
        for slug, table in gateway.settings.models.items()
        if isinstance(table, Mapping)
    }
    whole: Catalogue = with_overrides(gateway.shipped, without, str(gateway.home.config_file))
    return [model for model in whole.models if gateway.catalogue.get(model.slug) is None]


def _flag(name: str) -> bool:
    given = request.args.get(name, "false")
    if given not in ("true", "false"):
        raise InvalidRequest(f"'{name}': must be true or false.", param=name)
    return given == "true"
