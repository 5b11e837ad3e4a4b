"""Who is calling: a key on the public endpoints, the admin token on the admin ones."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from quart import current_app, request

from miavo_gateway.errors import AuthenticationError
from miavo_gateway.gateway import Books, Gateway
from miavo_gateway.observe.access_line import AccessLine, current_line

if TYPE_CHECKING:
    from miavo_gateway.flow.key import Key
    from miavo_gateway.flow.windows import WindowState

__all__ = ["admit", "require_admin", "require_key", "the_gateway"]


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
    line = current_line()
    assert line is not None, "every request is stamped"
    return books, admit(books, line, request.headers.get("authorization"))


def admit(books: Books, line: AccessLine, authorization: str | None) -> Key:
    """The key that an `authorization` header names; the answer will tell how full its windows are.

    Raises:
        AuthenticationError: it names no valid key.
    """
    key = books.keys.authenticate(authorization)
    line.headers = lambda: _rate_limit_headers(books.limiter.state(key))
    return key


def _rate_limit_headers(state: WindowState) -> list[tuple[bytes, bytes]]:
    """How full a key's windows are, in the headers that OpenAI uses.

    `reset` is how long until the window is empty again if nothing more is asked.
    """
    limits = state.limits
    return [
        (b"x-ratelimit-limit-requests", b"%d" % limits.requests),
        (b"x-ratelimit-remaining-requests", b"%d" % max(0, limits.requests - state.requests)),
        (b"x-ratelimit-reset-requests", b"%.3fs" % state.reset_requests),
        (b"x-ratelimit-limit-tokens", b"%d" % limits.tokens),
        (b"x-ratelimit-remaining-tokens", b"%d" % max(0, limits.tokens - state.tokens)),
        (b"x-ratelimit-reset-tokens", b"%.3fs" % state.reset_tokens),
    ]


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
