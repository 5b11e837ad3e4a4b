"""`/admin/v1/credit` and `/admin/v1/ledger`."""

from __future__ import annotations

from quart import Blueprint, Response, request

from miavo_gateway.api.access import the_gateway
from miavo_gateway.api.admin.money import to_nano, to_usd
from miavo_gateway.api.admin.paging import before_row, moment, page_limit
from miavo_gateway.api.wire import json_answer, read_body
from miavo_gateway.clock import iso
from miavo_gateway.errors import InvalidRequest
from miavo_gateway.gateway import Books
from miavo_gateway.schema.admin import BalanceView, CreditAdd, EntryPage, EntryView

__all__ = ["blueprint"]

blueprint = Blueprint("admin_credit", __name__)

_ACCOUNT = "default"


@blueprint.get("/credit")
async def show_balance() -> Response:
    """What the account can spend, and what requests in flight hold."""
    return json_answer(_balance(await the_gateway().books()))


@blueprint.post("/credit")
async def add_credit() -> Response:
    """Add credit, or adjust the balance up or down."""
    from miavo_gateway.store.tables import EntryKind

    books = await the_gateway().books()
    body = await read_body(CreditAdd)
    amount = to_nano(body.amount_usd)
    if amount == 0:
        raise InvalidRequest("'amount_usd': must not be zero.", param="amount_usd")
    if body.kind == "credit" and amount < 0:
        raise InvalidRequest(
            "'amount_usd': credit is added; an adjustment may take it away.", param="amount_usd"
        )
    await books.ledger.add(EntryKind(body.kind), amount, body.note)
    return json_answer(_balance(books), 201)


@blueprint.get("/ledger")
async def list_entries() -> Response:
    """A page of entries, newest first; filtered by `kind`, `key_id`, `since`, `until`."""
    books = await the_gateway().books()
    limit = page_limit()
    rows = await books.entries.page(
        limit=limit,
        before=before_row(),
        kind=request.args.get("kind"),
        key_id=request.args.get("key_id"),
        since=moment("since"),
        until=moment("until"),
    )
    views = [
        EntryView(
            **{**row, "created_at": iso(row["created_at"])}, amount_usd=to_usd(row["amount_nano"])
        )
        for row in rows
    ]
    return json_answer(
        EntryPage(data=views, next_before=views[-1].id if len(views) == limit else None)
    )


def _balance(books: Books) -> BalanceView:
    funds = books.ledger.funds
    available, held = funds.available(_ACCOUNT), funds.held(_ACCOUNT)
    return BalanceView(
        account_id=_ACCOUNT,
        balance_usd=to_usd(available),
        balance_nano=available,
        held_usd=to_usd(held),
        held_nano=held,
    )
