"""`/admin/v1/usage`."""

from __future__ import annotations

from quart import Blueprint, Response

from miavo_gateway.api.access import the_gateway
from miavo_gateway.api.admin.paging import after_row, before_row, page_limit
from miavo_gateway.api.admin.usage_query import rows_asked_for
from miavo_gateway.api.admin.usage_view import usage_view
from miavo_gateway.api.wire import json_answer
from miavo_gateway.schema.admin import UsageExtent, UsagePage

__all__ = ["blueprint"]

blueprint = Blueprint("admin_usage", __name__, url_prefix="/usage")


@blueprint.get("")
async def list_usage() -> Response:
    """A page of requests, newest first: `limit` rows older than the row `before`.

    With `after`, the rows next to that one on its newer side instead; after 0, the oldest there
    are. Filtered by `account`, `key_id`, `slug`, `provider`, `state`, `status`, `text`, `since` and
    `until`; of several values of one, a row has to have one.
    """
    from miavo_gateway.flow.pages import Page

    books = await the_gateway().books()
    page = Page(page_limit(), before_row(), after_row())
    rows = await books.pages.usage(page, rows_asked_for(books))
    return json_answer(
        UsagePage(
            data=[usage_view(row, books.keys) for row in rows],
            next_before=rows[-1]["id"] if page.goes_on(len(rows)) else None,
            next_after=rows[0]["id"] if rows else None,
        )
    )


@blueprint.get("/extent")
async def show_extent() -> Response:
    """How many requests there are, by the same filter, and between which rows."""
    books = await the_gateway().books()
    extent = await books.pages.usage_extent(rows_asked_for(books))
    return json_answer(UsageExtent(count=extent.count, oldest=extent.oldest, newest=extent.newest))


@blueprint.get("/<request_id>")
async def show_usage(request_id: str) -> Response:
    """One request, by the id that its answer carried as `x-request-id`."""
    books = await the_gateway().books()
    return json_answer(usage_view(await books.usage.row(request_id), books.keys))
