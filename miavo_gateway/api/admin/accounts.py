"""`/admin/v1/accounts`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quart import Blueprint, Response, request

from miavo_gateway.api.access import the_gateway
from miavo_gateway.api.admin.money import to_usd
from miavo_gateway.api.wire import json_answer, read_body
from miavo_gateway.clock import iso
from miavo_gateway.errors import InvalidRequest, NotFound
from miavo_gateway.schema.accounts import AccountCreate, AccountList, AccountUpdate, AccountView

if TYPE_CHECKING:
    from miavo_gateway.flow.accounts import Account
    from miavo_gateway.gateway import Books

__all__ = ["account_asked_for", "account_named", "blueprint"]

blueprint = Blueprint("admin_accounts", __name__, url_prefix="/accounts")


@blueprint.get("")
async def list_accounts() -> Response:
    """Every account with its money, oldest first."""
    books = await the_gateway().books()
    return json_answer(AccountList(data=[_view(books, one) for one in books.accounts.all()]))


@blueprint.post("")
async def create_account() -> Response:
    """Make an account; it has no credit yet."""
    books = await the_gateway().books()
    body = await read_body(AccountCreate)
    return json_answer(_view(books, await books.accounts.create(body.name, body.plan)), 201)


@blueprint.get("/<account>")
async def show_account(account: str) -> Response:
    """One account, by its id or name."""
    books = await the_gateway().books()
    return json_answer(_view(books, books.accounts.get(account)))


@blueprint.patch("/<account>")
async def update_account(account: str) -> Response:
    """Change an account's name or plan; its keys on the old plan go to the new one."""
    books = await the_gateway().books()
    body = await read_body(AccountUpdate)
    changed = await books.accounts.update(account, name=body.name, plan=body.plan)
    return json_answer(_view(books, changed))


def account_named(books: Books, given: str | None) -> Account:
    """The account that a body names, by id or name; the default one for None.

    Raises:
        InvalidRequest: there is none.
    """
    try:
        return books.accounts.get(given)
    except NotFound as error:
        raise InvalidRequest(error.message, param=error.param) from None


def account_asked_for(books: Books) -> str | None:
    """The id of the account that the query asks for with `account`; None if it asks for none.

    Raises:
        InvalidRequest: there is none.
    """
    given = request.args.get("account")
    return None if given is None else account_named(books, given).id


def _view(books: Books, account: Account) -> AccountView:
    funds = books.ledger.funds
    available, held = funds.available(account.id), funds.held(account.id)
    return AccountView(
        id=account.id,
        name=account.name,
        plan=account.plan,
        created_at=iso(account.created_at),
        keys=sum(
            key.account_id == account.id and key.revoked_at is None for key in books.keys.all()
        ),
        balance_usd=to_usd(available),
        balance_nano=available,
        held_usd=to_usd(held),
        held_nano=held,
    )
