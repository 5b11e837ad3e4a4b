"""`/admin/v1/credentials`: the pool."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from quart import Blueprint, Response

from miavo_gateway.api.access import the_gateway
from miavo_gateway.api.wire import json_answer, read_body
from miavo_gateway.clock import iso
from miavo_gateway.sandbox.terms import checked_terms
from miavo_gateway.schema.credentials import (
    CredentialCreate,
    CredentialList,
    CredentialTest,
    CredentialUpdate,
    CredentialView,
)

if TYPE_CHECKING:
    from miavo_gateway.gateway import Books

__all__ = ["blueprint"]

blueprint = Blueprint("admin_credentials", __name__, url_prefix="/credentials")


@blueprint.get("")
async def list_credentials() -> Response:
    """Every credential with its health, in order."""
    return json_answer(CredentialList(data=_views(await the_gateway().books())))


@blueprint.post("")
async def add_credential() -> Response:
    """Add a credential; its secret goes to the keyring and is never shown again.

    With `sandbox` in place of a secret, the provider is simulated.
    """
    from miavo_gateway.upstream.simulated import SANDBOX_LABEL

    books = await the_gateway().books()
    body = await read_body(CredentialCreate)
    if body.sandbox is not None:
        added = await books.credentials.simulate(
            body.provider, body.sandbox, label=body.label or SANDBOX_LABEL, weight=body.weight
        )
    else:
        assert body.secret is not None, "a body without a sandbox has a secret"
        added = await books.credentials.add(
            body.provider,
            body.secret,
            label=body.label or "default",
            base_url=body.base_url,
            weight=body.weight,
        )
    return json_answer(_view(books, added.id), 201)


@blueprint.patch("/<credential_id>")
async def update_credential(credential_id: str) -> Response:
    """Change a credential's label, weight or base URL, or the sandbox's terms of a simulated one.

    They hold from the next request on. What had kept it out is forgotten when its address changes.
    """
    books = await the_gateway().books()
    body = await read_body(CredentialUpdate)
    await books.credentials.update(credential_id, body.changes())
    if "base_url" in body.model_fields_set:
        books.pool.reset(credential_id)
    return json_answer(_view(books, credential_id))


@blueprint.delete("/<credential_id>")
async def remove_credential(credential_id: str) -> Response:
    """Remove a credential and its secret."""
    books = await the_gateway().books()
    view = _view(books, books.credentials.get(credential_id).id)
    await books.credentials.remove(credential_id)
    return json_answer(view)


@blueprint.post("/<credential_id>/disable")
async def disable_credential(credential_id: str) -> Response:
    """Send nothing more with a credential; it stays listed."""
    books = await the_gateway().books()
    await books.credentials.disable(credential_id)
    return json_answer(_view(books, credential_id))


@blueprint.post("/<credential_id>/enable")
async def enable_credential(credential_id: str) -> Response:
    """Use a credential again: one that was disabled, or that its provider had refused."""
    books = await the_gateway().books()
    await books.credentials.enable(credential_id)
    books.pool.reset(credential_id)
    return json_answer(_view(books, credential_id))


@blueprint.post("/<credential_id>/test")
async def test_credential(credential_id: str) -> Response:
    """Try a credential with the cheapest call its provider has; nothing is generated."""
    from miavo_gateway.upstream.trial import try_credential

    gateway = the_gateway()
    books = await gateway.books()
    credential = books.credentials.get(credential_id)
    began = time.monotonic()
    ok, detail = await try_credential(
        credential,
        await gateway.transport(),
        books.credentials.secrets(),
        books.reach.authorizer,
    )
    if ok:
        books.pool.reset(credential_id)
    ms = round((time.monotonic() - began) * 1000, 1)
    return json_answer(CredentialTest(ok=ok, detail=detail, ms=ms))


def _view(books: Books, credential_id: str) -> CredentialView:
    books.credentials.get(credential_id)
    return next(view for view in _views(books) if view.id == credential_id)


def _views(books: Books) -> list[CredentialView]:
    standing = {health.credential_id: health for health in books.pool.snapshot()}
    views = []
    for credential in books.credentials.all():
        health = standing[credential.id]
        views.append(
            CredentialView(
                id=credential.id,
                provider=credential.provider,
                label=credential.label,
                masked=credential.masked,
                base_url=credential.base_url,
                weight=credential.weight,
                from_environment=credential.from_environment,
                sandbox=checked_terms(credential.sandbox) if credential.sandbox else None,
                passing=credential.passing,
                created_at=iso(credential.created_at) if credential.created_at else None,
                state=health.state.value,
                reason=health.reason,
                back_in_seconds=health.back_in,
                in_flight=health.in_flight,
                counts=dict(health.counts),
            )
        )
    return views
