"""Who is calling: a key on the public endpoints, the admin token on the admin ones."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from quart import current_app, request

from miavo_gateway.errors import AuthenticationError
from miavo_gateway.gateway import Books, Gateway

if TYPE_CHECKING:
    from miavo_gateway.flow.keys import Key

__all__ = ["require_admin", "require_key", "the_gateway"]


def the_gateway() -> Gateway:
    """The gateway that serves the current request."""
    gateway: Gateway = current_app.extensions["gateway"]
    return gateway


async def require_key() -> tuple[Books, Key]:
    """The books and the caller's key.

    Raises:
        AuthenticationError: no valid key came with the request.
    """
    books = await the_gateway().books()
    return books, books.keys.authenticate(request.headers.get("authorization"))


async def require_admin() -> None:
    """Let only the holder of the admin token pass.

    Raises:
        AuthenticationError: the token is missing or wrong.
    """
    scheme, _, token = request.headers.get("authorization", "").strip().partition(" ")
    expected = the_gateway().admin_token.encode()
    if scheme.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), expected):
        raise AuthenticationError(
            "The admin API takes the token from the file admin-token in the gateway's home, "
            "as 'Authorization: Bearer …'."
        )
