"""`/admin/v1/usage`."""

from __future__ import annotations

from quart import Blueprint, Response, request

from miavo_gateway.api.access import the_gateway
from miavo_gateway.api.admin.accounts import account_asked_for
from miavo_gateway.api.admin.paging import before_row, moment, page_limit
from miavo_gateway.api.admin.usage_view import usage_view
from miavo_gateway.api.wire import json_answer
from miavo_gateway.schema.admin import UsagePage

__all__ = ["blueprint"]

blueprint = Blueprint("admin_usage", __name__, url_prefix="/usage")


@blueprint.get("")
async def list_usage() -> Response:
    """A page of requests, newest first: `limit` rows older than the row `before`.

    Filtered by `account`, `key_id`, `slug`, `provider`, `state`, `since` and `until`.
    """
    from miavo_gateway.flow.pages import Page
    from miavo_gateway.flow.usage_filter import UsageFilter

    books = await the_gateway().books()
    page = Page(page_limit(), before_row())
    rows = await books.pages.usage(
        page,
        UsageFilter(
            since=moment("since"),
            until=moment("until"),
            key_id=request.args.get("key_id"),
            slug=request.args.get("slug"),
            provider=request.args.get("provider"),
            state=request.args.get("state"),
            account_id=account_asked_for(books),
        ),
    )
    return json_answer(
        UsagePage(
            data=[usage_view(row, books.keys) for row in rows],
            next_before=rows[-1]["id"] if len(rows) == page.limit else None,
        )
    )


@blueprint.get("/<request_id>")
async def show_usage(request_id: str) -> Response:
    """One request, by the id that its answer carried as `x-request-id`."""
    books = await the_gateway().books()
    return json_answer(usage_view(await books.usage.row(request_id), books.keys))
