"""`/admin/v1/credit` and `/admin/v1/ledger`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quart import Blueprint, Response, request

from miavo_gateway.api.access import the_gateway
from miavo_gateway.api.admin.accounts import account_asked_for, account_named
from miavo_gateway.api.admin.money import to_nano, to_usd
from miavo_gateway.api.admin.paging import after_row, before_row, page_limit, time_asked_for
from miavo_gateway.api.admin.usage_query import keys_named_like, searched_text, several
from miavo_gateway.api.wire import json_answer, read_body
from miavo_gateway.clock import iso
from miavo_gateway.errors import InvalidRequest
from miavo_gateway.schema.admin import (
    BalanceView,
    CreditAdd,
    EntryExtent,
    EntryPage,
    EntryView,
)

if TYPE_CHECKING:
    from miavo_gateway.flow.pages import EntryFilter
    from miavo_gateway.gateway import Books

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

    With `after`, the entries next to that one on its newer side instead; after 0, the oldest there
    are. Filtered by `account`, `kind`, `key_id`, `text`, `since` and `until`; of several kinds or
    keys, an entry has to have one.
    """
    from miavo_gateway.flow.pages import Page

    books = await the_gateway().books()
    page = Page(page_limit(), before_row(), after_row())
    rows = await books.pages.entries(page, _entries_asked_for(books))
    views = [
        EntryView(
            **{**row, "created_at": iso(row["created_at"])},
            key_name=books.keys.name_of(row["key_id"]) if row["key_id"] else None,
            amount_usd=to_usd(row["amount_nano"]),
        )
        for row in rows
    ]
    return json_answer(
        EntryPage(
            data=views,
            next_before=views[-1].id if page.goes_on(len(views)) else None,
            next_after=views[0].id if views else None,
        )
    )


@blueprint.get("/ledger/extent")
async def show_ledger_extent() -> Response:
    """How many entries there are, by the same filter, what they come to, and between which."""
    books = await the_gateway().books()
    extent = await books.pages.entry_extent(_entries_asked_for(books))
    return json_answer(
        EntryExtent(
            count=extent.count,
            amount_usd=to_usd(extent.amount),
            amount_nano=extent.amount,
            oldest=extent.oldest,
            newest=extent.newest,
        )
    )


def _entries_asked_for(books: Books) -> EntryFilter:
    """The filter in the query of the current request.

    Raises:
        InvalidRequest: a parameter is wrong; it is named.
    """
    from miavo_gateway.flow.pages import EntryFilter
    from miavo_gateway.store.tables import EntryKind

    kinds = several("kind")
    if kinds is not None and not set(kinds) <= set(EntryKind):
        raise InvalidRequest(f"'kind': must be one of {', '.join(EntryKind)}.", param="kind")
    text = searched_text()
    since, until = time_asked_for()
    return EntryFilter(
        since=since,
        until=until,
        kind=kinds,
        key_id=several("key_id"),
        account_id=account_asked_for(books),
        text=text,
        text_keys=() if text is None else keys_named_like(books, text),
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
