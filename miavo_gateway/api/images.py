"""`POST /v1/images/generations`, `/v1/images/edits` and `/v1/images/variations`.

Image models are listed as previews. A request for one is looked at like any other (key, allow-list,
windows) and leaves its row; the router then says that it cannot be called yet.
"""

from __future__ import annotations

from quart import Blueprint, Response, g, request

from miavo_gateway.api.access import require_key, the_gateway
from miavo_gateway.api.wire import read_body
from miavo_gateway.catalogue import Kind
from miavo_gateway.errors import InvalidRequest, NotImplementedYet
from miavo_gateway.flow.metered import Demand
from miavo_gateway.schema.images import ImageRequest

__all__ = ["blueprint"]

blueprint = Blueprint("images", __name__)

_FORM = "multipart/form-data"


@blueprint.post("/v1/images/generations")
async def generate_image() -> Response:
    """Make a picture: not yet; says so for image models."""
    return await _answer()


@blueprint.post("/v1/images/edits")
async def edit_image() -> Response:
    """Change a picture: not yet; says so for image models."""
    return await _answer()


@blueprint.post("/v1/images/variations")
async def vary_image() -> Response:
    """Vary a picture: not yet; says so for image models."""
    return await _answer()


async def _answer() -> Response:
    books, key = await require_key()
    slug = await _slug_asked_for()
    model = the_gateway().router.model(slug)
    if model.kind is not Kind.IMAGE:
        raise InvalidRequest(
            f"'{model.slug}' makes no images: use POST {model.endpoint}.", param="model"
        )
    async with books.metered.request(model, key, g.request_id, Demand(endpoint=request.path)):
        # The router lets no image model through; if it did, there would be nothing behind it.
        raise NotImplementedYet(f"'{model.slug}' cannot be called yet.", param="model")


async def _slug_asked_for() -> str:
    """The `model` of a JSON body or of a form, as OpenAI's SDKs send pictures."""
    if request.mimetype != _FORM:
        return (await read_body(ImageRequest)).model
    form = await request.form
    if not form.get("model"):
        raise InvalidRequest("'model': this field is required.", param="model")
    return str(form["model"])
