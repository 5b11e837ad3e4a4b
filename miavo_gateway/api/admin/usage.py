"""`/admin/v1/usage`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quart import Blueprint, Response, request

from miavo_gateway.api.access import the_gateway
from miavo_gateway.api.admin.money import to_usd
from miavo_gateway.api.admin.paging import before_row, moment, page_limit
from miavo_gateway.api.wire import json_answer
from miavo_gateway.clock import iso
from miavo_gateway.schema.admin import UsagePage, UsageView

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from miavo_gateway.flow.keys import Keys

__all__ = ["blueprint"]

blueprint = Blueprint("admin_usage", __name__, url_prefix="/usage")


@blueprint.get("")
async def list_usage() -> Response:
    """A page of requests, newest first: `limit` rows older than the row `before`.

    Filtered by `key_id`, `slug`, `provider`, `state`, `since` and `until`.
    """
    books = await the_gateway().books()
    limit = page_limit()
    rows = await books.usage.page(
        limit=limit,
        before=before_row(),
        key_id=request.args.get("key_id"),
        slug=request.args.get("slug"),
        provider=request.args.get("provider"),
        state=request.args.get("state"),
        since=moment("since"),
        until=moment("until"),
    )
    return json_answer(
        UsagePage(
            data=[_view(row, books.keys) for row in rows],
            next_before=rows[-1]["id"] if len(rows) == limit else None,
        )
    )


@blueprint.get("/<request_id>")
async def show_usage(request_id: str) -> Response:
    """One request, by the id that its answer carried as `x-request-id`."""
    books = await the_gateway().books()
    return json_answer(_view(await books.usage.row(request_id), books.keys))


def _view(row: RowMapping, keys: Keys) -> UsageView:
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
        cost_usd=None if cost is None else to_usd(cost),
        cost_nano=cost,
    )


def _milliseconds(us: int | None) -> float | None:
    return None if us is None else us / 1_000
