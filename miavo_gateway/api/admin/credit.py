"""`/admin/v1/credit` and `/admin/v1/ledger`."""

from __future__ import annotations

from quart import Blueprint, Response, request

from miavo_gateway.api.access import the_gateway
from miavo_gateway.api.admin.accounts import account_asked_for, account_named
from miavo_gateway.api.admin.money import to_nano, to_usd
from miavo_gateway.api.admin.paging import before_row, moment, page_limit
from miavo_gateway.api.wire import json_answer, read_body
from miavo_gateway.clock import iso
from miavo_gateway.errors import InvalidRequest
from miavo_gateway.gateway import Books
from miavo_gateway.schema.admin import BalanceView, CreditAdd, EntryPage, EntryView

__all__ = ["blueprint"]

blueprint = Blueprint("admin_credit", __name__)


@blueprint.get("/credit")
async def show_balance() -> Response:
    """What an account can spend, and what its requests in flight hold.

    `account` says whose, by id or name; the default account's if it does not.
    """
    books = await the_gateway().books()
    return json_answer(_balance(books, account_named(books, request.args.get("account")).id))


@blueprint.post("/credit")
async def add_credit() -> Response:
    """Add credit to an account, or adjust its balance up or down."""
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
    account = account_named(books, body.account)
    await books.ledger.add(EntryKind(body.kind), amount, body.note, account.id)
    return json_answer(_balance(books, account.id), 201)


@blueprint.get("/ledger")
async def list_entries() -> Response:
    """A page of entries, newest first: `limit` entries older than the entry `before`.

    Filtered by `account`, `kind`, `key_id`, `since` and `until`.
    """
    from miavo_gateway.flow.pages import EntryFilter, Page

    books = await the_gateway().books()
    page = Page(page_limit(), before_row())
    rows = await books.pages.entries(
        page,
        EntryFilter(
            since=moment("since"),
            until=moment("until"),
            kind=_kind(),
            key_id=request.args.get("key_id"),
            account_id=account_asked_for(books),
        ),
    )
    views = [
        EntryView(
            **{**row, "created_at": iso(row["created_at"])}, amount_usd=to_usd(row["amount_nano"])
        )
        for row in rows
    ]
    return json_answer(
        EntryPage(data=views, next_before=views[-1].id if len(views) == page.limit else None)
    )


def _balance(books: Books, account_id: str) -> BalanceView:
    funds = books.ledger.funds
    available, held = funds.available(account_id), funds.held(account_id)
    return BalanceView(
        account_id=account_id,
        balance_usd=to_usd(available),
        balance_nano=available,
        held_usd=to_usd(held),
        held_nano=held,
    )


def _kind() -> str | None:
    from miavo_gateway.store.tables import EntryKind

    kind = request.args.get("kind")
    if kind is not None and kind not in list(EntryKind):
        raise InvalidRequest(f"'kind': must be one of {', '.join(EntryKind)}.", param="kind")
    return kind
