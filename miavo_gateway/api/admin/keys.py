"""`/admin/v1/keys`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quart import Blueprint, Response

from miavo_gateway.api.access import the_gateway
from miavo_gateway.api.admin.accounts import account_asked_for, account_named
from miavo_gateway.api.admin.money import to_nano, to_usd
from miavo_gateway.api.wire import json_answer, read_body
from miavo_gateway.clock import iso, now_us
from miavo_gateway.errors import InvalidRequest
from miavo_gateway.schema.admin import (
    KeyCreate,
    KeyList,
    KeyRotate,
    KeyTermsBody,
    KeyUpdate,
    KeyView,
    NewKeyView,
    WindowView,
)

if TYPE_CHECKING:
    from miavo_gateway.flow.key import Key
    from miavo_gateway.gateway import Books

__all__ = ["blueprint"]

blueprint = Blueprint("admin_keys", __name__, url_prefix="/keys")


@blueprint.post("")
async def create_key() -> Response:
    """Make a key; this answer alone carries it."""
    from miavo_gateway.flow.key import KeyTerms

    books = await the_gateway().books()
    body = await read_body(KeyCreate)
    account = account_named(books, body.account)
    terms = KeyTerms(**{"plan": account.plan, **_terms(body)})
    made = await books.keys.create(body.name, terms, account.id)
    return json_answer(NewKeyView(**_fields(books, made.key), key=made.secret), 201)


@blueprint.get("")
async def list_keys() -> Response:
    """Every key, oldest first; those of one account with `account`."""
    books = await the_gateway().books()
    account = account_asked_for(books)
    views = [
        KeyView(**_fields(books, key))
        for key in books.keys.all()
        if account in (None, key.account_id)
    ]
    return json_answer(KeyList(data=views))


@blueprint.get("/<key_id>")
async def show_key(key_id: str) -> Response:
    """One key."""
    books = await the_gateway().books()
    return json_answer(KeyView(**_fields(books, books.keys.get(key_id))))


@blueprint.patch("/<key_id>")
async def update_key(key_id: str) -> Response:
    """Change a key's name or terms; they hold from the next request on."""
    books = await the_gateway().books()
    body = await read_body(KeyUpdate)
    terms = _terms(body)
    changed = await books.keys.update(key_id, name=body.name, terms=terms)
    if {"budget_nano", "budget_reset"} & terms.keys():
        await books.ledger.count_spent(changed)
    return json_answer(KeyView(**_fields(books, changed)))


@blueprint.post("/<key_id>/rotate")
async def rotate_key(key_id: str) -> Response:
    """Give a key a new value; the old one is taken for the grace period more."""
    books = await the_gateway().books()
    body = await read_body(KeyRotate)
    made = await books.keys.rotate(key_id, grace_us=body.grace_seconds * 1_000_000)
    return json_answer(NewKeyView(**_fields(books, made.key), key=made.secret))


@blueprint.delete("/<key_id>")
async def revoke_key(key_id: str) -> Response:
    """Revoke a key; it is refused from the next request on.

    For ten minutes that can be undone: `POST …/restore`.
    """
    books = await the_gateway().books()
    return json_answer(KeyView(**_fields(books, await books.keys.revoke(key_id))))


@blueprint.post("/<key_id>/restore")
async def restore_key(key_id: str) -> Response:
    """Undo a revocation of the last ten minutes; the key works again as it was."""
    books = await the_gateway().books()
    return json_answer(KeyView(**_fields(books, await books.keys.restore(key_id))))


def _terms(body: KeyTermsBody) -> dict[str, Any]:
    """The terms that the body says, as the key keeps them."""
    from miavo_gateway.flow.allow_list import check_entries

    said = body.model_dump(exclude_unset=True, exclude={"name", "account"})
    for name in ("plan", "budget_reset"):
        if name in said and said[name] is None:
            raise InvalidRequest(f"'{name}': must not be null.", param=name)
    if "allow" in said:
        said["allow"] = check_entries(said["allow"] or (), the_gateway().catalogue)
    if "expires_at" in said and body.expires_at is not None:
        said["expires_at"] = round(body.expires_at.timestamp() * 1_000_000)
        if said["expires_at"] <= now_us():
            raise InvalidRequest("'expires_at': must be in the future.", param="expires_at")
    if "budget_usd" in said:
        budget = said.pop("budget_usd")
        said["budget_nano"] = None if budget is None else to_nano(budget)
    return said


def _fields(books: Books, key: Key) -> dict[str, Any]:
    from miavo_gateway.flow.funds import period_end

    terms, now = key.terms, now_us()
    window = books.limiter.state(key)
    funds = books.ledger.funds
    rotating = key.revoked_at is None and (key.previous_until or 0) > now
    return {
        "id": key.id,
        "account_id": key.account_id,
        "name": key.name,
        "prefix": key.prefix,
        "last_four": key.last_four,
        "created_at": iso(key.created_at),
        "last_used_at": _iso(key.last_used_at),
        "revoked_at": _iso(key.revoked_at),
        "restorable_until": _iso(key.restorable_until),
        "previous_until": _iso(key.previous_until) if rotating else None,
        "plan": terms.plan,
        "rpm_limit": terms.limits.requests,
        "tpm_limit": terms.limits.tokens,
        "own_rpm_limit": terms.rpm_limit,
        "own_tpm_limit": terms.tpm_limit,
        "allow": list(terms.allow),
        "max_parallel": terms.max_parallel,
        "expires_at": _iso(terms.expires_at),
        "budget_usd": None if terms.budget_nano is None else to_usd(terms.budget_nano),
        "budget_reset": terms.budget_reset,
        "budget_resets_at": _iso(period_end(terms.budget_reset, now)),
        "spent_usd": to_usd(funds.spent(key, now)),
        "held_usd": to_usd(funds.held_by(key.id)),
        "window": WindowView(
            requests=window.requests,
            tokens=window.tokens,
            in_flight=books.limiter.running(key.id),
            empty_in_seconds=max(window.reset_requests, window.reset_tokens),
        ),
    }


def _iso(us: int | None) -> str | None:
    return None if us is None else iso(us)
