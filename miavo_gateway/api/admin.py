"""`/admin/v1`: what the app and the commands use."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from quart import Blueprint, Response, request

from miavo_gateway import __version__
from miavo_gateway.api.access import require_admin, the_gateway
from miavo_gateway.api.models import model_list
from miavo_gateway.api.wire import json_answer, read_body
from miavo_gateway.catalogue import examples
from miavo_gateway.clock import iso
from miavo_gateway.errors import InvalidRequest
from miavo_gateway.schema.admin import (
    EngineView,
    GatewayView,
    KeyCreate,
    KeyView,
    NewKeyView,
    UsagePage,
    UsageView,
)

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from miavo_gateway.flow.keys import Key, Keys

__all__ = ["blueprint"]

blueprint = Blueprint("admin", __name__, url_prefix="/admin/v1")
blueprint.before_request(require_admin)

_MOST_ROWS = 500
_NANO = 1_000_000_000


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


@blueprint.post("/keys")
async def create_key() -> Response:
    """Make a key; this answer alone carries it."""
    books = await the_gateway().books()
    made = await books.keys.create((await read_body(KeyCreate)).name)
    return json_answer(NewKeyView(**_key_fields(made.key), key=made.secret), 201)


@blueprint.get("/keys")
async def list_keys() -> Response:
    """Every key, oldest first."""
    books = await the_gateway().books()
    return json_answer({"data": [_key_fields(key) for key in books.keys.all()]})


@blueprint.get("/keys/<key_id>")
async def show_key(key_id: str) -> Response:
    """One key."""
    books = await the_gateway().books()
    return json_answer(KeyView(**_key_fields(books.keys.get(key_id))))


@blueprint.delete("/keys/<key_id>")
async def revoke_key(key_id: str) -> Response:
    """Revoke a key; it is refused from the next request on."""
    books = await the_gateway().books()
    return json_answer(KeyView(**_key_fields(await books.keys.revoke(key_id))))


@blueprint.get("/usage")
async def list_usage() -> Response:
    """A page of requests, newest first: `limit` rows older than the row `before`."""
    books = await the_gateway().books()
    limit = _number("limit", default=50, least=1, most=_MOST_ROWS)
    before = _number("before", default=None, least=1, most=None)
    assert limit is not None
    rows = await books.ledger.page(limit=limit, before=before)
    return json_answer(
        UsagePage(
            data=[_usage_view(row, books.keys) for row in rows],
            next_before=rows[-1]["id"] if len(rows) == limit else None,
        )
    )


@blueprint.get("/usage/<request_id>")
async def show_usage(request_id: str) -> Response:
    """One request, by the id that its answer carried as `x-request-id`."""
    books = await the_gateway().books()
    return json_answer(_usage_view(await books.ledger.row(request_id), books.keys))


def _number(name: str, *, default: int | None, least: int, most: int | None) -> int | None:
    given = request.args.get(name)
    if given is None:
        return default
    if not given.isascii() or not given.isdigit() or int(given) < least:
        raise InvalidRequest(f"'{name}': must be a whole number from {least} up.", param=name)
    if most is not None and int(given) > most:
        raise InvalidRequest(f"'{name}': must be at most {most}.", param=name)
    return int(given)


def _key_fields(key: Key) -> dict[str, str | None]:
    return {
        "id": key.id,
        "name": key.name,
        "prefix": key.prefix,
        "last_four": key.last_four,
        "created_at": iso(key.created_at),
        "last_used_at": None if key.last_used_at is None else iso(key.last_used_at),
        "revoked_at": None if key.revoked_at is None else iso(key.revoked_at),
    }


def _usage_view(row: RowMapping, keys: Keys) -> UsageView:
    cost: int | None = row["cost_nano"]
    return UsageView(
        id=row["id"],
        request_id=row["request_id"],
        key_id=row["key_id"],
        key_name=keys.name_of(row["key_id"]),
        slug=row["slug"],
        endpoint=row["endpoint"],
        stream=row["stream"],
        state=row["state"],
        status=row["status"],
        error_code=row["error_code"],
        finish_reason=row["finish_reason"],
        started_at=iso(row["started_at"]),
        duration_ms=_milliseconds(row["duration_us"]),
        first_token_ms=_milliseconds(row["first_token_us"]),
        prompt_tokens=row["uncached_input"] + row["cache_read"] + row["cache_write"],
        cached_tokens=row["cache_read"],
        output_tokens=row["output"],
        reasoning_tokens=row["reasoning"],
        cost_usd=None if cost is None else f"{cost // _NANO}.{cost % _NANO:09d}",
        cost_nano=cost,
    )


def _milliseconds(us: int | None) -> float | None:
    return None if us is None else us / 1_000
